export type BusKind = 'i2c' | 'uart' | '1-wire' | 'gpio'

/**
 * One line of the transaction log. `direction` is seen from the processor: `write`/`read` for masters, `reset` for
 * 1-Wire resets, `edge` for pins.
 */
export interface TransactionEntry {
  /** Virtual time at which the transaction began. */
  tMicroseconds: number
  /** Name of the bus, for example `cold-room/i2c1`. */
  bus: string
  kind: BusKind
  /** Id or address of the part, `-` when none is addressed. */
  part: string
  direction: 'write' | 'read' | 'reset' | 'edge'
  /** Bytes on the wire in lower-case hex; for pins the level, 00 or 01. */
  hex: string
  /** I2C: all bytes acknowledged; 1-Wire reset: presence seen; otherwise true. */
  ack: boolean
  /** Name of the fault that shaped this transaction, if any. */
  fault?: string
}

export type RecordSink = (entry: TransactionEntry) => void
