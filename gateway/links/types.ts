import type { GatewayErrorCode } from '../errors.ts'

export type LinkKind = 'serial' | 'mqtt'

/** `opening` covers the first try and every later one. */
export type LinkState = 'opening' | 'open' | 'closed'

export interface LinkCounters {
  /** Link id; MQTT has one row for each connection. */
  link: string
  kind: LinkKind
  /** Path of a serial port, or `address:port` of an MQTT client. */
  peer: string
  /** Taken from the peer and handed on. */
  bytesIn: number
  /** Given to the port or socket. */
  bytesOut: number
  framesOk: number
  framesBad: number
  framesOversize: number
  state: LinkState
}

/** What a link tells its owner. Views of bytes are valid only during the call. */
export interface LinkEvents {
  /** @param node known when the link has authenticated its peer (MQTT), else undefined */
  frame(link: Link, node: string | undefined, frame: Uint8Array): void
  /** Something was refused before it was a frame. */
  refused(link: Link, node: string | undefined, code: string, reason: string, sample?: Uint8Array): void
  /** A link as a whole changed; a code says why when it did not open or closed by itself. */
  state(link: Link, state: LinkState, code?: GatewayErrorCode, reason?: string): void
  /** An authenticated peer is there no more. */
  gone(link: Link, node: string): void
}

/** One way to nodes. Serial ports and the MQTT broker look the same from here on. */
export interface Link {
  readonly id: string
  readonly kind: LinkKind
  /** Most bytes that one frame down may take on the wire, the link's own framing included. */
  readonly maximumDownWireBytes: number
  /** What a frame of so many bytes takes on the wire. */
  wireBytes(frameBytes: number): number
  /** First try to open; failures are reported by `state` and tried again, not thrown. */
  start(): Promise<void>
  /**
   * @param paced leave a pause after it, for a board that loses what follows 64 bytes of a burst
   * @returns false when the frame was dropped: no peer, or its backlog is full. The protocol repeats.
   */
  send(node: string | undefined, frame: Uint8Array, paced: boolean): boolean
  counters(): LinkCounters[]
  /** Writes and packets that are being handled at this moment. */
  outstanding(): number
  close(): Promise<void>
}

/** An open byte channel, as an opener gives it. */
export interface SerialChannel {
  /** @param done called when the bytes have left the process */
  write(bytes: Uint8Array, done: () => void): void
  close(): Promise<void>
}

export interface SerialHandlers {
  bytes(bytes: Uint8Array): void
  /** The port went away by itself, or failed. */
  closed(reason: string): void
}

/** Opens a serial port, or whatever stands for one in a test or simulator. Rejects when it cannot. */
export type SerialOpener = (path: string, baud: number, handlers: SerialHandlers) => Promise<SerialChannel>
