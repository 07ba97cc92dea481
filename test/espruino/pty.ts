import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import * as nodePty from '@lydell/node-pty'

/** What `open()` of node-pty gives; the package's types leave it out. */
interface OpenedPty {
  readonly ptsName: string
  readonly master: NodeJS.ReadWriteStream & { destroy(): void }
  readonly slave: { destroy(): void }
  on(event: 'error', callback: (error: Error) => void): void
}

/** Bytes written to a master at once: more can block the process that holds both ends. */
const CHUNK_BYTES = 1024

/** The two ends of a pseudo-terminal: other programs open `path`, this process has the master. */
export class Pty {
  readonly path: string
  private readonly master: OpenedPty['master']
  /** Keeps the slave side open without reading it, so that a program may come and go. */
  private heldFd: number | undefined
  private readonly queue: Uint8Array[] = []
  private writing = false

  constructor() {
    const open = (nodePty as unknown as { open(options: { encoding: null }): OpenedPty }).open
    const opened = open({ encoding: null })
    this.path = opened.ptsName
    this.master = opened.master
    this.heldFd = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY)
    // It reads too and would steal bytes. Never opened.destroy(): that hangs up every process of the user.
    opened.slave.destroy()
    // When the last holder closes, the master gets EIO: the end of the line, not a fault.
    opened.on('error', () => undefined)
    this.master.on('error', () => undefined)
    execFileSync('stty', ['-F', this.path, 'raw', '-echo'])
  }

  /** Bytes that the other end wrote. */
  onData(callback: (bytes: Uint8Array) => void): void {
    this.master.on('data', (bytes: Buffer) => callback(new Uint8Array(bytes)))
  }

  /** Sends bytes in pieces, one a turn of the event loop, in order. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) this.queue.push(bytes.slice(at, at + CHUNK_BYTES))
    if (!this.writing) this.pump()
  }

  close(): void {
    this.queue.length = 0
    this.master.destroy()
    if (this.heldFd !== undefined) closeSync(this.heldFd)
    this.heldFd = undefined
  }

  private pump(): void {
    const next = this.queue.shift()
    this.writing = next !== undefined
    if (!next) return
    ;(this.master as unknown as NodeJS.WritableStream).write(next)
    setImmediate(() => this.pump())
  }
}

/** A null-modem cable of two pseudo-terminals: what is written to one path comes out of the other. */
export interface Cable {
  paths: [string, string]
  /** Sees the bytes on their way; `from` is the index of the path that wrote them. */
  onBytes(callback: (from: 0 | 1, bytes: Uint8Array) => void): void
  /** Puts bytes on the line towards the path of index `to`, as if the other end had written them. */
  send(to: 0 | 1, bytes: Uint8Array): void
  close(): void
}

export function openCable(): Cable {
  const ends: [Pty, Pty] = [new Pty(), new Pty()]
  const watchers: ((from: 0 | 1, bytes: Uint8Array) => void)[] = []
  for (const from of [0, 1] as const) {
    ends[from].onData((bytes) => {
      for (const watcher of watchers) watcher(from, bytes)
      ends[from === 0 ? 1 : 0].write(bytes)
    })
  }
  return {
    paths: [ends[0].path, ends[1].path],
    onBytes: (callback) => {
      watchers.push(callback)
    },
    send: (to, bytes) => ends[to].write(bytes),
    close: () => {
      for (const end of ends) end.close()
    },
  }
}
