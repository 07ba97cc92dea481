import { simError } from '../sim-error.ts'
import { LinkCounters } from './counters.ts'
import type { SerialFarChannel, SerialFarHandlers, SerialFarOpener, SerialLink } from './types.ts'

/** A serial line without an operating system in between: bytes cross in the call. For runs that must repeat exactly. */
export class InProcessSerialLink implements SerialLink {
  readonly name: string
  readonly path: string
  readonly counters = new LinkCounters()
  private far: SerialFarHandlers | undefined
  private listener: (bytes: Uint8Array) => void = () => undefined
  private isCut = false

  /** @param path only a name, in the form of a path: nothing is made there */
  constructor(name: string, path = `/sim/${name}`) {
    this.name = name
    this.path = path
  }

  outstanding(): number {
    return this.counters.outstanding()
  }

  activity(): number {
    return this.counters.activity()
  }

  write(bytes: Uint8Array): void {
    if (this.far === undefined || this.isCut) {
      this.counters.dropped += bytes.length
      return
    }
    this.counters.up(bytes.length)
    this.counters.upSeen(bytes.length)
    this.far.bytes(bytes.slice())
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener
  }

  async openFar(
    _open: SerialFarOpener,
    _baud: number,
    handlers: SerialFarHandlers,
  ): Promise<SerialFarChannel> {
    if (this.isCut) throw new Error(`${this.path}: no such port`)
    if (this.far !== undefined) throw simError('SIM_LINK_INVALID', 'the port is open already', this.path)
    this.far = handlers
    this.counters.touch()
    return {
      write: (bytes, done) => {
        if (this.far === handlers && !this.isCut) {
          this.counters.down(bytes.length)
          this.counters.downSeen(bytes.length)
          this.listener(bytes.slice())
        }
        done()
      },
      close: async () => {
        if (this.far === handlers) this.far = undefined
      },
    }
  }

  async cut(): Promise<void> {
    this.isCut = true
    const far = this.far
    this.far = undefined
    this.counters.touch()
    far?.closed('the cable was pulled')
  }

  async restore(): Promise<void> {
    this.isCut = false
    this.counters.touch()
  }

  async close(): Promise<void> {
    this.far = undefined
  }
}
