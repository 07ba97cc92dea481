import type { RecordSink, TransactionEntry } from './types.ts'

/** Entries kept in memory for a look at the end of a run; older ones are in the lines already written. */
export const ENTRIES_KEPT = 1000

/**
 * The log of everything that went over a bus, as JSON lines in the order in which transactions ended. Keys stand in a
 * fixed order and numbers are integers, so that equal runs give equal bytes.
 */
export class TransactionLog {
  count = 0
  private readonly kept: TransactionEntry[] = []
  private readonly writeLine: ((line: string) => void) | undefined
  /** Give this to buses as `record`. */
  readonly sink: RecordSink

  /** @param writeLine receives each line with its line feed */
  constructor(writeLine?: (line: string) => void) {
    this.writeLine = writeLine
    this.sink = (entry) => {
      this.count++
      if (this.kept.length === ENTRIES_KEPT) this.kept.shift()
      this.kept.push(entry)
      this.writeLine?.(`${entryLine(entry)}\n`)
    }
  }

  /** The last entries, at most ENTRIES_KEPT. */
  get entries(): readonly TransactionEntry[] {
    return this.kept
  }
}

/** One entry as JSON without line feed. */
export function entryLine(entry: TransactionEntry): string {
  const { tMicroseconds, bus, kind, part, direction, hex, ack, fault } = entry
  return JSON.stringify({ tMicroseconds, bus, kind, part, direction, hex, ack, fault })
}
