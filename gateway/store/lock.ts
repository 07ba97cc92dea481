import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '#protocol/coded-error.ts'

/** Tries to put one's own file where that of a gateway was that is not there any more. */
const TRIES_MAXIMUM = 3
const LOCK_FILE = 'gateway.lock'

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * A process that no later one is taken for: its number, and on Linux when it began and in which boot.
 * undefined when there is none with this number.
 */
function identityOf(pid: number): string | undefined {
  const status = read(`/proc/${pid}/stat`)
  if (status !== undefined) {
    // The name in brackets may hold spaces; state and starttime come after it (proc(5), fields 3 and 22).
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
    // Killed, but nobody has asked for its exit code yet: it holds nothing any more.
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return `${pid} ${fields[19]} ${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}`
  }
  if (process.platform === 'linux') return undefined
  try {
    process.kill(pid, 0)
    return String(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? String(pid) : undefined
  }
}

/**
 * Keeps a second gateway off a store: counters of outboxes and journals live in one process, so two would
 * write over each other's items. LMDB itself lets several processes write. A file that a killed gateway left
 * behind is taken over.
 * @param folder is made when it is not there
 * @returns a function that gives the store free again
 * @throws CodedError STORE_IN_USE, STORE_OPEN_FAILED
 */
export function lockStore(folder: string): () => void {
  const file = join(folder, LOCK_FILE)
  const mine = identityOf(process.pid) ?? String(process.pid)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (let tries = 0; tries < TRIES_MAXIMUM; tries++) {
      try {
        writeFileSync(file, mine, { flag: 'wx', mode: 0o600 })
        return () => rmSync(file, { force: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = read(file)
      const pid = Number.parseInt(holder ?? '', 10)
      if (holder !== undefined && pid > 0 && identityOf(pid) === holder) {
        throw new CodedError('STORE_IN_USE', `the gateway with process id ${pid} uses this store`, {
          where: folder,
        })
      }
      rmSync(file, { force: true })
    }
    throw new Error('its lock file could not be made')
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    throw new CodedError('STORE_OPEN_FAILED', `the store cannot be opened: ${(cause as Error).message}`, {
      where: folder,
      action: 'check store.folder and its permissions',
      cause,
    })
  }
}
