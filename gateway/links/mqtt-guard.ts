import { Duplex } from 'node:stream'

/** Longest MQTT packet a client may announce: 16 frames of 512 with their lengths, and the topic. */
export const MQTT_PACKET_BYTES_MAXIMUM = 9 * 1024
const PUBLISH = 3
/** Bytes of the longest length field (MQTT 3.1.1, 2.2.3). */
const LENGTH_FIELD_BYTES = 4

/**
 * Stands between a socket and aedes, which would buffer a packet of any announced length (256 MB).
 * Reads only the fixed headers; everything is passed on unchanged.
 */
export class MqttGuard extends Duplex {
  readonly #stream: Duplex
  readonly #onTooLong: (lengthBytes: number) => void
  #bytesIn = 0
  #bytesOut = 0
  /** PUBLISH packets that came whole and whose authorization was not asked yet. */
  #publishes = 0
  #type = -1
  #length = 0
  #lengthDigits = 0
  #left = 0

  /** @param onTooLong is told before the connection is destroyed */
  constructor(stream: Duplex, onTooLong: (lengthBytes: number) => void) {
    super({ allowHalfOpen: false })
    this.#stream = stream
    this.#onTooLong = onTooLong
    stream.on('data', (chunk: Buffer) => {
      this.#bytesIn += chunk.length
      if (this.#inspect(chunk) && !this.push(chunk)) stream.pause()
    })
    stream.on('end', () => this.push(null))
    stream.on('error', (error) => this.destroy(error))
    stream.on('close', () => this.destroy())
  }

  get bytesIn(): number {
    return this.#bytesIn
  }

  get bytesOut(): number {
    return this.#bytesOut
  }

  get publishes(): number {
    return this.destroyed ? 0 : this.#publishes
  }

  publishHandled(): void {
    if (this.#publishes > 0) this.#publishes--
  }

  /** @returns false when the connection was ended */
  #inspect(chunk: Buffer): boolean {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, chunk.length - at)
        this.#left -= count
        at += count
        if (this.#left === 0) this.#packetEnds()
        continue
      }
      const byte = chunk[at++] as number
      if (this.#type < 0) {
        this.#type = byte >> 4
        this.#length = 0
        this.#lengthDigits = 0
        continue
      }
      this.#length += (byte & 127) * 128 ** this.#lengthDigits++
      if (this.#length > MQTT_PACKET_BYTES_MAXIMUM || this.#lengthDigits > LENGTH_FIELD_BYTES) {
        this.#onTooLong(this.#length)
        this.destroy()
        return false
      }
      if (byte < 128) {
        this.#left = this.#length
        if (this.#left === 0) this.#packetEnds()
      }
    }
    return true
  }

  #packetEnds(): void {
    if (this.#type === PUBLISH) this.#publishes++
    this.#type = -1
  }

  override _read(): void {
    this.#stream.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#bytesOut += chunk.length
    this.#stream.write(chunk, done)
  }

  override _final(done: () => void): void {
    this.#stream.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy()
    done(error)
  }
}
