import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import type { Logger } from '#gateway/log.ts'
import { type ArrivedAlarm, alarmsOf } from '#hardware-sim/arrivals.ts'
import { type CsvChannel, loadCsvChannel } from '#hardware-sim/csv-channels.ts'
import { judge, type Verdict } from '#hardware-sim/expectations.ts'
import { junitXml } from '#hardware-sim/record/junit.ts'
import { TransactionLog } from '#hardware-sim/record/transaction-log.ts'
import type { FirmwareCrash } from '#hardware-sim/runners/types.ts'
import { loadScenario } from '#hardware-sim/scenarios/load.ts'
import type { Scenario } from '#hardware-sim/scenarios/types.ts'
import { CodedError } from '#protocol/coded-error.ts'
import { DEMO_ERRORS } from './errors.ts'
import { LineFile } from './line-file.ts'
import { openSimHost, type SimHost } from './sim-host.ts'

/** Real seconds that one run may take unless told otherwise. */
export const REAL_SECONDS_DEFAULT = 300
/** … and what each virtual day of a replayed series adds. */
const REAL_SECONDS_A_DAY = 20
const MICROSECONDS_A_DAY = 86_400_000_000
const PRINTED_LINES_KEPT = 200

export interface RunScenarioOptions {
  seed?: number
  speed?: 'max' | number
  /** File for a JUnit report. */
  junit?: string
  /** File for the transaction log, JSON lines. */
  record?: string
  /** `NAME=FILE`, as the command takes them. */
  csvChannels?: readonly string[]
  /** Seconds of virtual time, or an instant in UTC. */
  until?: string
  realSeconds?: number
  transports?: 'declared' | 'in-process'
  bundles?: ReadonlyMap<string, string>
  log?: Logger
  /** Source of keys and gateway randoms; the seed unless told. */
  secrets?: (count: number) => Uint8Array
  operatorPort?: number
  onEvent?: (event: Record<string, unknown>) => void
  /** Asked now and then; true ends the run where it is. */
  interrupted?: () => boolean
  /** Called when everything has started, with links to show. */
  onOpen?: (host: SimHost) => void
}

export interface RunOutcome {
  /** 0 passed, 1 an expectation failed, 3 the firmware crashed, 42 ran out of real time. */
  exitCode: 0 | 1 | 3 | 42
  scenario: string
  seed: number
  /** The one line that runs it again. */
  reproduce: string
  startUtc: string
  virtualSeconds: number
  realSeconds: number
  /** Simulated events run. */
  steps: number
  /** EPCIS events that the distribution network holds, in order of arrival. */
  events: readonly Record<string, unknown>[]
  /** CAP alerts that the safety network holds, as it summarises them. */
  alerts: readonly unknown[]
  alarms: ArrivedAlarm[]
  verdicts: Verdict[]
  crashes: FirmwareCrash[]
  /** What the networks refused; empty in a good run. */
  refused: unknown[]
  /** Lines that nodes printed, the last ones. */
  printed: string[]
  outOfTime: string | undefined
}

/**
 * Runs one scenario to its end with a gateway in this process, and judges what arrived.
 * @throws CodedError for what makes the call unusable (exit code 2): scenario, CSV, build, configuration
 */
export async function runScenario(path: string, options: RunScenarioOptions = {}): Promise<RunOutcome> {
  const started = performance.now()
  const file = resolveScenario(path)
  const scenario = loadScenario(file)
  const seed = options.seed ?? scenario.seed
  const csvChannels = (options.csvChannels ?? []).flatMap(csvOf)
  const recordFile = options.record === undefined ? undefined : new LineFile(options.record)
  const printed: string[] = []
  const late = (): boolean => performance.now() - started > limitSeconds * 1000
  let limitSeconds = options.realSeconds ?? REAL_SECONDS_DEFAULT
  let host: SimHost | undefined
  try {
    host = await openSimHost({
      scenario,
      seed,
      csvChannels,
      onPrint: (node, line) => {
        if (printed.length >= PRINTED_LINES_KEPT) printed.shift()
        printed.push(`${node}: ${line}`)
      },
      ...(recordFile === undefined
        ? {}
        : { record: new TransactionLog((line) => recordFile.write(line)).sink }),
      ...(options.transports === undefined ? {} : { transports: options.transports }),
      ...(options.log === undefined ? {} : { log: options.log }),
      ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
      ...(options.operatorPort === undefined ? {} : { operatorPort: options.operatorPort }),
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
      ...(options.bundles === undefined ? {} : { bundles: options.bundles }),
    })
    if (options.realSeconds === undefined) {
      limitSeconds += (host.simulation.endMicroseconds / MICROSECONDS_A_DAY) * REAL_SECONDS_A_DAY
    }
    options.onOpen?.(host)
    const ran = await runToEnd(host, scenario, options, late)
    const outcome = conclude({ host, scenario, file, seed, csvChannels, options, started, printed, ...ran })
    if (options.junit !== undefined) await writeReport(options.junit, junitOf(outcome))
    return outcome
  } finally {
    await host?.close()
    recordFile?.close()
  }
}

async function runToEnd(
  host: SimHost,
  scenario: Scenario,
  options: RunScenarioOptions,
  late: () => boolean,
): Promise<{ steps: number; outOfTime: string | undefined }> {
  const { simulation } = host
  const end =
    options.until === undefined
      ? simulation.endMicroseconds
      : untilMicroseconds(options.until, simulation.startUtcMilliseconds)
  const drain = options.until === undefined ? Math.round(scenario.drainMinutes * 60_000_000) : 0
  const interrupted = options.interrupted ?? (() => false)
  try {
    const result = await host.run({
      untilMicroseconds: end + drain,
      speed: options.speed ?? 'max',
      done: () => late() || interrupted(),
    })
    const text = late() && result.end === 'done' ? 'the limit of real time was reached' : undefined
    return { steps: result.events, outOfTime: text }
  } catch (error) {
    if (error instanceof CodedError && error.code === 'SIM_LINK_STUCK')
      return { steps: 0, outOfTime: error.message }
    throw error
  }
}

interface Finished {
  host: SimHost
  scenario: Scenario
  file: string
  seed: number
  csvChannels: readonly CsvChannel[]
  options: RunScenarioOptions
  started: number
  printed: string[]
  steps: number
  outOfTime: string | undefined
}

function conclude(finished: Finished): RunOutcome {
  const { host, scenario, seed, outOfTime } = finished
  const { simulation } = host
  const events = host.capture.events().map((stored) => stored.event)
  const alerts = host.safety.alerts().map((stored) => stored.alert)
  const starts = new Map([...simulation.sites].map(([id, { node }]) => [id, node?.starts ?? 0]))
  const epcs = simulation.tags.map((tag) => tag.epc)
  const verdicts = judge(scenario.expect, {
    events,
    alerts,
    epcs,
    starts,
    replayed: finished.csvChannels.length > 0,
  })
  const failed = verdicts.some((one) => !one.passed)
  const crashed = simulation.crashes.length > 0
  return {
    exitCode: outOfTime !== undefined ? 42 : crashed ? 3 : failed ? 1 : 0,
    scenario: scenario.name,
    seed,
    reproduce: reproduceLine(finished),
    startUtc: new Date(simulation.startUtcMilliseconds).toISOString(),
    virtualSeconds: simulation.clock.nowMicroseconds() / 1_000_000,
    realSeconds: (performance.now() - finished.started) / 1000,
    steps: finished.steps,
    events,
    alerts,
    alarms: alarmsOf(events),
    verdicts,
    crashes: [...simulation.crashes],
    refused: [...host.capture.refused(), ...host.safety.refused()],
    printed: finished.printed,
    outOfTime,
  }
}

/** `npx waypost sim run … --seed N`: what to type to see the same run again. */
function reproduceLine({ file, seed, options }: Finished): string {
  const parts = ['npx waypost sim run', relative(process.cwd(), file), `--seed ${seed}`]
  for (const one of options.csvChannels ?? []) parts.push(`--csv-channel ${one}`)
  if (options.until !== undefined) parts.push(`--until ${options.until}`)
  return parts.join(' ')
}

function csvOf(argument: string): CsvChannel[] {
  const at = argument.indexOf('=')
  if (at < 1 || at === argument.length - 1) {
    throw new CodedError('SIM_ARGUMENT', `--csv-channel ${argument}`, {
      action: 'give NAME=FILE, for example room.temperature=log.csv',
    })
  }
  return loadCsvChannel(argument.slice(0, at), argument.slice(at + 1))
}

function untilMicroseconds(until: string, startUtcMilliseconds: number): number {
  const milliseconds = /^\d+(\.\d+)?$/.test(until)
    ? Number(until) * 1000
    : Date.parse(until) - startUtcMilliseconds
  if (!(milliseconds > 0)) {
    throw new CodedError('SIM_ARGUMENT', `--until ${until} is not after the start`, {
      action: 'give seconds of virtual time, or a later instant like 2026-03-02T07:00:00Z',
    })
  }
  return Math.round(milliseconds * 1000)
}

function junitOf(outcome: RunOutcome): string {
  const cases = outcome.verdicts.map((one) => ({
    name: one.expectation,
    ...(one.skipped
      ? { skipped: one.found }
      : one.passed
        ? {}
        : { failure: `${one.found}; ${outcome.reproduce}` }),
  }))
  const crash = outcome.crashes[0]
  const inTime = outcome.outOfTime
  return junitXml({
    name: `waypost.sim.${outcome.scenario}`,
    seconds: outcome.realSeconds,
    properties: { seed: String(outcome.seed), virtualSeconds: String(outcome.virtualSeconds) },
    cases: [
      {
        name: 'the firmware does not crash',
        ...(crash === undefined ? {} : { failure: `${crash.node}: ${crash.text}` }),
      },
      { name: 'ends within its limit of real time', ...(inTime === undefined ? {} : { failure: inTime }) },
      ...cases,
    ],
    output: outcome.reproduce,
  })
}

/** @throws CodedError SIM_OUTPUT when the file cannot be written */
async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    throw new CodedError('SIM_OUTPUT', error instanceof Error ? error.message : String(error), {
      where: file,
      action: DEMO_ERRORS.SIM_OUTPUT.action,
    })
  }
}

/** Folder of the scenarios that ship: the nearest one above, from the sources as from dist/. */
function scenarioFolder(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const folder = join(at, 'hardware-sim', 'scenarios')
    if (existsSync(folder) || at === dirname(at)) return folder
  }
}

/** A path as given; the bare name of one that ships (`cold-room`) works too. */
function resolveScenario(path: string): string {
  if (isAbsolute(path) || path.includes('/') || /\.ya?ml$/.test(path)) return path
  return join(scenarioFolder(), `${path}.yaml`)
}

/** One line of `waypost sim list`. */
export interface ListedScenario {
  name: string
  file: string
  description: string
  nodes: { id: string; board: string; link: string }[]
  durationMinutes: number
  expectations: number
}

/** The scenarios that ship, by name. @throws CodedError when one of them is not valid */
export function simList(): ListedScenario[] {
  const folder = scenarioFolder()
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name))
  return files.sort().map((name) => simCheck(join(folder, name)))
}

/** Validates a scenario. @throws CodedError SIM_SCENARIO_* */
export function simCheck(path: string): ListedScenario {
  const file = resolveScenario(path)
  const scenario = loadScenario(file)
  return {
    name: scenario.name,
    file: relative(process.cwd(), file),
    description: scenario.description ?? '',
    nodes: scenario.nodes.map(({ id, board, link }) => ({
      id,
      board,
      link: `${link.kind} (${link.transport})`,
    })),
    durationMinutes: scenario.durationMinutes,
    expectations: scenario.expect.length,
  }
}
