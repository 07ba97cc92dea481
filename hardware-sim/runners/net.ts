import { type Boot, Listeners } from './boot.ts'
import { binaryString, bytesOf } from './bytes.ts'
import { BoardException, type RealmObject } from './realm.ts'

/** Bytes that a socket takes before `write` says to wait for `drain`. */
const SEND_BUFFER_BYTES = 2048
/** Virtual time in which a station joins its network. */
const JOIN_MILLISECONDS = 850
export const SOCKETS_MAXIMUM = 8

/** The radio of one node; a scenario's outage takes it down. */
export class Radio {
  private up = true
  private readonly listeners = new Set<(up: boolean) => void>()

  get isUp(): boolean {
    return this.up
  }

  set(up: boolean): void {
    if (up === this.up) return
    this.up = up
    for (const listener of [...this.listeners]) listener(up)
  }

  onChange(listener: (up: boolean) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

/** The `Wifi` module: joins after a while, tells of losing the network. */
export function makeWifi(boot: Boot, radio: Radio): RealmObject {
  const listeners = new Listeners(boot)
  let joined = false
  const join = (callback: unknown): void => {
    boot.after(JOIN_MILLISECONDS, () => {
      joined = radio.isUp
      boot.dispatch(callback, [joined ? null : 'noap'], true)
      if (joined) listeners.emit('connected', [{ ip: '10.0.0.2', gw: '10.0.0.1', netmask: '255.255.255.0' }])
    })
  }
  boot.onEnd(
    radio.onChange((up) => {
      if (up || !joined) return
      joined = false
      listeners.emit('disconnected', [{ reason: 'beacon_timeout' }])
    }),
  )
  const { wifiDetails } = boot.options.board
  const details = () => (joined ? { ...wifiDetails } : { status: 'BEACON_TIMEOUT' })
  return boot.realm.object({
    ...listeners.members(),
    connect: (_ssid: unknown, options: unknown, callback: unknown) =>
      join(typeof options === 'function' ? options : callback),
    disconnect: (callback: unknown) => {
      joined = false
      boot.dispatch(callback, [null], true)
    },
    ...(wifiDetails && {
      getDetails: (callback: unknown) => {
        boot.dispatch(callback, [details()], true)
        return details()
      },
    }),
    getIP: () => ({ ip: joined ? '10.0.0.2' : '0.0.0.0' }),
    stopAP: () => undefined,
    setHostname: () => undefined,
  })
}

/** The `net` module's client half, over the bridge that the node is wired to. */
export function makeNet(boot: Boot, radio: Radio): RealmObject {
  let open = 0
  return boot.realm.object({
    connect: (options: unknown, callback: unknown) => {
      const target = options as { host?: unknown; port?: unknown }
      const bridge = boot.options.wiring.net
      if (open >= SOCKETS_MAXIMUM) throw new BoardException('No free sockets')
      open += 1
      const listeners = new Listeners(boot)
      let closed = false
      let unsent = 0
      const socket: { object?: RealmObject } = {}
      const finish = (hadError: boolean): void => {
        if (closed) return
        closed = true
        open -= 1
        stopWatching()
        if (boot.isAlive) listeners.emit('close', [hadError])
      }
      const fail = (message: string): void => {
        if (closed) return
        listeners.emit('error', [{ code: -1, message }])
        finish(true)
      }
      const connection =
        bridge === undefined || !radio.isUp
          ? undefined
          : bridge.connect(String(target.host), Number(target.port), {
              connected: () => boot.dispatch(callback, [socket.object], true),
              data: (bytes) => {
                if (!closed) listeners.emit('data', [binaryString(bytes)])
              },
              closed: finish,
              error: fail,
            })
      if (connection === undefined) boot.after(1, () => fail('no network'))
      const stopWatching = radio.onChange((up) => {
        if (up || closed) return
        connection?.end()
        fail('network lost')
      })
      boot.onEnd(() => {
        connection?.end()
        finish(true)
      })
      const send = (data: unknown): boolean => {
        // A socket sends text: bytes in an array go out as decimal digits with commas, as on the board.
        const bytes = bytesOf(typeof data === 'string' ? data : String(data))
        if (bytes === undefined || closed || connection === undefined) return false
        const copy = bytes.slice()
        unsent += copy.length
        // Sent by the idle loop, not inside the call.
        boot.after(1, () => {
          const wasFull = unsent >= SEND_BUFFER_BYTES
          unsent -= copy.length
          if (!closed) connection.write(copy)
          if (wasFull && unsent < SEND_BUFFER_BYTES) listeners.emit('drain', [])
        })
        return unsent < SEND_BUFFER_BYTES
      }
      socket.object = boot.realm.object({
        ...listeners.members(),
        write: send,
        end: (data: unknown) => {
          if (data !== undefined) send(data)
          boot.after(2, () => {
            connection?.end()
            finish(false)
          })
        },
      })
      return socket.object
    },
  })
}
