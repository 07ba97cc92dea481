import { randomBytes } from 'node:crypto'
import { epcCounts } from '#hardware-sim/arrivals.ts'
import { CodedError } from '#protocol/coded-error.ts'
import { DEMO_ERRORS } from './errors.ts'
import { alarmLine, alertLine, eventLine, span } from './lines.ts'
import { type RunOutcome, runScenario } from './run-scenario.ts'
import type { SimHost } from './sim-host.ts'
import type { StoredAlert } from './stand-ins/safety-receiver.ts'

export interface DemoOptions {
  /** Run the packaged scenario on virtual time to its end, and end. */
  once?: boolean
  /** Port of the operator page; a free one unless told. */
  port?: number
  seed?: number
  json?: boolean
}

/** Where the demo speaks; `interrupted` resolves when it should end. */
export interface DemoIo {
  out(line: string): void
  interrupted(): Promise<void>
}

const SCENARIO = 'demo'
/** `--once` promises at most a minute of wall time. */
export const ONCE_REAL_SECONDS = 60
/** Virtual seconds a real second, so that the excursion of the second hour comes within two minutes. */
export const LIVE_SPEED = 60
/** The live demo goes on past its scenario until Ctrl-C, at most this long in virtual time. */
const LIVE_VIRTUAL_SECONDS = 365 * 86_400
const STATUS_MILLISECONDS = 10_000
const ALERT_LOOK_MILLISECONDS = 250

/**
 * `waypost demo`: builds the firmware, makes keys in a folder of its own, starts the networks' stand-ins, the
 * gateway with broker, store and operator page, and both simulated sites, and tells what reaches each network.
 *
 * With `json` only JSON objects reach `out`, one a line: `event` (in order of arrival, duplicates not removed),
 * `alert`, and at the end `summary`.
 *
 * @returns 0, or with `once` 1 when something that must arrive did not
 * @throws CodedError for what makes the call unusable; DEMO_SCENARIO_FAILED when `once` did not show what it must
 */
export async function runDemo(options: DemoOptions, io: DemoIo): Promise<0> {
  const once = options.once === true
  const json = options.json === true
  const say = (line: string): void => {
    if (!json) io.out(line)
  }
  let interrupted = false
  void io.interrupted().then(() => {
    interrupted = true
  })
  say('Waypost demo: building the firmware …')
  const watch = new Watch(json, io)
  try {
    const outcome = await runScenario(SCENARIO, {
      secrets: (count) => new Uint8Array(randomBytes(count)),
      interrupted: () => interrupted,
      onOpen: (host) => {
        watch.open(host)
        if (!json) for (const line of greeting(host, once)) io.out(line)
        if (!json && !once) watch.startStatus()
      },
      onEvent: (event) => io.out(json ? JSON.stringify({ kind: 'event', event }) : eventLine(event)),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.port === undefined ? {} : { operatorPort: options.port }),
      ...(once
        ? { speed: 'max' as const, realSeconds: ONCE_REAL_SECONDS }
        : { speed: LIVE_SPEED, realSeconds: LIVE_VIRTUAL_SECONDS, until: String(LIVE_VIRTUAL_SECONDS) }),
    })
    watch.close()
    if (json) io.out(JSON.stringify(summaryOf(outcome)))
    else for (const line of conclusion(outcome, once)) io.out(line)
    if (once) judgeOnce(outcome, interrupted)
    return 0
  } finally {
    watch.close()
  }
}

/** Tells alerts as they arrive, and now and then how things stand. */
class Watch {
  private readonly json: boolean
  private readonly io: DemoIo
  private host: SimHost | undefined
  private told = 0
  private readonly timers: NodeJS.Timeout[] = []

  constructor(json: boolean, io: DemoIo) {
    this.json = json
    this.io = io
  }

  open(host: SimHost): void {
    this.host = host
    this.timers.push(setInterval(() => this.tellAlerts(), ALERT_LOOK_MILLISECONDS))
  }

  startStatus(): void {
    this.timers.push(setInterval(() => this.tellStatus(), STATUS_MILLISECONDS))
  }

  /** Tells what is left; a second call does nothing. */
  close(): void {
    for (const timer of this.timers.splice(0)) clearInterval(timer)
    this.tellAlerts()
  }

  private tellAlerts(): void {
    for (const stored of this.host?.safety.alerts().slice(this.told) ?? []) {
      this.told += 1
      this.io.out(this.json ? JSON.stringify(alertObject(stored)) : alertLine(stored))
    }
  }

  private tellStatus(): void {
    const { host } = this
    if (host === undefined) return
    const at = new Date(host.simulation.clock.utcMilliseconds()).toISOString().slice(0, 16).replace('T', ' ')
    const frames = host.gateway.observer
      .nodes()
      .map((node) => `${node.node} ${node.framesOk} frames, ${node.framesLost} lost`)
    this.io.out(
      `— ${at} UTC at the sites: ${frames.join('; ')}; ${host.capture.events().length} events and ${host.safety.alerts().length} alerts have arrived`,
    )
  }
}

const alertObject = ({ alert, receipt, arrivals, receivedAt, xml }: StoredAlert): object => ({
  kind: 'alert',
  alert,
  receipt,
  arrivals,
  receivedAt,
  xml,
})

function greeting(host: SimHost, once: boolean): string[] {
  const sites = host.simulation.scenario.nodes.map(
    ({ id, board, link }) => `  ${id.padEnd(14)} ${board}, ${link.kind} (${link.transport})`,
  )
  return [
    'Simulated sites, running the built firmware:',
    ...sites,
    `Operator page          ${host.gateway.operatorUrl ?? 'not served: its port is taken'}`,
    `Distribution network   ${host.capture.url}/events`,
    `Safety network         ${host.safety.url}/alerts`,
    once
      ? 'One scenario on virtual time; what arrives (UTC):'
      : `One minute at the sites is a second here; Ctrl-C ends it. What arrives (UTC):`,
  ]
}

function conclusion(outcome: RunOutcome, once: boolean): string[] {
  const counts = [...epcCounts(outcome.events).values()]
  const twice = counts.filter((count) => count > 1).length
  return [
    '',
    `${outcome.events.length} events reached the distribution network, with ${counts.length} EPCs, ${twice === 0 ? 'each in exactly one event' : `${twice} of them in more than one event`}.`,
    `${outcome.alerts.length} alerts reached the safety network.`,
    ...outcome.alarms.map(alarmLine),
    ...(once
      ? outcome.verdicts.map(
          (verdict) => `${verdict.passed ? 'ok    ' : 'FAILED'} ${verdict.expectation} (${verdict.found})`,
        )
      : []),
    `${span(outcome.virtualSeconds)} at the sites took ${outcome.realSeconds.toFixed(1)} s here (seed ${outcome.seed}).`,
  ]
}

function summaryOf(outcome: RunOutcome): object {
  const counts = epcCounts(outcome.events)
  return {
    kind: 'summary',
    scenario: outcome.scenario,
    seed: outcome.seed,
    events: outcome.events.length,
    alerts: outcome.alerts.length,
    epcs: counts.size,
    epcsInMoreThanOneEvent: [...counts.values()].filter((count) => count > 1).length,
    alarms: outcome.alarms,
    expectations: outcome.verdicts,
    refused: outcome.refused,
    crashes: outcome.crashes.length,
    virtualSeconds: outcome.virtualSeconds,
    realSeconds: outcome.realSeconds,
    passed: outcome.exitCode === 0,
  }
}

/** The one place where a run that did not show what it must becomes an error. */
function judgeOnce(outcome: RunOutcome, interrupted: boolean): void {
  if (outcome.exitCode === 0 && outcome.refused.length === 0 && !interrupted) return
  const failed = outcome.verdicts.find((verdict) => !verdict.passed)
  const what = interrupted
    ? 'interrupted before its end'
    : (outcome.outOfTime ??
      (outcome.crashes[0] === undefined
        ? failed === undefined
          ? `the networks refused ${outcome.refused.length} documents`
          : `${failed.expectation}: ${failed.found}`
        : `the firmware of ${outcome.crashes[0].node} crashed: ${outcome.crashes[0].text}`))
  throw new CodedError('DEMO_SCENARIO_FAILED', what, {
    where: `scenario ${outcome.scenario}, seed ${outcome.seed}`,
    action: DEMO_ERRORS.DEMO_SCENARIO_FAILED.action,
  })
}
