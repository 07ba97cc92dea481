import { type ConditionCheckInput, EPCS_A_FINDING_MAXIMUM, type Finding } from './types.ts'

/** The finding of a condition rule: `block` when it fires, `note` when the excursion ends. */
export function conditionFinding(check: string, what: string, input: ConditionCheckInput): Finding {
  const { alarm, rule } = input.change
  const isOver = input.change.change === 'ended'
  const limit = rule.limitMilliCelsius / 1000
  const course = isOver ? `ended ${alarm.end}` : `fired ${alarm.fired}`
  return {
    check,
    severity: isOver ? 'note' : 'block',
    epcs: input.epcs.slice(0, EPCS_A_FINDING_MAXIMUM),
    epcsInAll: input.epcs.length,
    events: [...input.events],
    rule: `${input.profile.id}/${rule.id}`,
    limitUri: input.profile.limitUri,
    confidence: 1,
    standardWord: 'ALARM_CONDITION',
    message: `${what} ${rule.operator} ${limit} °C, ${alarm.minutes} min since ${alarm.start}, ${course}, extreme ${alarm.extremeCelsius} °C`,
    node: input.node,
    checkpoint: input.checkpoint,
    atUtcMilliseconds: input.change.atSeconds * 1000,
  }
}
