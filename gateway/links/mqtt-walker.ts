/** Bytes of the longest length field (MQTT 3.1.1, 2.2.3). */
const LENGTH_FIELD_BYTES = 4

/** Control packet types (MQTT 3.1.1, 2.2.1). */
export const enum PacketType {
  connect = 1,
  connack = 2,
  publish = 3,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
}

/** Follows the packets of one direction by their fixed headers, without keeping a byte. */
export class PacketWalker {
  readonly #onPacket: (type: number) => void
  readonly #maximumBytes: number
  #type = -1
  #length = 0
  #digits = 0
  #left = 0

  /** @param onPacket gets the type of each packet when its last byte has passed */
  constructor(maximumBytes: number, onPacket: (type: number) => void) {
    this.#maximumBytes = maximumBytes
    this.#onPacket = onPacket
  }

  /** @returns the announced length of a packet that is longer than the maximum, else undefined */
  push(chunk: Uint8Array): number | undefined {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, chunk.length - at)
        this.#left -= count
        at += count
        if (this.#left === 0) this.#end()
        continue
      }
      const byte = chunk[at++] as number
      if (this.#type < 0) {
        this.#type = byte >> 4
        this.#length = 0
        this.#digits = 0
        continue
      }
      this.#length += (byte & 127) * 128 ** this.#digits++
      if (this.#length > this.#maximumBytes || this.#digits > LENGTH_FIELD_BYTES) return this.#length
      if (byte < 128) {
        this.#left = this.#length
        if (this.#left === 0) this.#end()
      }
    }
    return undefined
  }

  #end(): void {
    const type = this.#type
    this.#type = -1
    this.#onPacket(type)
  }
}
