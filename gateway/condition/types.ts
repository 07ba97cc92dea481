/** Which side of the limit is the bad one. */
export type RuleSide = 'high' | 'low'
/** The comparison belongs to the rule: WHO writes `≥ 45`, the loggers compare `> 8.0`. */
export type RuleOperator = '>' | '>=' | '<' | '<='

/** One limit of a profile and the time it may be exceeded. */
export interface ConditionRule {
  /** Stable name, unique within its profile, e.g. `high-single`. */
  id: string
  /** C1 single excursion, C2 cumulative exposure (design/CHECKS.md). */
  check: 'C1' | 'C2'
  kind: 'single' | 'cumulative'
  side: RuleSide
  operator: RuleOperator
  limitMilliCelsius: number
  /** Minutes beyond the limit at which the alarm fires; 0 = with the first sample beyond. */
  minutes: number
}

/** A rule profile as profiles.yaml has it, with its defaults filled in. */
export interface ConditionProfile {
  id: string
  title: string
  /** Where the numbers come from. */
  source: string
  /** Both paths (logger file, wire) round to this before they compare. */
  resolutionMilliCelsius: number
  /** A step between two samples longer than this breaks a run and is listed. */
  gapMinutes: number
  /** GS1 Digital Link of the document type (GDTI) that stands for this limit. */
  limitUri: string
  /** Activation energy of the mean kinetic temperature, kJ/mol. */
  activationEnergyKilojoulePerMole: number
  rules: ConditionRule[]
}

/** One measurement of one sensor. A fault has no value; it is neither a sample within nor one beyond. */
export interface ConditionSample {
  utcMilliseconds: number
  /** undefined: the sensor answered with a fault. */
  temperatureMilliCelsius: number | undefined
}

/** An alarm as users meet it; times are UTC with whole seconds. */
export interface Alarm {
  rule: string
  start: string
  fired: string
  /** First sample back within the limit (last sample before a gap); null while running, and of a cumulative rule. */
  end: string | null
  /** Minutes beyond the limit, so far or in all. */
  minutes: number
  /** Highest (lowest) rounded value of the time beyond. */
  extremeCelsius: number
}

/** A step of the record longer than the profile's gapMinutes. */
export interface ConditionGap {
  from: string
  to: string
  minutes: number
}

/** What one rule remembers. Times are UTC seconds, values thousandths of a degree. */
export interface RuleState {
  /** First sample beyond: of the present run (single) or of all (cumulative). */
  startSeconds: number | null
  firedSeconds: number | null
  /** Time beyond: of the present run (single) or of all (cumulative). */
  beyondSeconds: number
  extremeMilliCelsius: number
  /** Unrounded values of the samples beyond, for the report. */
  minimumMilliCelsius: number
  maximumMilliCelsius: number
  sumMilliCelsius: number
  count: number
}

/** The engine's whole memory: plain JSON, constant in size. */
export interface ConditionState {
  /** Last good sample, rounded as it is compared. */
  lastSeconds: number | null
  lastMilliCelsius: number
  samples: number
  faults: number
  /** Samples that were not later than the one before; they change nothing. */
  outOfOrder: number
  rules: RuleState[]
}

/** What the samples of an alarm's time measured, unrounded. */
export interface AlarmStatistics {
  startSeconds: number
  lastSeconds: number
  minimumMilliCelsius: number
  maximumMilliCelsius: number
  meanMilliCelsius: number
}

/** An alarm that has just fired or ended. */
export interface AlarmChange {
  change: 'fired' | 'ended'
  rule: ConditionRule
  alarm: Alarm
  statistics: AlarmStatistics
  /** Instant of the sample that brought it to light. */
  atSeconds: number
}

/** What one sample changed. */
export interface StepResult {
  changes: AlarmChange[]
  gap: ConditionGap | null
}
