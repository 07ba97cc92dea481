import type { Recorded } from '#protocol/types.ts'

/** One accepted record as the intake keeps it. (node, journalId, sequence) is unique for ever. */
export interface StoredRecord {
  node: string
  journalId: number
  sequence: number
  record: Recorded
  receivedUtcMilliseconds: number
  /** Boot in which the record was made, 16 hex digits. */
  bootId: string
}

/** An instant of a node, as the gateway can know it: somewhere in here, both ends included. */
export interface UtcInterval {
  earliestMilliseconds: number
  latestMilliseconds: number
}

/**
 * What `interpret` gets: in order of sequence within (node, journal), journals of a node one after the
 * other; gaps are closed by tombstones, or by a later boot when they can no longer be filled.
 */
export interface PlacedRecord extends StoredRecord {
  /** @param monotonicMilliseconds of the record's boot */
  utcOf(monotonicMilliseconds: number): UtcInterval
}
