/** One quantity of the surroundings over virtual time, for example `room.temperature` in degrees Celsius. */
export interface Channel {
  sample(tMicroseconds: number): number
}

export interface ChannelPoint {
  atMicroseconds: number
  value: number
}

/** A channel as a scenario writes it down. Times are virtual microseconds. */
export type ChannelSpec =
  | { kind: 'constant'; value: number }
  /** Holds each value from its instant; before the first point the first value. */
  | { kind: 'steps'; points: readonly ChannelPoint[] }
  /** Straight lines between points, held before the first and after the last. */
  | { kind: 'ramp'; points: readonly ChannelPoint[] }
  /** mean + amplitude · sin(2π (t − phase) / period). */
  | { kind: 'sine'; mean: number; amplitude: number; periodMicroseconds: number; phaseMicroseconds?: number }
  /** A logged series: holds the last value, as `steps`. */
  | { kind: 'series'; points: readonly ChannelPoint[] }

/** One stay of a tag in the field of one antenna. `rssiDbm` is what a reader at 20.00 dBm sees. */
export interface TagVisit {
  /** Name of the field (one reader antenna's zone), for example `dock-door/reader0/antenna1`. */
  field: string
  enterMicroseconds: number
  /** Not in the field at this instant any more. */
  leaveMicroseconds: number
  rssiDbm: number
  /** RSSI at the end of the stay; a straight line between (a tag on its way). Equal to `rssiDbm` unless told. */
  rssiEndDbm?: number
  /** Chance of being read in one inventory round, at 20.00 dBm. 1 unless told. */
  readProbability?: number
}

export interface TagSpec {
  /** EPC in hex, whole 16-bit words, at most 62 bytes. */
  epc: string
  /** Protocol control word; made from the EPC's length unless told. */
  protocolControl?: number
  visits: readonly TagVisit[]
}

/** A tag as a reader finds it in its field at one instant. */
export interface TagInField {
  epc: Uint8Array
  protocolControl: number
  rssiDbm: number
  readProbability: number
}

export interface DoorSpec {
  name: string
  /** Open at the start; false unless told. */
  open?: boolean
  /** Instants at which it changes, in order of time. */
  changes?: readonly { atMicroseconds: number; open: boolean }[]
}

export interface World {
  /** Value of a channel; SIM_CHANNEL_UNKNOWN when nobody declared it. */
  sample(channel: string, tMicroseconds: number): number
  hasChannel(channel: string): boolean
  addChannel(name: string, spec: ChannelSpec): void
  /** From `atMicroseconds` on the channel holds this value, whatever its spec says. */
  setChannel(name: string, value: number, atMicroseconds: number): void
  addTag(tag: TagSpec): void
  tagsInField(field: string, tMicroseconds: number): TagInField[]
  addDoor(door: DoorSpec): void
  /** Opens or closes it now; equal state = nothing. SIM_DOOR_UNKNOWN when nobody declared it. */
  setDoor(name: string, open: boolean): void
  doorOpen(name: string): boolean
  /** Tells of each change at its virtual time. Returns the function that ends it. */
  onDoor(name: string, listener: (open: boolean, atMicroseconds: number) => void): () => void
}
