/** One connection of a node's network, as its `net` module sees it. Callbacks come at their virtual time. */
export interface NetConnection {
  write(bytes: Uint8Array): void
  end(): void
}

export interface NetHandlers {
  connected(): void
  data(bytes: Uint8Array): void
  closed(hadError: boolean): void
  error(message: string): void
}

/** What carries the sockets of a simulated node to the gateway. */
export interface NetBridge {
  connect(host: string, port: number, handlers: NetHandlers): NetConnection
}

/** Any way between simulation and gateway; the clock waits while bytes are on it. */
export interface Link {
  readonly name: string
  /** Bytes written but not yet seen by the other end, both directions. */
  outstanding(): number
  /** Moves whenever something was put on the link or taken from it. */
  activity(): number
  close(): Promise<void>
}

/** What the gateway's side of a serial link is given when it opens the port. */
export interface SerialFarHandlers {
  bytes(bytes: Uint8Array): void
  closed(reason: string): void
}

/** The gateway's side of an open serial link; has the shape of gateway/links' SerialChannel. */
export interface SerialFarChannel {
  write(bytes: Uint8Array, done: () => void): void
  close(): Promise<void>
}

/** Opens a port by its path; has the shape of gateway/links' SerialOpener. */
export type SerialFarOpener = (
  path: string,
  baud: number,
  handlers: SerialFarHandlers,
) => Promise<SerialFarChannel>

/** A serial line that ends at the gateway. */
export interface SerialLink extends Link {
  /** What the gateway's configuration names. */
  readonly path: string
  /** Simulation → gateway. Without a gateway on the port the bytes are lost, as on a real line. */
  write(bytes: Uint8Array): void
  /** Gateway → simulation. One listener. */
  onData(listener: (bytes: Uint8Array) => void): void
  /**
   * How the gateway opens this path: give it to `startGateway` as (part of) its opener. `open` is the gateway's real
   * opener, which a link over a real port calls and counts the bytes of.
   */
  openFar(open: SerialFarOpener, baud: number, handlers: SerialFarHandlers): Promise<SerialFarChannel>
  /** Pulls the cable: the gateway's port closes and cannot be opened until `restore`. */
  cut(): Promise<void>
  restore(): Promise<void>
}
