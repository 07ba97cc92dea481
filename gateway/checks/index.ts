import { c1Excursion } from './c1-excursion.ts'
import { c2Cumulative } from './c2-cumulative.ts'
import type { ConditionCheck, ConditionCheckInput, Finding } from './types.ts'

/** The checks on conditions, in the order in which they run. */
export const CONDITION_CHECKS: readonly ConditionCheck[] = [c1Excursion, c2Cumulative]

/** Runs every condition check over one alarm. */
export function checkCondition(input: ConditionCheckInput): Finding[] {
  return CONDITION_CHECKS.flatMap((check) => check.check(input))
}
