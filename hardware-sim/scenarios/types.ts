/** A scenario after loading; scenario.schema.json says what each field means. */
export interface Scenario {
  version: 1
  name: string
  description?: string
  include?: string[]
  seed: number
  startUtc: string
  durationMinutes: number
  drainMinutes: number
  site?: { name?: string; timeZoneOffset?: string }
  nodes: ScenarioNode[]
  world: ScenarioWorld
  checkpoints: Record<string, unknown>[]
  steps: ScenarioStep[]
  expect: Expectation[]
}

export interface ScenarioNode {
  id: string
  board: string
  link: NodeLink
  clockDriftPpm?: number
  powerOnSeconds?: number
  triggerPin?: string
  firmware: Record<string, unknown>
  parts: ScenarioPart[]
}

export type NodeLink =
  | { kind: 'serial'; transport: 'pty' | 'in-process'; baud?: number }
  | { kind: 'mqtt'; transport: 'tcp' | 'in-process' }

export type ScenarioPart =
  | { part: 'sht3x'; name?: string; bus?: string; address: number; temperature: string; humidity?: string }
  | { part: 'ds18b20'; name?: string; pin: string; rom?: string; temperature: string }
  | { part: 'r200'; name?: string; reader: number; antenna?: number; field?: string }
  | { part: 'contact'; name?: string; pin: string; door: string }

export interface ScenarioWorld {
  channels: Record<string, ScenarioChannel>
  doors: { name: string; open?: boolean }[]
  tags: ScenarioTag[]
  tagGenerators: TagGenerator[]
}

export type ScenarioChannel =
  | { kind: 'constant'; value: number }
  | { kind: 'steps' | 'ramp'; points: { atMinutes: number; value: number }[] }
  | { kind: 'sine'; mean: number; amplitude: number; periodMinutes: number; phaseMinutes?: number }

export interface ScenarioTag {
  epc: string
  field: string
  enterSeconds: number
  leaveSeconds: number
  rssiDbm?: number
  readProbability?: number
}

export interface TagGenerator {
  count: number
  companyPrefix: string
  itemReference: string
  firstSerial: number
  filter?: number
  field: string
  enterSeconds: [number, number]
  staySeconds: [number, number]
  rssiDbm?: [number, number]
  readProbability?: number
}

export interface CountBounds {
  minimum?: number
  maximum?: number
}

export type ScenarioStep =
  | { atSeconds: number; door: string; open: boolean }
  | { atSeconds: number; channel: string; value: number }
  | { atSeconds: number; node: string; power: 'off' | 'on' | 'reset' }
  | { atSeconds: number; link: string; state: 'down' | 'up' }
  | { atSeconds: number; link: string; damageFrames: number; direction?: 'up' | 'down' | 'both' }
  | { atSeconds: number; link: string; noiseBytes: number }
  | { atSeconds: number; part: string; fault: string; probability?: number; count?: number; value?: number }

export type Expectation =
  | { network: 'distribution' | 'safety'; count: CountBounds }
  | { network: 'distribution'; tags: 'each-once'; epcs?: number }
  | { network: 'distribution'; alarm: string; count?: CountBounds }
  | { node: string; starts: CountBounds }
