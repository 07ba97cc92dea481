import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { ReadStream } from 'node:tty'

/** Larger writes can block the whole process when it holds both ends. */
export const PTY_WRITE_BYTES = 1024

/** A real pseudo-terminal of which only the master is ours; the other end belongs to whoever opens `path`. */
export interface Pty {
  /** For example /dev/pts/3. */
  readonly path: string
  /** Queues bytes; they leave in pieces of PTY_WRITE_BYTES with a turn of the event loop between. */
  write(bytes: Uint8Array): void
  onData(listener: (bytes: Uint8Array) => void): void
  onEnd(listener: () => void): void
  /**
   * Tells that the other end has opened the path: only from now on may anything be written, because before it the line
   * is cooked and echoes; and our own handle on the slave, which would steal its bytes, is let go.
   */
  opened(): void
  close(): void
}

interface NodePtyTerminal {
  readonly master: ReadStream
  readonly slave: ReadStream
  readonly ptsName: string
  /** The master's descriptor; it does not block. */
  readonly _fd: number
}

/**
 * Opens a pseudo-terminal through @lydell/node-pty and hides its traps: never its own destroy() or kill(), which send
 * SIGHUP to every process of the user; raw bytes; small writes; no exception out of an event when the far end goes.
 */
export function openPty(): Pty {
  const nodePty = createRequire(import.meta.url)('@lydell/node-pty') as {
    open(options: { encoding: null }): NodePtyTerminal & { _pty?: string }
  }
  const terminal = nodePty.open({ encoding: null })
  const { master, slave } = terminal
  let dataListener: (bytes: Uint8Array) => void = () => undefined
  let endListener: () => void = () => undefined
  let slaveGone = false
  let ended = false
  let isOpen = false
  let writing = false
  const queue: Uint8Array[] = []
  const end = (): void => {
    if (ended) return
    ended = true
    queue.length = 0
    master.destroy()
    if (!slaveGone) slave.destroy()
    endListener()
  }
  // The package's own listener throws out of the event loop when nobody listens to it.
  master.removeAllListeners('error')
  master.on('error', end)
  master.on('close', end)
  slave.removeAllListeners('error')
  slave.on('error', () => undefined)
  // What the cooked line echoes before the other end made it raw is not data.
  master.on('data', (bytes: Uint8Array) => {
    if (isOpen) dataListener(bytes)
  })
  // Not through the stream: libuv writes to a terminal in a busy loop until all is taken, and when this same process
  // holds the reader, it never is.
  const pump = (): void => {
    writing = !ended && queue.length > 0
    if (!writing) return
    const piece = queue[0] ?? new Uint8Array(0)
    const written = tryWrite(terminal._fd, piece)
    if (written === undefined) {
      end()
      return
    }
    if (written === piece.length) queue.shift()
    else queue[0] = piece.subarray(written)
    setImmediate(pump)
  }
  return {
    path: terminal.ptsName ?? String(terminal._pty),
    write(bytes) {
      if (ended || !isOpen) return
      for (let at = 0; at < bytes.length; at += PTY_WRITE_BYTES)
        queue.push(bytes.slice(at, at + PTY_WRITE_BYTES))
      if (!writing) pump()
    },
    onData(listener) {
      dataListener = listener
    },
    onEnd(listener) {
      endListener = listener
    },
    opened() {
      isOpen = true
      if (!slaveGone) {
        slaveGone = true
        slave.destroy()
      }
    },
    close: end,
  }
}

/** Bytes that the descriptor took, 0 when it is full; undefined when the other end is gone. */
function tryWrite(descriptor: number, bytes: Uint8Array): number | undefined {
  try {
    return writeSync(descriptor, bytes)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined
  }
}
