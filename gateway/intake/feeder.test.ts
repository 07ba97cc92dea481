import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Recorded } from '#protocol/types.ts'
import { ManualClock } from '#test/support/manual-clock.ts'
import { until } from '#test/support/until.ts'
import { parseConfig } from '../config/load.ts'
import { silentLog } from '../log.ts'
import { Observer } from '../observe.ts'
import { Boots } from '../sessions/boots.ts'
import { BoundedRing } from '../store/ring.ts'
import { LmdbStore } from '../store/store.ts'
import type { Outbox } from '../store/types.ts'
import { Feeder, type RecordInterpreter } from './feeder.ts'
import { Intake } from './intake.ts'
import { Journals } from './journals.ts'
import { Quarantine } from './quarantine.ts'
import type { PlacedRecord, UtcInterval } from './types.ts'

interface Seen {
  sequence: number
  journalId: number
  bootId: string
  at: UtcInterval | undefined
}

const NODE = 'n1'
const BOOTS = ['aa'.repeat(8), 'bb'.repeat(8)] as const
const config = parseConfig(
  `
site: { id: t, name: T }
store: { folder: s }
keys: { file: k }
links: { serial: [{ path: /p }] }
checkpoints: [{ id: c, readPoint: "urn:x:y", bizStep: b, nodes: [{ node: n1 }] }]
`,
  'c.yaml',
  '/x',
).config

function boot(sequence: number, which: 0 | 1, bootRef = 0): Recorded {
  return { kind: 'boot', sequence, bootRef, bootId: Buffer.from(BOOTS[which], 'hex'), resetReason: 1 }
}

function contact(sequence: number, atMilliseconds: number, bootRef = 0): Recorded {
  return {
    kind: 'contact',
    sequence,
    bootRef,
    atMilliseconds,
    contact: 0,
    contactKind: 0,
    open: 1,
    bounces: 0,
  }
}

describe('from the intake to the interpreter', () => {
  let folder: string
  let clock: ManualClock
  let parts: ReturnType<typeof assemble>
  let store: LmdbStore
  /** Stands for the interpreter: counts, and makes one event a record. */
  const counting: RecordInterpreter<{ count: number }> = {
    accept(record: PlacedRecord, state = { count: 0 }) {
      const inner = record.record
      if (inner.kind === 'contact' && inner.atMilliseconds === 666) throw new Error('poison')
      const at = inner.kind === 'contact' ? record.utcOf(inner.atMilliseconds) : undefined
      const { sequence, journalId, bootId } = record
      const seen: Seen & { count: number } = { sequence, journalId, bootId, at, count: state.count + 1 }
      return { state: { count: state.count + 1 }, events: [seen], alerts: [], findings: [] }
    },
  }

  function assemble() {
    const log = silentLog
    const observer = new Observer(clock, config, [NODE])
    const quarantine = new Quarantine(store, clock, log)
    const journals = new Journals(store, (count) => crypto.getRandomValues(new Uint8Array(count)))
    const boots = new Boots(store)
    const outbox = store.outbox<object>('distribution')
    const findings = new BoundedRing<object>(store.findings, 10)
    const feeder = new Feeder({
      ...{ store, journals, boots, interpreter: counting, distribution: outbox, safety: undefined, findings },
      ...{ quarantine, observer, clock, log, recordsKept: 1000 },
    })
    const changed = (node: string) => feeder.changed(node)
    const intake = new Intake({ store, journals, quarantine, observer, clock, log, changed })
    return { observer, quarantine, journals, boots, outbox: outbox as Outbox<Seen>, feeder, intake }
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waypost-feeder-'))
    clock = new ManualClock(1_700_000_000_000)
    store = await LmdbStore.open(folder, clock)
    parts = assemble()
  })

  afterEach(async () => {
    await parts.feeder.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function idle(): Promise<void> {
    let still = 0
    await until(() => {
      const { intake, feeder } = parts
      still = intake.outstanding() + feeder.outstanding() + store.outstanding() === 0 ? still + 1 : 0
      return still > 2
    }, 'idle')
  }

  async function take(journalId: number, records: Recorded[], bootId: string = BOOTS[0]): Promise<void> {
    const message = { kind: 'records' as const, journalId, records, unread: [] }
    parts.intake.take({ node: NODE, link: 'l', journalId, bootId, message, durable: () => undefined })
    await idle()
  }

  function begin(journalId: number, bootId: string, monotonic = 0): void {
    parts.boots.confirm(NODE, bootId, clock.utcMilliseconds(), monotonic, true)
    parts.intake.use(NODE, journalId, bootId)
  }

  function exchange(bootId: string, at: number): void {
    const offset = clock.utcMilliseconds() - at
    const piece = { atMilliseconds: at, earliestMilliseconds: offset - 5, latestMilliseconds: offset + 5 }
    parts.boots.exchange(NODE, bootId, piece)
    parts.feeder.changed(NODE)
  }

  const events = () => parts.outbox.peek(100).map((item) => item.body)
  const sequences = () => events().map((event) => event.sequence)

  it('holds a boot until its clock is known, then gives it in order', async () => {
    begin(7, BOOTS[0])
    await take(7, [contact(3, 30), contact(2, 20)])
    await take(7, [boot(1, 0)])
    expect(sequences()).toEqual([])
    expect(parts.observer.nodes()[0]?.recordsWaiting).toBe(3)
    exchange(BOOTS[0], 100)
    await idle()
    expect(sequences()).toEqual([1, 2, 3])
    expect(parts.observer.nodes()[0]?.recordsWaiting).toBe(0)
    const third = events()[2]
    expect(third?.bootId).toBe(BOOTS[0])
    expect(third?.at?.earliestMilliseconds).toBeLessThan(clock.utcMilliseconds() - 70)
    expect(third?.at?.latestMilliseconds).toBeGreaterThan(clock.utcMilliseconds() - 70)
  })

  it('waits at a gap; a tombstone closes it', async () => {
    begin(7, BOOTS[0])
    exchange(BOOTS[0], 0)
    await take(7, [boot(1, 0), contact(2, 20), contact(6, 60)])
    expect(sequences()).toEqual([1, 2])
    await take(7, [{ kind: 'tombstone', sequence: 7, bootRef: 0, from: 3, to: 5, count: 3, cause: 1 }])
    expect(sequences()).toEqual([1, 2, 6, 7])
    expect(parts.observer.nodes()[0]?.recordsLost).toBe(3)
  })

  it('refuses a tombstone that reaches beyond itself', async () => {
    begin(7, BOOTS[0])
    exchange(BOOTS[0], 0)
    await take(7, [
      boot(1, 0),
      { kind: 'tombstone', sequence: 2, bootRef: 0, from: 1, to: 900, count: 9, cause: 1 },
    ])
    expect(parts.journals.get(NODE, 7)?.sequences).toEqual({ through: 2, ranges: [] })
    expect(parts.quarantine.list(1)[0]?.code).toBe('TOMBSTONE_RANGE')
  })

  it('every record has its effect once, over a disk that refuses and a restart', async () => {
    begin(7, BOOTS[0])
    exchange(BOOTS[0], 0)
    await take(7, [boot(1, 0), contact(2, 20)])
    const transaction = store.transaction.bind(store)
    let refuse = 0
    store.transaction = async (work) => {
      if (refuse-- > 0) throw new Error('disk full')
      return transaction(work)
    }
    // The intake's commit passes, the feeder's does not.
    const message = { kind: 'records' as const, journalId: 7, records: [contact(3, 30)], unread: [] }
    const durable = () => {
      refuse = 1
    }
    parts.intake.take({ node: NODE, link: 'l', journalId: 7, bootId: BOOTS[0], message, durable })
    await idle()
    expect(sequences()).toEqual([1, 2])
    clock.advance(1000)
    await idle()
    expect(sequences()).toEqual([1, 2, 3])
    await parts.feeder.close()
    await store.close()
    store = await LmdbStore.open(folder, clock)
    parts = assemble()
    parts.feeder.start()
    await take(7, [contact(2, 20), contact(3, 30), contact(4, 40)])
    expect(events().map((event) => [event.sequence, (event as Seen & { count: number }).count])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ])
  })

  it('a poison record goes into quarantine and the next ones go on', async () => {
    begin(7, BOOTS[0])
    exchange(BOOTS[0], 0)
    await take(7, [boot(1, 0), contact(2, 666), contact(3, 30), contact(4, 40, 9)])
    expect(sequences()).toEqual([1, 3])
    expect(parts.quarantine.list(9).map((entry) => entry.code)).toEqual([
      'RECORD_BOOT_UNKNOWN',
      'INTERPRET_FAILED',
    ])
  })

  it('a later boot closes the gaps of a journal that can get no more, and bounds its time', async () => {
    begin(7, BOOTS[0], 400)
    clock.advance(3000)
    await take(7, [boot(1, 0), contact(2, 1000), contact(4, 2000)])
    expect(sequences()).toEqual([])
    clock.advance(60_000)
    begin(8, BOOTS[1])
    exchange(BOOTS[1], 0)
    await take(8, [boot(1, 1), contact(2, 50)], BOOTS[1])
    expect(events().map((event) => [event.journalId, event.sequence])).toEqual([
      [7, 1],
      [7, 2],
      [7, 4],
      [8, 1],
      [8, 2],
    ])
    expect(parts.observer.nodes()[0]?.recordsMissing).toBe(1)
    // The clock of boot 0 showed 400 at 1_700_000_000_000; it never finished an exchange.
    const truth = 1_700_000_000_000 + 600
    const placed = events()[1]?.at
    expect(placed?.earliestMilliseconds).toBeLessThanOrEqual(truth)
    expect(placed?.latestMilliseconds).toBeGreaterThanOrEqual(truth)
    expect((placed?.latestMilliseconds ?? 0) - (placed?.earliestMilliseconds ?? 0)).toBeLessThan(61_000)
  })

  it('takes no record that would open one gap too many', async () => {
    begin(7, BOOTS[0])
    const odd = Array.from({ length: 1100 }, (_, index) => contact(3 + 2 * index, 1))
    for (let at = 0; at < odd.length; at += 100) await take(7, odd.slice(at, at + 100))
    expect(parts.journals.get(NODE, 7)?.sequences.ranges.length).toBe(1024)
    expect(parts.observer.refusalCounts().INTAKE_GAPS).toBe(76)
    await take(7, [boot(1, 0), contact(2, 1)])
    await take(7, [contact(2051, 1)])
    expect(parts.journals.get(NODE, 7)?.sequences.ranges.length).toBe(1024)
  })
})
