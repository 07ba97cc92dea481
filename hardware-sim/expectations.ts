import { type Arrivals, alarmsOf, epcCounts, epcKeyOfHex } from './arrivals.ts'
import type { CountBounds, Expectation } from './scenarios/types.ts'

export interface Verdict {
  /** What was expected, in words. */
  expectation: string
  passed: boolean
  /** What was found instead, or why the expectation was not judged. */
  found: string
  skipped?: boolean
}

export interface Judged extends Arrivals {
  /** EPCs of the scenario's world, hex. */
  epcs: readonly string[]
  /** Starts of each node. */
  starts: ReadonlyMap<string, number>
  /** A CSV took the place of the scenario's own surroundings: what it expects of alarms does not apply. */
  replayed: boolean
}

/** Names so many in a message; the rest is counted. */
const NAMED = 5

function fits(count: number, bounds: CountBounds): boolean {
  return count >= (bounds.minimum ?? 0) && count <= (bounds.maximum ?? Number.POSITIVE_INFINITY)
}

function words({ minimum, maximum }: CountBounds): string {
  if (minimum === maximum) return `exactly ${minimum}`
  if (maximum === undefined) return `at least ${minimum ?? 0}`
  return `${minimum ?? 0} to ${maximum}`
}

/** Judges one run. */
export function judge(expectations: readonly Expectation[], judged: Judged): Verdict[] {
  return expectations.map((one) => {
    if ('node' in one) {
      const count = judged.starts.get(one.node) ?? 0
      return verdict(
        `${one.node} starts ${words(one.starts)} times`,
        fits(count, one.starts),
        `${count} starts`,
      )
    }
    if ('tags' in one) return judgeTags(one.epcs, judged)
    const replayed = judged.replayed ? 'the surroundings came from a CSV file' : undefined
    if ('alarm' in one) {
      const bounds = one.count ?? { minimum: 1 }
      const count = alarmsOf(judged.events).filter((alarm) => alarm.rule === one.alarm).length
      const text = `${words(bounds)} alarms of rule ${one.alarm} at the distribution network`
      return verdict(text, fits(count, bounds), `${count} alarms`, replayed)
    }
    const count = one.network === 'safety' ? judged.alerts.length : judged.events.length
    const what =
      one.network === 'safety' ? 'alerts at the safety network' : 'events at the distribution network'
    return verdict(`${words(one.count)} ${what}`, fits(count, one.count), `${count}`, replayed)
  })
}

function judgeTags(epcs: number | undefined, judged: Judged): Verdict {
  const counts = epcCounts(judged.events)
  const wanted = new Set(judged.epcs.map(epcKeyOfHex))
  const missing = [...wanted].filter((key) => !counts.has(key))
  const repeated = [...counts].filter(([, count]) => count > 1).map(([key, count]) => `${key} ${count} times`)
  const strange = [...counts.keys()].filter((key) => !wanted.has(key))
  const faults: string[] = []
  if (epcs !== undefined && counts.size !== epcs) faults.push(`${counts.size} EPCs`)
  for (const [name, list] of [
    ['missing', missing],
    ['more than once', repeated],
    ['not in the world', strange],
  ] as const) {
    if (list.length > 0) faults.push(`${list.length} ${name}: ${list.slice(0, NAMED).join(', ')}`)
  }
  const found = faults.length === 0 ? `${counts.size} EPCs, each once` : faults.join('; ')
  return verdict(`every one of ${epcs ?? wanted.size} EPCs in exactly one event`, faults.length === 0, found)
}

function verdict(expectation: string, passed: boolean, found: string, skipped?: string): Verdict {
  if (skipped !== undefined)
    return { expectation, passed: true, found: `not judged: ${skipped}`, skipped: true }
  return { expectation, passed, found }
}
