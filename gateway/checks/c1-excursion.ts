import { conditionFinding } from './condition-finding.ts'
import type { ConditionCheck } from './types.ts'

/**
 * C1: one continuous run beyond the limit as long as the profile's rule says. A violation holds the goods
 * that stand at the checkpoint; its end is a note.
 */
export const c1Excursion: ConditionCheck = {
  id: 'C1',
  check(input) {
    return input.change.rule.check === 'C1' ? [conditionFinding('C1', 'single excursion', input)] : []
  },
}
