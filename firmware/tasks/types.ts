import type { ContactBody, HealthBody, ReadsBody, SamplesBody } from '#protocol/records.ts'

/**
 * Where tasks put their records. A body belongs to the task and is filled anew for the next record: the
 * outbox encodes it before it returns and keeps bytes only. What does not fit is the outbox's to drop,
 * count and mark with a tombstone; a task never waits.
 */
export interface RecordSink {
  addReads(body: ReadsBody): void
  addSamples(body: SamplesBody): void
  addContact(body: ContactBody): void
  addHealth(body: HealthBody): void
}

/** Counters and flags that several parts raise; the board's NodeStatus (platform.ts) has them. */
export interface TaskStatus {
  /** ErrorFlag bits since the last health record. */
  errorFlags: number
  framesSent: number
  framesResent: number
}

/** What the health report takes from outbox, link and boot. Each call is cheap and without side effects. */
export interface HealthFacts {
  queueRecords(): number
  recordsDropped(): number
  /** Boot counter. */
  resets(): number
  /** ResetReason */
  resetReason(): number
  /** 0 when the link has no radio or does not know. */
  linkRssiDbm(): number
}

/** Largest encoded record that tasks aim at: with header and seal it stays below a usual frame of 240. */
export const RECORD_BYTES = 200
