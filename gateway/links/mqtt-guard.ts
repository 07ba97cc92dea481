import { Duplex } from 'node:stream'
import { PacketType, PacketWalker } from './mqtt-walker.ts'

/** Longest MQTT packet a client may announce: 16 frames of 512 with their lengths, and the topic. */
export const MQTT_PACKET_BYTES_MAXIMUM = 9 * 1024

/**
 * Stands between a socket and aedes, which would buffer a packet of any announced length (256 MB). Reads
 * only the fixed headers; everything is passed on unchanged. It also knows what the broker still owes the
 * client, so that a simulator's clock can wait for it.
 */
export class MqttGuard extends Duplex {
  readonly #stream: Duplex
  readonly #up: PacketWalker
  readonly #down: PacketWalker
  #bytesIn = 0
  #bytesOut = 0
  /** PUBLISH packets that came whole and whose authorization was not asked yet. */
  #publishes = 0
  /** CONNECT, SUBSCRIBE, UNSUBSCRIBE and PINGREQ that were not answered yet. */
  #unanswered = 0

  /** @param onTooLong is told before the connection is destroyed */
  constructor(stream: Duplex, onTooLong: (lengthBytes: number) => void) {
    super({ allowHalfOpen: false })
    this.#stream = stream
    this.#up = new PacketWalker(MQTT_PACKET_BYTES_MAXIMUM, (type) => this.#came(type))
    this.#down = new PacketWalker(Number.MAX_SAFE_INTEGER, (type) => this.#went(type))
    stream.on('data', (chunk: Buffer) => {
      this.#bytesIn += chunk.length
      const tooLong = this.#up.push(chunk)
      if (tooLong !== undefined) {
        onTooLong(tooLong)
        this.destroy()
      } else if (!this.push(chunk)) stream.pause()
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

  /** Packets that the broker has not finished with. */
  outstanding(): number {
    return this.destroyed ? 0 : this.#publishes + this.#unanswered
  }

  publishHandled(): void {
    if (this.#publishes > 0) this.#publishes--
  }

  #came(type: number): void {
    if (type === PacketType.publish) this.#publishes++
    const asks =
      type === PacketType.subscribe || type === PacketType.unsubscribe || type === PacketType.pingreq
    if (asks || type === PacketType.connect) this.#unanswered++
  }

  #went(type: number): void {
    const answers = type === PacketType.suback || type === PacketType.unsuback || type === PacketType.pingresp
    if ((answers || type === PacketType.connack) && this.#unanswered > 0) this.#unanswered--
  }

  override _read(): void {
    this.#stream.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#bytesOut += chunk.length
    this.#down.push(chunk)
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
