import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { type Pty as OpenedPty, openPty } from '#hardware-sim/links/pty.ts'

/**
 * The two ends of a pseudo-terminal: other programs open `path`, this process has the master. Unlike a port
 * that a gateway opens, nobody else makes this line raw, and the interpreter may come and go on it.
 */
export class Pty {
  readonly path: string
  private readonly opened: OpenedPty = openPty()
  /** Keeps the slave side open without reading it: the line does not end with a program. */
  private heldFd: number | undefined

  constructor() {
    this.path = this.opened.path
    this.heldFd = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY)
    execFileSync('stty', ['-F', this.path, 'raw', '-echo'])
    this.opened.opened()
  }

  /** Bytes that the other end wrote. */
  onData(callback: (bytes: Uint8Array) => void): void {
    this.opened.onData((bytes) => callback(new Uint8Array(bytes)))
  }

  /** Sends bytes in order. */
  write(bytes: Uint8Array): void {
    this.opened.write(bytes)
  }

  close(): void {
    this.opened.close()
    if (this.heldFd !== undefined) closeSync(this.heldFd)
    this.heldFd = undefined
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
