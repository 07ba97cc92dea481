import { conditionFinding } from './condition-finding.ts'
import type { ConditionCheck } from './types.ts'

/** C2: the sum of all time beyond the limit reaches what the profile's rule allows. It has no end. */
export const c2Cumulative: ConditionCheck = {
  id: 'C2',
  check(input) {
    return input.change.rule.check === 'C2' ? [conditionFinding('C2', 'cumulative exposure', input)] : []
  },
}
