import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { openPty, type Pty } from '#hardware-sim/links/pty.ts'
import type { SerialFarChannel, SerialLink } from '#hardware-sim/links/types.ts'
import { mqttFrames, serialFrames, type WireTap } from './wire-tap.ts'

/**
 * A serial line from a simulated node to a gateway in another process: a real pty behind a name that stays.
 * When the process dies the pty goes with it, as an adapter that is unplugged; `plug` makes the next.
 */
export class SerialCable {
  readonly path: string
  readonly #tap: WireTap
  readonly #link: SerialLink
  #channel: SerialFarChannel | undefined
  #pty: Pty | undefined

  constructor(link: SerialLink, path: string, tap: WireTap) {
    this.path = path
    this.#link = link
    this.#tap = tap
  }

  /** Takes the simulation's end. */
  async open(): Promise<void> {
    const up = serialFrames((frame) => this.#tap.up(frame))
    const refuse = () => Promise.reject(new Error('the cable is no port'))
    this.#channel = await this.#link.openFar(refuse, 0, {
      bytes: (bytes) => {
        up(bytes)
        this.#pty?.write(bytes)
      },
      closed: () => undefined,
    })
  }

  /** A fresh pty under the cable's name, before the gateway starts. */
  plug(): void {
    this.#pty?.close()
    const pty = openPty()
    this.#pty = pty
    const down = serialFrames((frame) => this.#tap.down(frame))
    pty.onData((bytes) => {
      down(bytes)
      this.#channel?.write(bytes, () => undefined)
    })
    mkdirSync(dirname(this.path), { recursive: true })
    rmSync(this.path, { force: true })
    symlinkSync(pty.path, this.path)
  }

  /** The gateway has the port open: bytes may pass. */
  gatewayIsOpen(): void {
    this.#pty?.opened()
  }

  async close(): Promise<void> {
    this.#pty?.close()
    await this.#channel?.close()
    rmSync(this.path, { force: true })
  }
}

/** Passes MQTT connections on to the gateway's port, and listens. Without a gateway it refuses by hanging up. */
export class MqttRelay {
  port = 0
  readonly #tap: WireTap
  readonly #gatewayPort: number
  #server: Server | undefined
  readonly #sockets = new Set<Socket>()

  constructor(gatewayPort: number, tap: WireTap) {
    this.#gatewayPort = gatewayPort
    this.#tap = tap
  }

  async open(): Promise<void> {
    const server = createServer((near) => this.#pass(near))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.port = (server.address() as { port: number }).port
  }

  #pass(near: Socket): void {
    const far = connect({ host: '127.0.0.1', port: this.#gatewayPort })
    const end = (): void => {
      near.destroy()
      far.destroy()
    }
    const carry = (from: Socket, to: Socket, listen: (bytes: Uint8Array) => void): void => {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.on('data', (bytes) => {
        listen(bytes)
        to.write(bytes)
      })
      from.on('error', end)
      from.on('close', () => {
        this.#sockets.delete(from)
        end()
      })
    }
    carry(
      near,
      far,
      mqttFrames((frame) => this.#tap.up(frame)),
    )
    carry(
      far,
      near,
      mqttFrames((frame) => this.#tap.down(frame)),
    )
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()))
  }
}
