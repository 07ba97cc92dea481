/** The configuration after defaults; paths are absolute. Shape of the YAML file: schema.ts. */
export interface GatewayConfig {
  site: SiteConfig
  store: StoreConfig
  keys: { file: string }
  links: LinksConfig
  /** Condition profiles; undefined means the packaged gateway/condition/profiles.yaml. */
  profiles: { file?: string }
  checkpoints: CheckpointConfig[]
  networks: NetworksConfig
  operator: OperatorConfig
}

export interface SiteConfig {
  id: string
  name: string
  /** As EPCIS eventTimeZoneOffset: ±hh:mm. */
  timeZoneOffset: string
}

export interface StoreConfig {
  folder: string
  /** Records that stay readable per journal after they were interpreted. */
  recordsKept: number
}

export interface LinksConfig {
  serial: SerialLinkConfig[]
  mqtt?: MqttLinkConfig
}

export interface SerialLinkConfig {
  path: string
  baud: number
}

export interface MqttLinkConfig {
  host: string
  /** 0 takes a free one; `Gateway.mqttPort` says which. */
  port: number
  plaintextLan: boolean
}

export interface CheckpointConfig {
  id: string
  /** Digital Link of the read point. */
  readPoint: string
  bizLocation?: string
  bizStep: string
  disposition?: string
  nodes: CheckpointNodeConfig[]
  dwell: DwellConfig
  /** A node that is silent for longer is shown as late. */
  expectedIntervalMilliseconds: number
}

export interface CheckpointNodeConfig {
  node: string
  sensors: SensorConfig[]
}

export interface SensorConfig {
  /** Number of the sensor in the node's configuration. */
  sensor: number
  deviceId?: string
  /** Id of a condition profile. */
  profile?: string
}

export interface DwellConfig {
  lostAfterMilliseconds: number
  groupMilliseconds: number
  reportEveryMilliseconds: number
}

export interface NetworksConfig {
  distribution?: DistributionConfig
  safety?: SafetyConfig
}

export interface DistributionConfig {
  url: string
  bearerTokenFile?: string
  pollMilliseconds: number
}

export interface SafetyConfig {
  url: string
  bearerTokenFile?: string
  sender: string
  scope: 'Restricted' | 'Private'
  status: 'Actual' | 'Exercise' | 'Test'
  restriction?: string
  addresses?: string
  areaDescription: string
  language?: string
  senderName?: string
  circle?: { latitudeDegrees: number; longitudeDegrees: number; radiusKilometres: number }
}

export interface OperatorConfig {
  host: string
  /** 0 takes a free one; `Gateway.operatorUrl` says which. */
  port: number
}
