import type { Clock } from './device-api.ts'

/**
 * The one place that time and chance come from (rule 7 of the house): built once at the top of main.ts
 * from the interpreter's globals, by a test from a virtual clock.
 */
export interface Platform extends Clock {
  /** From 0 up to, not including, 1. For jitter only, never for keys or identities. */
  random(): number
}

/** Counters and flags that several parts raise and the health report tells. */
export interface NodeStatus {
  /** ErrorFlag bits since the last health record. */
  errorFlags: number
  /** ErrorFlag bits that stand in every health record. */
  heldFlags: number
  framesSent: number
  framesResent: number
  /** Frames from the gateway that were not accepted: wrong tag, replayed, malformed. */
  framesRefused: number
}

export function createStatus(): NodeStatus {
  return { errorFlags: 0, heldFlags: 0, framesSent: 0, framesResent: 0, framesRefused: 0 }
}
