import { access, constants, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { boardByName, buildFirmware } from '#firmware/toolchain/build.ts'
import { judgeNodeConfiguration } from '#firmware/toolchain/node-configuration.ts'
import type { Clock } from '#gateway/clock.ts'
import { parseConfig } from '#gateway/config/load.ts'
import { openSerialPort } from '#gateway/links/serial-port.ts'
import { type Logger, silentLog } from '#gateway/log.ts'
import { type Gateway, startGateway } from '#gateway/main.ts'
import type { CsvChannel } from '#hardware-sim/csv-channels.ts'
import type { RunResult } from '#hardware-sim/kernel/types.ts'
import type { RecordSink } from '#hardware-sim/record/types.ts'
import type { FirmwareCrash } from '#hardware-sim/runners/types.ts'
import type { Scenario, ScenarioNode } from '#hardware-sim/scenarios/types.ts'
import { createSimulation, isFedByCsv, type Simulation } from '#hardware-sim/simulation.ts'
import { type CaptureServer, startCaptureServer } from './stand-ins/capture-server.ts'
import { type SafetyReceiver, startSafetyReceiver } from './stand-ins/safety-receiver.ts'

/** In a replayed series of days and months a report a minute would be most of the traffic. */
const REPLAY_HEALTH_MILLISECONDS = 3_600_000
/** Samples of a replayed series are sent so often: a record, a commit and an event each would be most of the work. */
const REPLAY_BATCH_MILLISECONDS = 1_800_000
const KEY_BYTES = 16
/** A store in memory must never fill the memory: less room than this, and it goes to the disk. */
const MEMORY_FOLDER = '/dev/shm'
const MEMORY_BYTES_FREE = 2 * 1024 ** 3
const LOOPBACK = '127.0.0.1'

export interface SimHostOptions {
  scenario: Scenario
  seed: number
  csvChannels?: readonly CsvChannel[]
  transports?: 'declared' | 'in-process'
  record?: RecordSink
  log?: Logger
  /**
   * Where keys and the gateway's randoms come from; the seed unless told. A run that answers to anybody else
   * than itself, as the demo's broker does, must not have keys that the seed tells.
   */
  secrets?: (count: number) => Uint8Array
  /** Port of the operator page; a free one unless told. */
  operatorPort?: number
  onPrint?: (node: string, line: string) => void
  onCrash?: (crash: FirmwareCrash) => void
  onEvent?: (event: Record<string, unknown>) => void
  /** Bundles by board, when they are built already. */
  bundles?: ReadonlyMap<string, string>
}

export interface HostRunOptions {
  untilMicroseconds: number
  speed?: 'max' | number
  done?: () => boolean
  /** Real milliseconds for which bytes or commits may be outstanding. */
  stuckMilliseconds?: number
}

/** A simulation with its gateway and the networks' stand-ins in this process, all on the simulation's clock. */
export interface SimHost {
  readonly simulation: Simulation
  readonly gateway: Gateway
  readonly capture: CaptureServer
  readonly safety: SafetyReceiver
  /** Folder of ports, keys and store; removed by `close`. */
  readonly folder: string
  run(options: HostRunOptions): Promise<RunResult>
  /** Bytes, commits and requests that are on their way. */
  outstanding(): number
  /** Ends the gateway as `waypost gateway` would, then everything else. */
  close(): Promise<void>
}

/**
 * Builds the firmware of every board in the scenario, makes a key for each node, and starts stand-ins, gateway and nodes.
 * Nothing moves until `run`.
 * @throws CodedError of the toolchain, the gateway's configuration or the simulator
 */
export async function openSimHost(options: SimHostOptions): Promise<SimHost> {
  const { scenario } = options
  const bundles = options.bundles ?? (await buildBundles(scenario))
  const folder = await mkdtemp(join(await scratchFolder(), 'waypost-sim-'))
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one()
  }
  try {
    return await open({ ...options, bundles }, folder, closers, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  options: SimHostOptions & { bundles: ReadonlyMap<string, string> },
  folder: string,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<SimHost> {
  const { scenario } = options
  // The gateway is there before any node asks for a connection.
  const late: { gateway?: Gateway } = {}
  const simulation = await createSimulation({
    scenario,
    bundles: options.bundles,
    seed: options.seed,
    portFolder: join(folder, 'ports'),
    attachMqtt: (stream: Duplex, peer: string) => late.gateway?.connectMqttStream(stream, peer),
    ...(options.csvChannels === undefined ? {} : { csvChannels: options.csvChannels }),
    ...(options.transports === undefined ? {} : { transports: options.transports }),
    ...(options.record === undefined ? {} : { record: options.record }),
    ...(options.onPrint === undefined ? {} : { onPrint: options.onPrint }),
    ...(options.onCrash === undefined ? {} : { onCrash: options.onCrash }),
  })
  closers.push(() => simulation.close())
  const clock = new CountedClock(simulation.clock)
  const wait = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      clock.setTimeout(() => resolve(), milliseconds)
    })
  const { onEvent } = options
  const capture = await startCaptureServer({
    clock,
    wait,
    ...(onEvent === undefined ? {} : { onEvent: (stored) => onEvent(stored.event) }),
  })
  closers.push(() => capture.close())
  const safety = await startSafetyReceiver({ clock, wait })
  closers.push(() => safety.close())

  const keyStream = simulation.kernel.random('keys')
  const keys = makeKeys(scenario, options.secrets ?? ((count) => keyStream.bytes(count)))
  const configuration = await gatewayConfiguration(options, simulation, folder, keys, capture, safety)
  const random = simulation.kernel.random('gateway')
  const gateway = await startGateway(configuration, {
    clock,
    randomBytes: options.secrets ?? ((count) => random.bytes(count)),
    log: options.log ?? silentLog,
    openSerial: simulation.serialOpener(openSerialPort),
  })
  late.gateway = gateway
  closers.push(() => gateway.close())
  simulation.start((node) => nodeConfiguration(node, keys, gateway.mqttPort ?? 0, options.csvChannels ?? []))

  const outstanding = (): number =>
    simulation.outstanding() + gateway.outstanding() + capture.outstanding() + safety.outstanding()
  const describe = (): string =>
    [
      simulation.describeOutstanding(),
      ...[gateway, capture, safety].map((one, i) => {
        const count = one.outstanding()
        return count === 0
          ? ''
          : `${count} in the ${['gateway', 'distribution network', 'safety network'][i]}`
      }),
    ]
      .filter((part) => part !== '')
      .join(', ')
  return {
    simulation,
    gateway,
    capture,
    safety,
    folder,
    outstanding,
    run: ({ untilMicroseconds, speed, done, stuckMilliseconds }) =>
      simulation.run({
        untilMicroseconds,
        outstanding,
        describeOutstanding: describe,
        activity: () => simulation.activity() + clock.fired,
        ...(speed === undefined ? {} : { speed }),
        ...(done === undefined ? {} : { done }),
        ...(stuckMilliseconds === undefined ? {} : { realLimitMilliseconds: stuckMilliseconds }),
      }),
    close,
  }
}

/** The simulation's clock for gateway and stand-ins; counts the timers that fired, since each may start something real. */
class CountedClock implements Clock {
  fired = 0
  private readonly clock: Simulation['clock']

  constructor(clock: Simulation['clock']) {
    this.clock = clock
  }

  utcMilliseconds(): number {
    return this.clock.utcMilliseconds()
  }

  monotonicMilliseconds(): number {
    return this.clock.monotonicMilliseconds()
  }

  setTimeout(callback: () => void, milliseconds: number): unknown {
    return this.clock.setTimeout(() => {
      this.fired++
      callback()
    }, milliseconds)
  }

  clearTimeout(handle: unknown): void {
    if (typeof handle === 'number') this.clock.clearTimeout(handle)
  }
}

/** Nothing of a run is kept, so its store may live in memory where the machine has plenty: flushes then cost nothing. */
async function scratchFolder(): Promise<string> {
  try {
    await access(MEMORY_FOLDER, constants.W_OK)
    const { bavail, bsize } = await statfs(MEMORY_FOLDER)
    if (bavail * bsize >= MEMORY_BYTES_FREE) return MEMORY_FOLDER
  } catch {
    // No such thing here.
  }
  return tmpdir()
}

async function buildBundles(scenario: Scenario): Promise<Map<string, string>> {
  const bundles = new Map<string, string>()
  for (const { board } of scenario.nodes) {
    if (!bundles.has(board)) bundles.set(board, (await buildFirmware(board)).code)
  }
  return bundles
}

interface KeyEntry {
  key: string
  keyEpoch: number
  suite: number
  board: string
  uartBurst64: boolean
}

/** A key for each node; from the seed equal runs have equal bytes on their links. */
function makeKeys(scenario: Scenario, randomBytes: (count: number) => Uint8Array): Map<string, KeyEntry> {
  return new Map(
    scenario.nodes.map(({ id, board }) => {
      const { suite, uartBurst64 } = boardByName(board)
      const key = Buffer.from(randomBytes(KEY_BYTES)).toString('hex')
      return [id, { key, keyEpoch: 1, suite, board, uartBurst64 }]
    }),
  )
}

async function gatewayConfiguration(
  options: SimHostOptions,
  simulation: Simulation,
  folder: string,
  keys: ReadonlyMap<string, KeyEntry>,
  capture: CaptureServer,
  safety: SafetyReceiver,
) {
  const { scenario } = options
  const keyFile = join(folder, 'keys.json')
  await writeFile(keyFile, JSON.stringify(Object.fromEntries(keys)), { mode: 0o600 })
  const serial = [...simulation.sites.values()].flatMap(({ serial: link, scenario: node }) =>
    link === undefined || node.link.kind !== 'serial'
      ? []
      : [{ path: link.path, baud: node.link.baud ?? 115_200 }],
  )
  const hasMqtt = scenario.nodes.some((node) => node.link.kind === 'mqtt')
  const raw = {
    site: {
      id: scenario.name,
      name: scenario.site?.name ?? scenario.name,
      timeZoneOffset: scenario.site?.timeZoneOffset ?? '+00:00',
    },
    store: { folder: join(folder, 'store') },
    keys: { file: keyFile },
    links: { serial, ...(hasMqtt ? { mqtt: { host: LOOPBACK, port: 0 } } : {}) },
    checkpoints: scenario.checkpoints,
    networks: {
      distribution: { url: capture.url },
      safety: {
        url: `${safety.url}/cap`,
        sender: `waypost@${scenario.name}.example`,
        scope: 'Restricted',
        restriction: 'Responsible pharmacist and duty manager',
        areaDescription: scenario.site?.name ?? scenario.name,
      },
    },
    operator: { host: LOOPBACK, port: options.operatorPort ?? 0 },
  }
  return parseConfig(JSON.stringify(raw, null, 1), `${scenario.name} (as a gateway configuration)`, folder)
    .config
}

/** What is flashed to a node: the scenario's part, and what only the host knows. */
function nodeConfiguration(
  node: ScenarioNode,
  keys: ReadonlyMap<string, KeyEntry>,
  mqttPort: number,
  csv: readonly CsvChannel[],
): object {
  const link =
    node.link.kind === 'serial'
      ? { kind: 'serial', baud: node.link.baud ?? 115_200 }
      : { kind: 'mqtt', host: LOOPBACK, port: mqttPort, ssid: 'simulated', wifiPassword: 'simulated' }
  const entry = keys.get(node.id)
  const where = `node ${node.id} of the scenario`
  const base = { ...node.firmware, node: node.id, key: entry?.key, keyEpoch: entry?.keyEpoch, link }
  if (node.triggerPin === undefined || !isFedByCsv(node, csv)) {
    return judgeNodeConfiguration(boardByName(node.board), base, where)
  }
  const { sampling, health } = node.firmware as { sampling?: object; health?: object }
  const replay = {
    ...base,
    sampling: { ...sampling, triggerPin: node.triggerPin, batchMilliseconds: REPLAY_BATCH_MILLISECONDS },
    health: { ...health, intervalMilliseconds: REPLAY_HEALTH_MILLISECONDS },
  }
  return judgeNodeConfiguration(boardByName(node.board), replay, where)
}
