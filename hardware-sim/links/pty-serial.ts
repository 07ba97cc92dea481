import { mkdir, rm, symlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { simError } from '../sim-error.ts'
import { LinkCounters } from './counters.ts'
import { openPty, type Pty } from './pty.ts'
import type { SerialFarChannel, SerialFarHandlers, SerialFarOpener, SerialLink } from './types.ts'

/**
 * A serial line over a real pty. The gateway opens a symbolic link, so the port can go and come back under one name
 * although every pty has another number.
 */
export class PtySerialLink implements SerialLink {
  readonly name: string
  readonly path: string
  readonly counters = new LinkCounters()
  private pty: Pty | undefined
  private farOpen = false
  private isCut = false
  private closed = false
  /** Things the operating system is at work on: a port that opens, closes or comes back. Time waits for them too. */
  private working = 0
  private awaitsHangUp = false
  private listener: (bytes: Uint8Array) => void = () => undefined

  private constructor(name: string, path: string) {
    this.name = name
    this.path = path
  }

  /** @param path where the symbolic link is made; its folder is made too */
  static async open(name: string, path: string): Promise<PtySerialLink> {
    const link = new PtySerialLink(name, path)
    await mkdir(dirname(path), { recursive: true })
    await link.renew()
    return link
  }

  outstanding(): number {
    return (this.farOpen ? this.counters.outstanding() : 0) + this.working + (this.awaitsHangUp ? 1 : 0)
  }

  activity(): number {
    return this.counters.activity()
  }

  write(bytes: Uint8Array): void {
    if (!this.farOpen || this.pty === undefined) {
      this.counters.dropped += bytes.length
      return
    }
    this.counters.up(bytes.length)
    this.pty.write(bytes)
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener
  }

  async openFar(open: SerialFarOpener, baud: number, handlers: SerialFarHandlers): Promise<SerialFarChannel> {
    if (this.farOpen) throw simError('SIM_LINK_INVALID', 'the port is open already', this.path)
    if (this.isCut || this.closed) throw new Error(`${this.path}: no such port`)
    if (this.pty === undefined) await this.renew()
    const pty = this.pty
    const gone = (): void => {
      this.farOpen = false
      this.awaitsHangUp = false
      this.counters.forget()
    }
    const channel = await this.work(() =>
      open(this.path, baud, {
        bytes: (bytes) => {
          this.counters.upSeen(bytes.length)
          handlers.bytes(bytes)
        },
        closed: (reason) => {
          gone()
          handlers.closed(reason)
        },
      }),
    )
    pty?.opened()
    this.farOpen = true
    this.counters.touch()
    return {
      write: (bytes, done) => {
        this.counters.down(bytes.length)
        channel.write(bytes, done)
      },
      close: () => {
        gone()
        return this.work(() => channel.close())
      },
    }
  }

  async cut(): Promise<void> {
    this.isCut = true
    const pty = this.pty
    this.pty = undefined
    this.awaitsHangUp = this.farOpen
    this.farOpen = false
    this.counters.forget()
    await this.work(() => rm(this.path, { force: true }))
    pty?.close()
  }

  async restore(): Promise<void> {
    this.isCut = false
    if (this.pty === undefined && !this.closed) await this.work(() => this.renew())
    this.counters.touch()
  }

  async close(): Promise<void> {
    this.closed = true
    this.awaitsHangUp = false
    this.pty?.close()
    this.pty = undefined
    this.farOpen = false
    this.counters.forget()
    await rm(this.path, { force: true })
  }

  private async work<T>(fn: () => Promise<T>): Promise<T> {
    this.working++
    this.counters.touch()
    try {
      return await fn()
    } finally {
      this.working--
      this.counters.touch()
    }
  }

  private async renew(): Promise<void> {
    const pty = openPty()
    this.pty = pty
    pty.onData((bytes) => {
      this.counters.downSeen(bytes.length)
      this.listener(bytes)
    })
    pty.onEnd(() => {
      if (this.pty !== pty) return
      this.pty = undefined
      this.farOpen = false
      this.counters.forget()
    })
    await rm(this.path, { force: true })
    await symlink(pty.path, this.path)
  }
}
