import { alarmLine, span } from '#demo/lines.ts'
import { type ListedScenario, type RunOutcome, runScenario, simCheck, simList } from '#demo/run-scenario.ts'
import { CodedError } from '#protocol/coded-error.ts'
import type { CommandIo, ExitCode } from './io.ts'

export interface SimRunOptions {
  seed?: number
  speed?: string
  junit?: string
  record?: string
  csvChannel?: string[]
  until?: string
  json?: boolean
}

/** `waypost sim run SCENARIO`: exit 0 passed, 1 an expectation failed, 2 unusable, 3 the firmware crashed, 42 out of time. */
export async function runSim(scenario: string, options: SimRunOptions, io: CommandIo): Promise<ExitCode> {
  let interrupted = false
  void io.interrupted().then(() => {
    interrupted = true
  })
  const { csvChannel, json, speed, ...rest } = options
  const outcome = await runScenario(scenario, {
    ...rest,
    interrupted: () => interrupted,
    ...(csvChannel === undefined ? {} : { csvChannels: csvChannel }),
    ...(speed === undefined ? {} : { speed: speedOf(speed) }),
  })
  if (json) tellJson(outcome, io)
  else for (const line of describe(outcome)) io.out(line)
  return outcome.exitCode
}

function speedOf(text: string): 'max' | number {
  if (text === 'max') return 'max'
  const speed = Number(text)
  if (!(speed > 0) || !Number.isFinite(speed))
    throw new CodedError('CLI_USAGE', `--speed ${text}`, {
      action: 'give max, or how many virtual seconds a second',
    })
  return speed
}

function tellJson(outcome: RunOutcome, io: CommandIo): void {
  const { events, alerts, alarms, verdicts, ...summary } = outcome
  for (const event of events) io.out(JSON.stringify({ kind: 'event', event }))
  for (const alert of alerts) io.out(JSON.stringify({ kind: 'alert', alert }))
  for (const alarm of alarms) io.out(JSON.stringify({ kind: 'alarm', ...alarm }))
  for (const verdict of verdicts) io.out(JSON.stringify({ kind: 'verdict', ...verdict }))
  io.out(JSON.stringify({ kind: 'summary', ...summary, events: events.length, alerts: alerts.length }))
}

function describe(outcome: RunOutcome): string[] {
  const crashes = outcome.crashes.map((crash) => `CRASH ${crash.node}: ${crash.text}`)
  const lines = [
    `${outcome.scenario}, seed ${outcome.seed}: ${span(outcome.virtualSeconds)} in ${outcome.realSeconds.toFixed(1)} s, ${outcome.steps} steps`,
    `${outcome.events.length} events and ${outcome.alerts.length} alerts arrived; ${outcome.refused.length} documents were refused`,
    ...outcome.alarms.map(alarmLine),
    ...outcome.verdicts.map(
      (verdict) =>
        `${verdict.skipped ? 'skip  ' : verdict.passed ? 'ok    ' : 'FAILED'} ${verdict.expectation} (${verdict.found})`,
    ),
    ...crashes,
  ]
  if (outcome.outOfTime !== undefined) lines.push(`OUT OF TIME: ${outcome.outOfTime}`)
  if (outcome.exitCode !== 0) lines.push(...outcome.printed, `again: ${outcome.reproduce}`)
  return lines
}

const describeScenario = (scenario: ListedScenario): string[] => [
  `${scenario.name}: ${scenario.description}`,
  `  ${scenario.file}, ${scenario.durationMinutes} min, ${scenario.expectations} expectations; ${scenario.nodes
    .map((node) => `${node.id} (${node.board}, ${node.link})`)
    .join(', ')}`,
]

/** `waypost sim list`: the scenarios that ship. */
export function runSimList(options: { json?: boolean }, io: CommandIo): ExitCode {
  for (const scenario of simList())
    if (options.json) io.out(JSON.stringify(scenario))
    else for (const line of describeScenario(scenario)) io.out(line)
  return 0
}

/** `waypost sim check SCENARIO`: validates one. */
export function runSimCheck(file: string, options: { json?: boolean }, io: CommandIo): ExitCode {
  const scenario = simCheck(file)
  if (options.json) io.out(JSON.stringify({ valid: true, ...scenario }))
  else for (const line of ['valid', ...describeScenario(scenario)]) io.out(line)
  return 0
}
