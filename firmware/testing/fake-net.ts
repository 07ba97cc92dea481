import type { NetModule, NetSocket, WifiModule } from '../device-api.ts'
import type { FakePlatform } from './fake-platform.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))
const textOf = (bytes: ArrayLike<number>): string => String.fromCharCode(...Array.from(bytes))

/** One socket as Espruino gives it; the test plays the broker. */
export class FakeSocket implements NetSocket {
  written: Uint8Array[] = []
  ended = false
  /** What `write` answers: false means that it waits for `drain`. */
  drains = true
  private listeners = new Map<string, ((value: never) => void)[]>()

  write(data: unknown): boolean {
    if (typeof data !== 'string') throw new Error('a socket sends Uint8Array as decimal digits')
    if (this.ended) throw new Error('This socket is closed')
    this.written.push(bytesOf(data))
    return this.drains
  }
  end(): void {
    this.ended = true
  }
  on(event: string, callback: (value: never) => void): void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), callback])
  }
  removeAllListeners(): void {
    this.listeners.clear()
  }
  emit(event: string, value: unknown): void {
    for (const listener of this.listeners.get(event) ?? []) listener(value as never)
  }
  get listening(): number {
    return this.listeners.size
  }

  /** Bytes from the broker, in pieces of `size`. */
  receive(bytes: ArrayLike<number>, size = bytes.length): void {
    const all = Array.from(bytes)
    for (let at = 0; at < all.length; at += size) this.emit('data', textOf(all.slice(at, at + size)))
  }
  get types(): number[] {
    return this.written.map((packet) => packet[0]! >> 4)
  }
}

export class FakeNet implements NetModule {
  sockets: FakeSocket[] = []
  connectedAt: number[] = []
  mode: 'accepts' | 'throws' | 'errors' | 'hangs' | 'atOnce' = 'accepts'
  private readonly platform: FakePlatform

  constructor(platform: FakePlatform) {
    this.platform = platform
  }

  connect(_options: { host: string; port: number }, callback: (socket: NetSocket) => void): NetSocket {
    this.connectedAt.push(this.platform.now)
    if (this.mode === 'throws') throw new Error('Unable to create socket')
    const socket = new FakeSocket()
    this.sockets.push(socket)
    if (this.mode === 'atOnce') callback(socket)
    if (this.mode === 'accepts') this.platform.setTimeout(() => callback(socket), 1)
    if (this.mode === 'errors') {
      this.platform.setTimeout(() => {
        socket.emit('error', { code: -9, message: 'refused' })
        socket.emit('close', true)
      }, 1)
    }
    return socket
  }
}

export class FakeWifi implements WifiModule {
  connects = 0
  disconnects = 0
  answers: (string | null | undefined)[] = []
  lost: () => void = () => {}
  private readonly platform: FakePlatform

  constructor(platform: FakePlatform) {
    this.platform = platform
  }

  connect(_ssid: string, _options: { password?: string }, callback: (error: string | null) => void): void {
    this.connects++
    const answer = this.answers.length > 0 ? this.answers.shift() : null
    if (answer !== undefined) this.platform.setTimeout(() => callback(answer), 500)
  }
  disconnect(): void {
    this.disconnects++
  }
  getDetails: WifiModule['getDetails'] = () => ({ rssi: -61 })
  on(event: string, callback: (details: unknown) => void): void {
    if (event === 'disconnected') this.lost = () => callback({})
  }
  removeAllListeners(): void {}
}

export { bytesOf, textOf }
