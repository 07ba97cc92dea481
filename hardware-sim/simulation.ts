import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { CodedError } from '#protocol/coded-error.ts'
import type { CsvChannel } from './csv-channels.ts'
import { SIM_ERRORS } from './errors.ts'
import { createKernel } from './kernel/kernel.ts'
import { run } from './kernel/run.ts'
import type { Kernel, RunOptions, RunResult, SteppableClock } from './kernel/types.ts'
import { InProcessNet } from './links/in-process-net.ts'
import { InProcessSerialLink } from './links/in-process-serial.ts'
import { PtySerialLink } from './links/pty-serial.ts'
import { TcpBridge } from './links/tcp-bridge.ts'
import type { Link, NetBridge, SerialFarOpener, SerialLink } from './links/types.ts'
import { bridgeUart, type UartBridge } from './links/uart-bridge.ts'
import type { RecordSink } from './record/types.ts'
import { SimulatedNode } from './runners/node.ts'
import type { FirmwareCrash } from './runners/types.ts'
import { buildWorld } from './scenario-world.ts'
import type { Scenario, ScenarioNode, ScenarioTag } from './scenarios/types.ts'
import { WiredBoard } from './simulated-board.ts'
import { scheduleSteps } from './steps.ts'
import type { World } from './world/types.ts'

/** Virtual time before the first and after the last instant of a CSV series. */
const CSV_LEAD_MILLISECONDS = 60_000
const TRIGGER_PULSE_MILLISECONDS = 10
const CONFIGURATION_FILE = 'wp.cfg'

export interface SimulationOptions {
  scenario: Scenario
  /** Bundle per board id. */
  bundles: ReadonlyMap<string, string>
  seed: number | string
  /** Folder for the names of simulated serial ports. */
  portFolder: string
  csvChannels?: readonly CsvChannel[]
  record?: RecordSink
  /** `in-process` puts every link inside the process, whatever the scenario says: byte-identical logs. */
  transports?: 'declared' | 'in-process'
  /** Gives an in-process connection to the gateway's broker; needed by in-process MQTT links. */
  attachMqtt?: (stream: Duplex, peer: string) => void
  onPrint?: (node: string, line: string) => void
  onCrash?: (crash: FirmwareCrash) => void
}

/** One node of the simulation with all that belongs to it. */
export interface SimulatedSite {
  readonly scenario: ScenarioNode
  readonly board: WiredBoard
  /** Undefined until `start`. */
  node: SimulatedNode | undefined
  readonly serial: SerialLink | undefined
  readonly bridge: UartBridge | undefined
}

/** A scenario made real: the clock, the world, the boards and their links. The gateway is the host's business. */
export class Simulation {
  readonly kernel: Kernel
  readonly clock: SteppableClock
  readonly world: World
  readonly tags: readonly ScenarioTag[]
  readonly sites: ReadonlyMap<string, SimulatedSite>
  readonly scenario: Scenario
  readonly startUtcMilliseconds: number
  /** Virtual time at which the scenario ends; delivery may take longer. */
  readonly endMicroseconds: number
  readonly crashes: FirmwareCrash[] = []
  private readonly options: SimulationOptions
  private readonly links: readonly Link[]

  /** Use `createSimulation`. */
  constructor(options: SimulationOptions, parts: SimulationParts) {
    this.options = options
    this.scenario = options.scenario
    this.kernel = parts.kernel
    this.clock = parts.kernel.clock
    this.world = parts.world
    this.tags = parts.tags
    this.sites = parts.sites
    this.links = parts.links
    this.startUtcMilliseconds = parts.startUtcMilliseconds
    this.endMicroseconds = parts.endMicroseconds
  }

  /**
   * Flashes and powers the nodes, and schedules the scenario's steps.
   * @param configurationOf content of a node's wp.cfg
   */
  start(configurationOf: (node: ScenarioNode) => object): void {
    for (const site of this.sites.values()) {
      site.node = this.makeNode(site, configurationOf(site.scenario))
      const at = Math.round((site.scenario.powerOnSeconds ?? 0) * 1_000_000)
      const node = site.node
      this.clock.schedule(Math.max(at, this.clock.nowMicroseconds()), () => node.powerOn())
    }
    this.scheduleTriggers()
    scheduleSteps(this)
  }

  /** An opener for the gateway that knows this simulation's ports and asks `real` for what needs a real one. */
  serialOpener(real: SerialFarOpener): SerialFarOpener {
    return async (path, baud, handlers) => {
      for (const { serial } of this.sites.values()) {
        if (serial?.path === path) return serial.openFar(real, baud, handlers)
      }
      return real(path, baud, handlers)
    }
  }

  outstanding(): number {
    return this.links.reduce((sum, link) => sum + link.outstanding(), 0)
  }

  activity(): number {
    return this.links.reduce((sum, link) => sum + link.activity(), 0)
  }

  describeOutstanding(): string {
    const stuck = this.links.filter((link) => link.outstanding() > 0)
    return stuck.map((link) => `${link.outstanding()} bytes on ${link.name}`).join(', ')
  }

  run(options: RunOptions): Promise<RunResult> {
    return run(this.kernel, options)
  }

  async close(): Promise<void> {
    for (const { node } of this.sites.values()) node?.powerOff()
    for (const link of this.links) await link.close()
  }

  private makeNode(site: SimulatedSite, configuration: object): SimulatedNode {
    const { id, board } = site.scenario
    const code = this.options.bundles.get(board)
    if (code === undefined) {
      throw new CodedError('SIM_BUNDLE_UNUSABLE', `no bundle for ${board}`, {
        where: id,
        action: SIM_ERRORS.SIM_BUNDLE_UNUSABLE.action,
      })
    }
    return new SimulatedNode({
      id,
      board: site.board.board,
      code,
      files: { [CONFIGURATION_FILE]: JSON.stringify(configuration) },
      clock: this.clock,
      time: site.board.time,
      random: this.kernel.random(`nodes/${id}`),
      wiring: site.board,
      clockDriftPpm: site.scenario.clockDriftPpm ?? 0,
      onPrint: (line) => this.options.onPrint?.(id, line),
      onCrash: (crash) => {
        if (this.crashes.length < CRASHES_KEPT) this.crashes.push(crash)
        this.options.onCrash?.(crash)
      },
    })
  }

  /** Pulses the trigger pin of every node that a CSV series feeds, at exactly each of its instants. */
  private scheduleTriggers(): void {
    for (const { board, scenario } of this.sites.values()) {
      if (scenario.triggerPin === undefined) continue
      const instants = triggerInstants(scenario, this.options.csvChannels ?? [], this.startUtcMilliseconds)
      const pin = board.pin(scenario.triggerPin)
      if (instants.length > 0) pin.drive('trigger', 0)
      // One pending event at a time: a year of samples does not fill the heap.
      const next = (index: number): void => {
        const at = instants[index]
        if (at === undefined) return
        this.clock.schedule(at, () => {
          pin.drive('trigger', 1)
          this.clock.setTimeout(() => pin.drive('trigger', 0), TRIGGER_PULSE_MILLISECONDS)
          next(index + 1)
        })
      }
      next(0)
    }
  }
}

/** Crashes kept with their text over all nodes. */
const CRASHES_KEPT = 1000

interface SimulationParts {
  kernel: Kernel
  world: World
  tags: readonly ScenarioTag[]
  sites: ReadonlyMap<string, SimulatedSite>
  links: readonly Link[]
  startUtcMilliseconds: number
  endMicroseconds: number
}

/** True when a CSV series replaces a channel that a part of this node measures. */
export function isFedByCsv(node: ScenarioNode, csv: readonly CsvChannel[]): boolean {
  return csv.some(({ channel }) =>
    node.parts.some(
      (part) =>
        'temperature' in part &&
        (part.temperature === channel || ('humidity' in part && part.humidity === channel)),
    ),
  )
}

function triggerInstants(
  node: ScenarioNode,
  csv: readonly CsvChannel[],
  startUtcMilliseconds: number,
): number[] {
  const instants = new Set<number>()
  for (const one of csv) {
    if (!isFedByCsv(node, [one])) continue
    for (const { utcMilliseconds } of one.series.points)
      instants.add((utcMilliseconds - startUtcMilliseconds) * 1000)
  }
  return [...instants].sort((a, b) => a - b)
}

/**
 * Builds a scenario up to the point where only the gateway is missing: links exist (their paths can be configured),
 * nodes have no power yet.
 * @throws CodedError of the simulator's table
 */
export async function createSimulation(options: SimulationOptions): Promise<Simulation> {
  const { scenario } = options
  const csv = options.csvChannels ?? []
  for (const { channel } of csv) {
    if (scenario.world.channels[channel] === undefined && !channel.endsWith('.humidity')) {
      throw new CodedError('SIM_CHANNEL_UNKNOWN', `--csv-channel names ${channel}`, {
        where: scenario.name,
        action: `declared are ${Object.keys(scenario.world.channels).join(', ')}`,
      })
    }
  }
  const { startUtcMilliseconds, endMicroseconds } = spanOf(scenario, csv)
  const kernel = createKernel({ seed: options.seed, startUtcMilliseconds })
  const { world, tags } = buildWorld(scenario, kernel, csv, startUtcMilliseconds)
  const links: Link[] = []
  const nets = new Map<string, NetBridge & Link>()
  const sites = new Map<string, SimulatedSite>()
  for (const node of scenario.nodes) {
    const transport = options.transports === 'in-process' ? 'in-process' : node.link.transport
    const net = node.link.kind === 'mqtt' ? netOf(transport, nets, kernel, options) : undefined
    const board = new WiredBoard({
      node,
      kernel,
      world,
      ...(options.record === undefined ? {} : { record: options.record }),
      ...(net === undefined ? {} : { net }),
    })
    const serial =
      node.link.kind === 'serial' ? await serialOf(node.id, transport, options.portFolder) : undefined
    if (serial !== undefined) links.push(serial)
    const bridge = serial === undefined ? undefined : bridgeUart(board.linkPort, serial, kernel.clock)
    sites.set(node.id, { scenario: node, board, node: undefined, serial, bridge })
  }
  links.push(...nets.values())
  return new Simulation(options, { kernel, world, tags, sites, links, startUtcMilliseconds, endMicroseconds })
}

function serialOf(node: string, transport: string, folder: string): Promise<SerialLink> | SerialLink {
  return transport === 'pty'
    ? PtySerialLink.open(node, join(folder, node))
    : new InProcessSerialLink(node, join(folder, node))
}

function netOf(
  transport: string,
  nets: Map<string, NetBridge & Link>,
  kernel: Kernel,
  options: SimulationOptions,
): NetBridge & Link {
  const known = nets.get(transport)
  if (known !== undefined) return known
  const attach = options.attachMqtt
  if (transport !== 'tcp' && attach === undefined) {
    throw new CodedError('SIM_LINK_INVALID', 'an in-process MQTT link needs a gateway in the process', {
      where: options.scenario.name,
      action: SIM_ERRORS.SIM_LINK_INVALID.action,
    })
  }
  const made =
    transport === 'tcp' || attach === undefined
      ? new TcpBridge('mqtt', kernel.clock)
      : new InProcessNet('mqtt', kernel.clock, attach)
  nets.set(transport, made)
  return made
}

function spanOf(
  scenario: Scenario,
  csv: readonly CsvChannel[],
): { startUtcMilliseconds: number; endMicroseconds: number } {
  if (csv.length === 0) {
    return {
      startUtcMilliseconds: Date.parse(scenario.startUtc),
      endMicroseconds: Math.round(scenario.durationMinutes * 60_000_000),
    }
  }
  const all = csv.flatMap(({ series }) => [series.points[0], series.points.at(-1)])
  const times = all.map((point) => point?.utcMilliseconds ?? 0)
  const startUtcMilliseconds = Math.min(...times) - CSV_LEAD_MILLISECONDS
  const endMicroseconds = (Math.max(...times) - startUtcMilliseconds + CSV_LEAD_MILLISECONDS) * 1000
  return { startUtcMilliseconds, endMicroseconds }
}
