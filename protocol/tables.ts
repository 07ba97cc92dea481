/*
 * What tasks gather between two records, as columns: on the board an object for each tag or sample would take
 * ten variables and more, a row of these takes two. Made once and filled again for each record.
 */

/** Tags of one interval; row `i` is one tag. */
export class ReadTable {
  /** Binary text, because the board compares and finds texts natively; `toBytes` makes the wire's bytes. */
  ids: string[]
  toBytes: (text: string) => Uint8Array
  /** IdKind */
  idKind: Uint8Array
  antenna: Uint8Array
  count: Uint16Array
  firstOffsetMilliseconds: Uint32Array
  lastOffsetMilliseconds: Uint32Array
  /** Strongest of the interval. */
  rssiMaximumDbm: Int8Array
  /** PC word of the tag (Gen2, 6.3.2.1.2.2); 0 for a UID. */
  protocolControl: Uint16Array

  /** @param capacity rows, all but the ids preallocated */
  constructor(capacity: number, toBytes: (text: string) => Uint8Array) {
    this.ids = []
    this.toBytes = toBytes
    this.idKind = new Uint8Array(capacity)
    this.antenna = new Uint8Array(capacity)
    this.count = new Uint16Array(capacity)
    this.firstOffsetMilliseconds = new Uint32Array(capacity)
    this.lastOffsetMilliseconds = new Uint32Array(capacity)
    this.rssiMaximumDbm = new Int8Array(capacity)
    this.protocolControl = new Uint16Array(capacity)
  }
}

/** Samples of one record, of all its series, in the order in which they came. */
export class SampleTable {
  offsetMilliseconds: Uint32Array
  /** In the series' quantity; 0 when `fault` is set. */
  value: Int32Array
  /** SensorFault */
  fault: Uint8Array
  /** Row of the same series' next sample. */
  next: Uint8Array

  constructor(capacity: number) {
    this.offsetMilliseconds = new Uint32Array(capacity)
    this.value = new Int32Array(capacity)
    this.fault = new Uint8Array(capacity)
    this.next = new Uint8Array(capacity)
  }
}
