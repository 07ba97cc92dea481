/** Who is told what a link does. All calls come from timers and events, never from within `send`. */
export interface LinkHandlers {
  /** One frame from the gateway; the view is valid only during the call. */
  onFrame: (frame: Uint8Array) => void
  /** Frames can be sent from now on. */
  onUp: () => void
  /** What was sent lately may be lost; `send` answers false until the next `onUp`. */
  onDown: () => void
}

/** A way to the gateway that carries whole frames and may lose any of them. */
export interface Link {
  /** Called once, after everything is wired. */
  open: (handlers: LinkHandlers) => void
  /**
   * @param bytes buffer with the frame at its start and at least 4 more bytes, which the link may overwrite
   * @returns false when the frame was certainly not sent
   */
  send: (bytes: Uint8Array, length: number) => boolean
  /** Of the radio; 0 when there is none or it does not know. */
  rssiDbm: () => number
}

/** Bytes after a frame that `send` may use (the serial link's CRC). */
export const SEND_SPARE_BYTES = 4
