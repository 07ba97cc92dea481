import { Limit } from '#protocol/limits.ts'

/** Frames in one publish; the sender may have 8 unacknowledged. */
export const FRAMES_A_PUBLISH = 16
export const FRAME_LENGTH_BYTES = 2

export interface BatchFault {
  code: 'MQTT_BATCH_MALFORMED' | 'FRAME_TOO_LONG'
  reason: string
}

/**
 * Takes the frames `[u16 length, frame]…` out of one publish, up to the first fault.
 * @returns the fault, or undefined when the batch is right
 */
export function splitBatch(
  payload: Uint8Array,
  onFrame: (frame: Uint8Array) => void,
): BatchFault | undefined {
  let at = 0
  for (let count = 0; at < payload.length; count++) {
    if (count === FRAMES_A_PUBLISH) {
      return { code: 'MQTT_BATCH_MALFORMED', reason: `more than ${FRAMES_A_PUBLISH} frames` }
    }
    if (at + FRAME_LENGTH_BYTES > payload.length) {
      return { code: 'MQTT_BATCH_MALFORMED', reason: 'cut off in a length' }
    }
    const length = (payload[at] as number) * 256 + (payload[at + 1] as number)
    at += FRAME_LENGTH_BYTES
    if (length > Limit.FRAME_UP_BYTES) return { code: 'FRAME_TOO_LONG', reason: `a frame of ${length} bytes` }
    if (length === 0 || at + length > payload.length) {
      const reason = `a frame of ${length} bytes with ${payload.length - at} left`
      return { code: 'MQTT_BATCH_MALFORMED', reason }
    }
    onFrame(payload.subarray(at, at + length))
    at += length
  }
  return undefined
}

/** One frame as the payload of a publish. */
export function joinBatch(frames: readonly Uint8Array[]): Buffer {
  const payload = Buffer.alloc(frames.reduce((sum, frame) => sum + FRAME_LENGTH_BYTES + frame.length, 0))
  let at = 0
  for (const frame of frames) {
    payload.writeUInt16BE(frame.length, at)
    payload.set(frame, at + FRAME_LENGTH_BYTES)
    at += FRAME_LENGTH_BYTES + frame.length
  }
  return payload
}
