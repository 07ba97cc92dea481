import type { AlarmChange, ConditionProfile } from '#gateway/condition/types.ts'

/** What a check found (design/CHECKS.md). Plain JSON. */
export interface Finding {
  /** Check id: C1, C2, I1 … */
  check: string
  severity: 'block' | 'warn' | 'note'
  /** Most recent first is not promised; at most EPCS_A_FINDING_MAXIMUM, `epcsInAll` counts all. */
  epcs: string[]
  epcsInAll: number
  /** Ids of the events that it rests on. */
  events: string[]
  /** Rule or limit that was used. */
  rule: string
  limitUri?: string
  /** 0…1; a condition is measured, not inferred: 1. */
  confidence: number
  /** The standard's word for it downstream: ALARM_CONDITION, ERROR_CONDITION, a CBV disposition. */
  standardWord?: string
  message: string
  node: string
  checkpoint: string
  atUtcMilliseconds: number
}

/** Most EPCs that a finding lists; the others are counted. */
export const EPCS_A_FINDING_MAXIMUM = 1000

/** What the condition checks get: one alarm that fired or ended, and what stood there meanwhile. */
export interface ConditionCheckInput {
  change: AlarmChange
  profile: ConditionProfile
  node: string
  checkpoint: string
  /** EPCs with an open dwell at the checkpoint. */
  epcs: readonly string[]
  events: readonly string[]
}

export interface ConditionCheck {
  id: string
  check(input: ConditionCheckInput): Finding[]
}
