import { alarmOf, initialConditionState, stepCondition } from './engine.ts'
import { addToStatistics, emptyStatistics, type SeriesSummary, summarise } from './statistics.ts'
import type { Alarm, ConditionGap, ConditionProfile, ConditionSample, RuleState } from './types.ts'

/** What `waypost condition` answers. Figures are null when there is no sample. */
export interface ConditionReport {
  profile: string
  samples: number
  /** In the order in which they fired. */
  alarms: Alarm[]
  meanKineticTemperatureCelsius: number | null
  minimumCelsius: number | null
  maximumCelsius: number | null
  meanCelsius: number | null
  gaps: ConditionGap[]
}

/**
 * Judges a whole series with the engine that the gateway runs sample by sample: one alarm per run of a single
 * rule and at most one of a cumulative rule, each as it stands at the end of the series.
 */
export function evaluateSeries(
  profile: ConditionProfile,
  samples: Iterable<ConditionSample>,
): ConditionReport {
  const state = initialConditionState(profile)
  const statistics = emptyStatistics()
  const alarms: Alarm[] = []
  /** Index into `alarms` of each rule's alarm that still runs. */
  const running = new Map<string, number>()
  const gaps: ConditionGap[] = []
  for (const sample of samples) {
    const result = stepCondition(profile, state, sample)
    if (result.gap !== null) gaps.push(result.gap)
    if (sample.temperatureMilliCelsius !== undefined) {
      addToStatistics(statistics, sample.temperatureMilliCelsius, profile.activationEnergyKilojoulePerMole)
    }
    for (const change of result.changes) {
      if (change.change === 'fired') {
        running.set(change.rule.id, alarms.length)
        alarms.push(change.alarm)
      } else {
        alarms[running.get(change.rule.id) as number] = change.alarm
        running.delete(change.rule.id)
      }
    }
  }
  // What still runs, and every cumulative alarm, went on growing after it fired.
  profile.rules.forEach((rule, index) => {
    const at = running.get(rule.id)
    const alarm = alarmOf(rule, state.rules[index] as RuleState, null)
    if (at !== undefined && alarm !== null) alarms[at] = alarm
  })
  const summary: SeriesSummary | undefined = summarise(statistics, profile.activationEnergyKilojoulePerMole)
  return {
    profile: profile.id,
    samples: state.samples,
    alarms,
    meanKineticTemperatureCelsius: summary?.meanKineticTemperatureCelsius ?? null,
    minimumCelsius: summary?.minimumCelsius ?? null,
    maximumCelsius: summary?.maximumCelsius ?? null,
    meanCelsius: summary?.meanCelsius ?? null,
    gaps,
  }
}
