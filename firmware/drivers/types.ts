/**
 * What every driver offers, after the verbs of ECMA-419 (configure, sample or poll, close).
 * A driver is made by its file's `connect(bus, options)`; buses and clock are injected; results come by a
 * callback because nothing may block. Faults are values of SensorFault: a bad CRC is a fault, never a
 * missing field. Model and sources stand in the comment at a driver's head, not in the bundle.
 */

/** One quantity of one sensor; the driver overwrites `value` and `fault` at each sample. */
export interface SensorChannel {
  /** Quantity: its name carries the unit of `value` and `resolution`. */
  quantity: number
  /** Smallest step, rounded to a whole unit. */
  resolution: number
  /** 0 when `fault` is set. */
  value: number
  /** SensorFault; `none` when `value` counts. */
  fault: number
}

export interface Sensor {
  channels: SensorChannel[]
  /** Brings the chip into a known state. @param done SensorFault; a later sample may still succeed (hot plug). */
  configure(done: (fault: number) => void): void
  /**
   * One measurement into `channels`, then `done` exactly once, always from a timer.
   * @returns false, without a call of `done`, when a measurement is under way or the driver is closed.
   */
  sample(done: () => void): boolean
  /** Stops timers; an outstanding `done` is not called. */
  close(): void
}

/** One sighting; the driver reuses the object, so a receiver copies what it keeps. */
export interface TagSighting {
  /** EPC as binary text: strings compare natively, byte loops cost 0.25 ms a byte. */
  epc: string
  protocolControl: number
  rssiDbm: number
}

/** Why a poll or a configuration did not work; '' when it did. */
export type ReaderFault = '' | 'READER_SILENT' | 'READER_REFUSED' | 'READER_BUSY'

export interface Reader {
  /** Called for each valid sighting, also for one that comes after its round was given up. */
  onSighting: (sighting: TagSighting) => void
  configure(done: (fault: ReaderFault) => void): void
  /** One inventory round; `done` when the air is quiet again. Configures first when the module needs it. */
  poll(done: (fault: ReaderFault) => void): void
  close(): void
}
