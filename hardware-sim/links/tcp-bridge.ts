import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { connect, type Socket } from 'node:net'
import type { Clock } from '../kernel/types.ts'
import type { Link, NetBridge, NetConnection, NetHandlers } from './types.ts'

/** Virtual time that a packet takes each way. */
export const NET_LATENCY_MICROSECONDS = 2000
const SERVER_CHANNEL = 'net.server.socket'
/** Sockets that this process accepted and that wait to be recognised as the other end of one of ours. */
const ACCEPTED_MAXIMUM = 1024

interface Pair {
  near: Socket
  far: Socket | undefined
  connecting: boolean
}

/**
 * Carries the sockets of simulated nodes over real TCP to a gateway in the same process. Both ends of each connection
 * are known (Node tells of every socket it accepts), so bytes are counted where they go in and where they come out,
 * and the virtual clock can wait for what is on its way.
 */
export class TcpBridge implements NetBridge, Link {
  readonly name: string
  private readonly clock: Clock
  private readonly pairs = new Set<Pair>()
  private accepted: Socket[] = []
  private moves = 0
  private readonly onAccepted = (message: unknown): void => {
    const socket = (message as { socket?: Socket }).socket
    if (socket === undefined) return
    if (this.accepted.length >= ACCEPTED_MAXIMUM) this.accepted.shift()
    this.accepted.push(socket)
    this.match()
  }

  constructor(name: string, clock: Clock) {
    this.name = name
    this.clock = clock
    subscribe(SERVER_CHANNEL, this.onAccepted)
  }

  outstanding(): number {
    let sum = 0
    for (const { near, far, connecting } of this.pairs) {
      // A connection that begins or ends is on its way too, until both ends know of it.
      if (connecting || near.destroyed || far?.destroyed) sum += 1
      else sum += near.bytesWritten - (far?.bytesRead ?? 0) + (far?.bytesWritten ?? 0) - near.bytesRead
    }
    return sum
  }

  activity(): number {
    let bytes = 0
    for (const { near, far } of this.pairs)
      bytes += near.bytesRead + near.bytesWritten + (far?.bytesWritten ?? 0)
    return this.moves + bytes
  }

  connect(host: string, port: number, handlers: NetHandlers): NetConnection {
    const near = connect({ host, port })
    near.setNoDelay(true)
    const pair: Pair = { near, far: undefined, connecting: true }
    this.pairs.add(pair)
    this.moves++
    const later = (fn: () => void): void => {
      this.moves++
      this.clock.schedule(this.clock.nowMicroseconds() + NET_LATENCY_MICROSECONDS, fn)
    }
    near.on('connect', () => {
      pair.connecting = false
      this.match()
      later(() => handlers.connected())
    })
    near.on('data', (bytes) => later(() => handlers.data(bytes)))
    near.on('error', (error) => {
      pair.connecting = false
      later(() => handlers.error(error.message))
    })
    near.on('close', (hadError) => {
      pair.connecting = false
      this.drop(pair)
      later(() => handlers.closed(hadError))
    })
    return {
      write: (bytes) => {
        if (!near.destroyed) near.write(bytes)
      },
      end: () => near.destroy(),
    }
  }

  async close(): Promise<void> {
    unsubscribe(SERVER_CHANNEL, this.onAccepted)
    for (const { near } of this.pairs) near.destroy()
  }

  /** Forgets a connection once both ends are closed. */
  private drop(pair: Pair): void {
    const { near, far } = pair
    if (!near.closed) return
    if (far !== undefined && !far.closed) {
      far.once('close', () => this.drop(pair))
      return
    }
    this.moves += near.bytesRead + near.bytesWritten + (far?.bytesWritten ?? 0)
    this.pairs.delete(pair)
  }

  private match(): void {
    for (const pair of this.pairs) {
      if (pair.far !== undefined || pair.near.localPort === undefined) continue
      const index = this.accepted.findIndex((one) => one.remotePort === pair.near.localPort)
      if (index >= 0) pair.far = this.accepted.splice(index, 1)[0]
    }
  }
}
