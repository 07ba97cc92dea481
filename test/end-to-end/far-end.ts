import { join } from 'node:path'
import { systemClock } from '#gateway/clock.ts'
import { withOwnBytes } from '#gateway/intake/feeder.ts'
import type { RecordRow } from '#gateway/intake/intake.ts'
import type { CursorRow, JournalRow } from '#gateway/intake/journals.ts'
import type { NodeState } from '#gateway/interpret/index.ts'
import { LmdbStore } from '#gateway/store/store.ts'
import type { Recorded } from '#protocol/types.ts'

interface StoredJournal {
  node: string
  journalId: number
  row: JournalRow
  cursor: CursorRow | undefined
  /** By sequence, in order. */
  records: Map<number, Recorded>
}

export interface StoreContent {
  journals: StoredJournal[]
  states: Map<string, NodeState>
  /** Items that wait and that were set aside, of both outboxes. */
  outboxes: Record<string, { waiting: number; setAside: number }>
  quarantined: number
}

/** What a stopped gateway has in its store. */
export async function readStore(folder: string): Promise<StoreContent> {
  const store = await LmdbStore.open(join(folder, 'store'), systemClock)
  try {
    const journals: StoredJournal[] = []
    for (const { key, value } of store.journals.getRange()) {
      const [node, journalId] = key as [string, number]
      const records = new Map<number, Recorded>()
      const all = store.records.getRange({ start: [node, journalId, 0], end: [node, journalId, 2 ** 40] })
      for (const row of all) {
        const sequence = (row.key as [string, number, number])[2]
        records.set(sequence, withOwnBytes((row.value as RecordRow).record))
      }
      const cursor = store.cursors.get([node, journalId]) as CursorRow | undefined
      journals.push({ node, journalId, row: value as JournalRow, cursor, records })
    }
    const states = new Map<string, NodeState>()
    for (const { key, value } of store.interpret.getRange()) states.set(key as string, value as NodeState)
    const outboxes: StoreContent['outboxes'] = {}
    for (const name of ['distribution', 'safety']) {
      const outbox = store.outbox(name)
      outboxes[name] = { waiting: outbox.size(), setAside: outbox.setAsideSize() }
    }
    return { journals, states, outboxes, quarantined: [...store.quarantine.getKeys()].length }
  } finally {
    await store.close()
  }
}

export interface Source {
  node: string
  journalId: number
  sequences: [from: number, to: number]
}

export type ArrivedEvent = Record<string, unknown>

export function sourceOf(event: ArrivedEvent): Source {
  return event['waypost:source'] as Source
}

/** Values that stand more than once. */
export function repeated<T>(values: readonly T[]): T[] {
  const seen = new Set<T>()
  return values.filter((value) => seen.size === seen.add(value).size)
}

/** Report windows: events about sensors alone that are neither an alarm nor a fault. */
export function reportWindows(events: readonly ArrivedEvent[], node: string): ArrivedEvent[] {
  return events.filter((event) => {
    const elements = (event.sensorElementList ?? []) as Record<string, unknown>[]
    const isSpecial = elements.some(
      (element) =>
        element['waypost:alarm'] !== undefined ||
        (element.sensorReport as { exception?: string }[]).some(
          (report) => report.exception === 'ERROR_CONDITION',
        ),
    )
    return sourceOf(event).node === node && event.epcList === undefined && !isSpecial
  })
}
