import { Duplex } from 'node:stream'
import type { Clock } from '../kernel/types.ts'
import { NET_LATENCY_MICROSECONDS } from './tcp-bridge.ts'
import type { Link, NetBridge, NetConnection, NetHandlers } from './types.ts'

/** The gateway's end of a connection that never leaves the process. */
class GatewayEnd extends Duplex {
  onWritten: (bytes: Uint8Array) => void = () => undefined

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.onWritten(Uint8Array.from(chunk))
    done()
  }
}

/** Carries the sockets of simulated nodes straight into the gateway's broker, for runs that must repeat exactly. */
export class InProcessNet implements NetBridge, Link {
  readonly name: string
  private readonly clock: Clock
  private readonly attach: (stream: Duplex, peer: string) => void
  private readonly ends = new Set<GatewayEnd>()
  private moves = 0
  private made = 0

  /** @param attach gives the stream to the broker, as if it had accepted it */
  constructor(name: string, clock: Clock, attach: (stream: Duplex, peer: string) => void) {
    this.name = name
    this.clock = clock
    this.attach = attach
  }

  outstanding(): number {
    let sum = 0
    for (const end of this.ends) if (!end.destroyed) sum += end.readableLength + end.writableLength
    return sum
  }

  activity(): number {
    return this.moves
  }

  connect(_host: string, _port: number, handlers: NetHandlers): NetConnection {
    const end = new GatewayEnd()
    let nearClosed = false
    const later = (fn: () => void): void => {
      this.moves++
      this.clock.schedule(this.clock.nowMicroseconds() + NET_LATENCY_MICROSECONDS, fn)
    }
    this.ends.add(end)
    this.made++
    end.onWritten = (bytes) => {
      if (!nearClosed) later(() => handlers.data(bytes))
    }
    end.on('error', () => undefined)
    const gone = (): void => {
      if (!this.ends.delete(end) || nearClosed) return
      nearClosed = true
      later(() => handlers.closed(false))
    }
    end.on('close', gone)
    end.on('finish', gone)
    this.attach(end, `sim:${this.made}`)
    later(() => handlers.connected())
    return {
      write: (bytes) => {
        this.moves++
        if (!end.destroyed) end.push(Buffer.from(bytes))
      },
      end: () => {
        if (nearClosed) return
        nearClosed = true
        this.moves++
        this.ends.delete(end)
        end.push(null)
        end.destroy()
      },
    }
  }

  async close(): Promise<void> {
    for (const end of this.ends) end.destroy()
    this.ends.clear()
  }
}
