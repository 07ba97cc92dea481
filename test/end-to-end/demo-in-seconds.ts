import { join } from 'node:path'
import { boardByName, buildFirmware } from '#firmware/toolchain/build.ts'
import { loadScenario } from '#hardware-sim/scenarios/load.ts'
import type { Scenario, ScenarioNode } from '#hardware-sim/scenarios/types.ts'
import { ROOT } from './built.ts'

/** The cold room's minutes pass as seconds. */
const FASTER = 60
export const DEMO_SECONDS = 170
const PROFILE = 'test.minute'
/** The demo's limit of 60 minutes in one go, as one minute; and the same as a sum. */
export const PROFILES_YAML = `profiles:
  ${PROFILE}:
    title: Two to eight degrees, one minute
    source: the packaged vaccine.2-8.strict with its minutes as seconds
    resolutionMilliCelsius: 100
    gapMinutes: 1
    limitUri: https://id.gs1.org/253/9521141000014VAC28STRICT
    rules:
      - { id: high-single, check: C1, kind: single, side: high, operator: ">", limitMilliCelsius: 8000, minutes: 1 }
      - { id: high-cumulative, check: C2, kind: cumulative, side: high, operator: ">", limitMilliCelsius: 8000, minutes: 1 }
      - { id: low-single, check: C1, kind: single, side: low, operator: "<", limitMilliCelsius: 2000, minutes: 1 }
`

/**
 * The packaged demo with the cold room's four hours in four minutes: its dock door with 40 tags is as it ships
 * (40 s to 82 s), its excursion lasts from about 46 s to 155 s, and both nodes send every few seconds.
 */
export function demoInSeconds(): Scenario {
  const scenario = loadScenario(join(ROOT, 'hardware-sim/scenarios/demo.yaml'))
  scenario.durationMinutes = DEMO_SECONDS / 60
  const { 'room.temperature': temperature, 'room.humidity': humidity } = scenario.world.channels
  if (temperature?.kind !== 'ramp' || humidity?.kind !== 'sine') throw new Error('the demo has changed')
  temperature.points = temperature.points.map(({ atMinutes, value }) => ({
    atMinutes: atMinutes / FASTER,
    value,
  }))
  humidity.periodMinutes /= FASTER
  for (const step of scenario.steps) if ('door' in step && step.door === 'cold-room') step.atSeconds /= FASTER
  for (const node of scenario.nodes) {
    const isCold = node.id === 'cold-room-1'
    node.firmware = {
      ...node.firmware,
      sampling: isCold
        ? { intervalMilliseconds: 1000, batchMilliseconds: 5000 }
        : { intervalMilliseconds: 2000, batchMilliseconds: 4000 },
      health: { intervalMilliseconds: 5000 },
    }
  }
  scenario.checkpoints = scenario.checkpoints.map((checkpoint) => {
    const isCold = checkpoint.id === 'cold-room'
    const nodes = checkpoint.nodes as { sensors: object[] }[]
    return {
      ...checkpoint,
      dwell: { ...(checkpoint.dwell as object), reportEveryMilliseconds: 12_000 },
      nodes: isCold
        ? nodes.map((node) => ({
            ...node,
            sensors: node.sensors.map((one) => ({ ...one, profile: PROFILE })),
          }))
        : nodes,
    }
  })
  return scenario
}

export interface NodeKey {
  key: string
  keyEpoch: number
  suite: number
  board: string
  uartBurst64: boolean
}

export function keysFor(scenario: Scenario): Map<string, NodeKey> {
  return new Map(
    scenario.nodes.map(({ id, board }) => {
      const { suite, uartBurst64 } = boardByName(board)
      const key = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex')
      return [id, { key, keyEpoch: 1, suite, board, uartBurst64 }]
    }),
  )
}

/** wp.cfg of a node. */
export function nodeConfiguration(node: ScenarioNode, key: NodeKey | undefined, mqttPort: number): object {
  const link =
    node.link.kind === 'serial'
      ? { kind: 'serial', baud: node.link.baud ?? 115_200 }
      : { kind: 'mqtt', host: '127.0.0.1', port: mqttPort, ssid: 'simulated', wifiPassword: 'simulated' }
  return { ...node.firmware, node: node.id, key: key?.key, keyEpoch: key?.keyEpoch, link }
}

export async function bundlesFor(scenario: Scenario): Promise<Map<string, string>> {
  const bundles = new Map<string, string>()
  for (const { board } of scenario.nodes)
    if (!bundles.has(board)) bundles.set(board, (await buildFirmware(board)).code)
  return bundles
}

export interface GatewayFileOptions {
  scenario: Scenario
  folder: string
  serialPaths: string[]
  mqttPort: number
  captureUrl: string
  safetyUrl: string
}

/** The gateway's configuration; JSON is YAML. */
export function gatewayFile(options: GatewayFileOptions): string {
  const { scenario, folder, serialPaths, mqttPort, captureUrl, safetyUrl } = options
  return JSON.stringify(
    {
      site: { id: 'demo', name: 'Demo', timeZoneOffset: '+09:00' },
      store: { folder: join(folder, 'store') },
      keys: { file: join(folder, 'keys.json') },
      profiles: { file: join(folder, 'profiles.yaml') },
      links: {
        serial: serialPaths.map((path) => ({ path, baud: 115_200 })),
        mqtt: { host: '127.0.0.1', port: mqttPort },
      },
      checkpoints: scenario.checkpoints,
      networks: {
        distribution: { url: captureUrl },
        safety: {
          url: `${safetyUrl}/cap`,
          sender: 'waypost@demo.example',
          scope: 'Restricted',
          restriction: 'Duty manager',
          areaDescription: 'Demo',
        },
      },
      operator: { port: 0 },
    },
    null,
    1,
  )
}
