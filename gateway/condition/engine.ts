import type {
  Alarm,
  AlarmChange,
  ConditionProfile,
  ConditionRule,
  ConditionSample,
  ConditionState,
  RuleState,
  StepResult,
} from './types.ts'

/** Rounds to a multiple of `step`, halves away from zero (a logger's display does the same). */
export function roundHalfAway(value: number, step: number): number {
  const rounded = Math.floor(Math.abs(value) / step + 0.5) * step
  return value < 0 && rounded !== 0 ? -rounded : rounded
}

/** UTC seconds → `2022-11-08T21:50:00Z`. */
export function isoSeconds(utcSeconds: number): string {
  return new Date(utcSeconds * 1000).toISOString().replace('.000Z', 'Z')
}

/** Whether a rounded value is on the bad side of the rule's limit, by the rule's own operator. */
export function isBeyond(rule: ConditionRule, milliCelsius: number): boolean {
  switch (rule.operator) {
    case '>':
      return milliCelsius > rule.limitMilliCelsius
    case '>=':
      return milliCelsius >= rule.limitMilliCelsius
    case '<':
      return milliCelsius < rule.limitMilliCelsius
    case '<=':
      return milliCelsius <= rule.limitMilliCelsius
  }
}

function freshRule(): RuleState {
  return {
    startSeconds: null,
    firedSeconds: null,
    beyondSeconds: 0,
    extremeMilliCelsius: 0,
    minimumMilliCelsius: 0,
    maximumMilliCelsius: 0,
    sumMilliCelsius: 0,
    count: 0,
  }
}

/** The engine before its first sample. */
export function initialConditionState(profile: ConditionProfile): ConditionState {
  return {
    lastSeconds: null,
    lastMilliCelsius: 0,
    samples: 0,
    faults: 0,
    outOfOrder: 0,
    rules: profile.rules.map(freshRule),
  }
}

function note(rule: ConditionRule, state: RuleState, atSeconds: number, rounded: number, raw: number): void {
  if (state.startSeconds === null) {
    state.startSeconds = atSeconds
    state.extremeMilliCelsius = rounded
    state.minimumMilliCelsius = raw
    state.maximumMilliCelsius = raw
  }
  state.extremeMilliCelsius =
    rule.side === 'high'
      ? Math.max(state.extremeMilliCelsius, rounded)
      : Math.min(state.extremeMilliCelsius, rounded)
  state.minimumMilliCelsius = Math.min(state.minimumMilliCelsius, raw)
  state.maximumMilliCelsius = Math.max(state.maximumMilliCelsius, raw)
  state.sumMilliCelsius += raw
  state.count++
}

/** The alarm of a rule as it stands, or null when it has not fired. */
export function alarmOf(rule: ConditionRule, state: RuleState, endSeconds: number | null): Alarm | null {
  if (state.startSeconds === null || state.firedSeconds === null) return null
  return {
    rule: rule.id,
    start: isoSeconds(state.startSeconds),
    fired: isoSeconds(state.firedSeconds),
    end: endSeconds === null ? null : isoSeconds(endSeconds),
    minutes: Math.round((state.beyondSeconds / 60) * 100) / 100,
    extremeCelsius: state.extremeMilliCelsius / 1000,
  }
}

function changeOf(
  change: AlarmChange['change'],
  rule: ConditionRule,
  state: RuleState,
  lastSeconds: number,
  endSeconds: number | null,
): AlarmChange {
  const alarm = alarmOf(rule, state, endSeconds) as Alarm
  return {
    change,
    rule,
    alarm,
    statistics: {
      startSeconds: state.startSeconds as number,
      lastSeconds,
      minimumMilliCelsius: state.minimumMilliCelsius,
      maximumMilliCelsius: state.maximumMilliCelsius,
      meanMilliCelsius: state.count === 0 ? 0 : state.sumMilliCelsius / state.count,
    },
    atSeconds: lastSeconds,
  }
}

interface Step {
  atSeconds: number
  rounded: number
  raw: number
  /** Last good sample; null before the first. */
  previousSeconds: number | null
  previousRounded: number
  isGap: boolean
}

/**
 * A continuous run. Between two samples the first one holds (sample and hold), so the sample that comes
 * back within still proves the time up to itself. A gap ends the run at the last sample before it.
 */
function stepSingle(rule: ConditionRule, state: RuleState, step: Step, changes: AlarmChange[]): void {
  if (step.isGap && state.startSeconds !== null) {
    if (state.firedSeconds !== null) {
      const last = step.previousSeconds as number
      changes.push(changeOf('ended', rule, state, last, last))
    }
    Object.assign(state, freshRule())
  }
  const beyond = isBeyond(rule, step.rounded)
  if (beyond) note(rule, state, step.atSeconds, step.rounded, step.raw)
  if (state.startSeconds === null) return
  state.beyondSeconds = step.atSeconds - state.startSeconds
  if (state.firedSeconds === null && state.beyondSeconds >= rule.minutes * 60) {
    state.firedSeconds = state.startSeconds + rule.minutes * 60
    changes.push(changeOf('fired', rule, state, step.atSeconds, null))
  }
  if (beyond) return
  if (state.firedSeconds !== null)
    changes.push(changeOf('ended', rule, state, step.atSeconds, step.atSeconds))
  Object.assign(state, freshRule())
}

/** The sum of the time beyond, gaps left out. It fires once and has no end: exposure is not undone. */
function stepCumulative(rule: ConditionRule, state: RuleState, step: Step, changes: AlarmChange[]): void {
  let firedSeconds: number | null = null
  const limitSeconds = rule.minutes * 60
  if (step.previousSeconds !== null && !step.isGap && isBeyond(rule, step.previousRounded)) {
    const before = state.beyondSeconds
    state.beyondSeconds += step.atSeconds - step.previousSeconds
    if (state.beyondSeconds >= limitSeconds) firedSeconds = step.previousSeconds + (limitSeconds - before)
  }
  if (isBeyond(rule, step.rounded)) {
    note(rule, state, step.atSeconds, step.rounded, step.raw)
    if (limitSeconds === 0) firedSeconds = step.atSeconds
  }
  if (state.firedSeconds === null && firedSeconds !== null) {
    state.firedSeconds = firedSeconds
    changes.push(changeOf('fired', rule, state, step.atSeconds, null))
  }
}

/**
 * Takes one sample of one sensor. One engine serves `waypost condition` and the gateway, so that the same
 * samples give the same alarms. Changes `state` in place; it is plain JSON between calls.
 *
 * Times are rounded to whole seconds before any duration, values to the profile's resolution before any
 * comparison. A fault changes nothing but its count; a sample that is not later than the last one is
 * counted and left out.
 */
export function stepCondition(
  profile: ConditionProfile,
  state: ConditionState,
  sample: ConditionSample,
): StepResult {
  const changes: AlarmChange[] = []
  const raw = sample.temperatureMilliCelsius
  if (raw === undefined) {
    state.faults++
    return { changes, gap: null }
  }
  const atSeconds = roundHalfAway(sample.utcMilliseconds, 1000) / 1000
  const previousSeconds = state.lastSeconds
  if (previousSeconds !== null && atSeconds <= previousSeconds) {
    state.outOfOrder++
    return { changes, gap: null }
  }
  const isGap = previousSeconds !== null && atSeconds - previousSeconds > profile.gapMinutes * 60
  const step: Step = {
    atSeconds,
    rounded: roundHalfAway(raw, profile.resolutionMilliCelsius),
    // −0 would not survive JSON.
    raw: raw + 0,
    previousSeconds,
    previousRounded: state.lastMilliCelsius,
    isGap,
  }
  profile.rules.forEach((rule, index) => {
    const ruleState = state.rules[index] as RuleState
    if (rule.kind === 'single') stepSingle(rule, ruleState, step, changes)
    else stepCumulative(rule, ruleState, step, changes)
  })
  state.lastSeconds = atSeconds
  state.lastMilliCelsius = step.rounded
  state.samples++
  const gap = isGap
    ? {
        from: isoSeconds(previousSeconds),
        to: isoSeconds(atSeconds),
        minutes: Math.round(((atSeconds - previousSeconds) / 60) * 100) / 100,
      }
    : null
  return { changes, gap }
}

/** The alarms that have fired and not ended, in the order of the profile's rules. */
export function runningAlarms(profile: ConditionProfile, state: ConditionState): Alarm[] {
  const alarms: Alarm[] = []
  profile.rules.forEach((rule, index) => {
    const alarm = alarmOf(rule, state.rules[index] as RuleState, null)
    if (alarm !== null) alarms.push(alarm)
  })
  return alarms
}
