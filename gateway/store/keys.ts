/**
 * Layout of the store, version 1. One LMDB environment (`data.mdb` in store.folder) with these databases;
 * values are msgpack unless said otherwise. Changing anything here needs a new LAYOUT_VERSION.
 *
 * | database        | key                              | value                                       |
 * |-----------------|----------------------------------|---------------------------------------------|
 * | meta            | 'layout'                         | LAYOUT_VERSION                              |
 * | records         | [node, journalId, sequence]      | RecordRow                                   |
 * | journals        | [node, journalId]                | JournalRow: which sequences are durable     |
 * | cursors         | [node, journalId]                | CursorRow: how far interpreted, boot table  |
 * | boots           | [node, bootId hex]               | BootRow: contacts and offset pieces         |
 * | interpret       | node                             | state of the interpreter for the node       |
 * | quarantine      | number, growing                  | QuarantineEntry without id                  |
 * | findings        | number, growing                  | a finding of the checks, bounded ring       |
 * | values          | [space, key]                     | small values: counters, cursors, job state  |
 * | outbox          | [name, id]                       | OutboxItem without id                       |
 * | outbox-aside    | [name, id]                       | SetAsideItem without id                     |
 */
export const LAYOUT_VERSION = 1

/** Maximum of the data file; LMDB refuses writes beyond, nothing is acknowledged then. */
export const STORE_BYTES_MAXIMUM = 64 * 1024 * 1024 * 1024
/** Items an outbox may hold before the feeder waits for the network. */
export const OUTBOX_ITEMS_MAXIMUM = 1_000_000
/** Poison items kept per outbox; at the maximum the item stays in the queue's head and is reported. */
export const OUTBOX_ASIDE_MAXIMUM = 10_000
/** Refused frames and records kept; the oldest leave first. */
export const QUARANTINE_ENTRIES_MAXIMUM = 10_000
/** Bytes of a refused frame that are kept. */
export const QUARANTINE_SAMPLE_BYTES = 64
/** Findings kept; the oldest leave first. */
export const FINDINGS_MAXIMUM = 10_000
