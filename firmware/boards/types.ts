import type { FlashArea, RuntimeBoard } from './runtime.ts'

/** A board as plain data: pins by name, areas by address. One file a board; validate.ts judges a configuration. */

export type BoardName = 'PICO' | 'ESPRUINOWIFI' | 'ESP32'
export type SerialName = 'Serial1' | 'Serial2' | 'Serial3'
export type LinkKind = 'serial' | 'mqtt'
export type { FlashArea, RuntimeBoard, UartDescription, Wiring } from './runtime.ts'

/** The whole table: what the host needs to know besides what the bundle carries. */
export interface Board extends RuntimeBoard {
  /** What process.env.BOARD says on the real one. */
  interpreterBoards: string[]
  /** null: no radio. */
  wifiModule: string | null
  /** Pins that exist and may be used for contacts, triggers, 1-Wire and analogue. */
  freePins: string[]
  /** Of those, pins without pull-up and output: no contact, no 1-Wire. */
  inputOnlyPins: string[]
  analogPins: string[]
  /** True where two watched pins must not share their number (one EXTI line a number on STM32). */
  watchSharesNumber: boolean
  memory: {
    /** JavaScript variables of the release, and bytes of one. */
    variables: number
    variableBytes: number
    /** Bytes that the interpreter buffers of what comes in while a callback runs. */
    receiveBytes: number
  }
  /** The interpreter's Storage: no area of ours may touch it. */
  storage: FlashArea
}

export interface SerialLinkConfiguration {
  kind: 'serial'
  baud: number
}

export interface MqttLinkConfiguration {
  kind: 'mqtt'
  host: string
  port: number
  ssid: string
  wifiPassword?: string
}

export interface Sht3xConfiguration {
  kind: 'sht3x'
  sensor: number
  /** 7-bit I2C address: 68 or 69. */
  address: number
}

export interface Ds18b20Configuration {
  kind: 'ds18b20'
  sensor: number
  pin: string
  /** 16 hex characters; needed as soon as two sensors share a pin. */
  rom?: string
}

export interface R200Configuration {
  kind: 'r200'
  reader: number
  pollMilliseconds: number
  intervalMilliseconds: number
  powerCentiDbm: number
  /** 1 China 900, 2 US, 3 Europe, 4 China 800, 6 Korea. */
  region: number
  antenna: number
  /** Which UART; absent: the first that the wiring leaves. */
  uart?: SerialName
}

export interface ContactConfiguration {
  contact: number
  kind: 'door' | 'tamper'
  pin: string
  debounceMilliseconds: number
  /** Level at which the contact counts as open. */
  openLevel: 0 | 1
}

export interface SamplingConfiguration {
  intervalMilliseconds: number
  batchMilliseconds: number
  /** Samples at each rising edge here instead of by interval. */
  triggerPin?: string
}

export interface HealthConfiguration {
  intervalMilliseconds: number
  /** Absent: battery unknown. `dividerPermille`: pin voltage times this over 1000 is the battery's. */
  battery?: { pin: string; dividerPermille: number }
}

/** The file `wp.cfg` in the board's Storage. */
export interface NodeConfiguration {
  node: string
  /** 32 hex characters. */
  key: string
  keyEpoch: number
  link: SerialLinkConfiguration | MqttLinkConfiguration
  sensors?: (Sht3xConfiguration | Ds18b20Configuration)[]
  readers?: R200Configuration[]
  contacts?: ContactConfiguration[]
  sampling?: SamplingConfiguration
  health?: HealthConfiguration
}
