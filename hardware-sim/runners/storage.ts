import { binaryString, bytesOf } from './bytes.ts'
import { BoardException, type Realm, type RealmObject } from './realm.ts'

/** A file's name is at most this long; the interpreter refuses longer ones. */
export const STORAGE_NAME_BYTES = 28

/** The board's Storage as files in memory; it lives outside the realm and so survives reboots. */
export class StorageFiles {
  readonly files = new Map<string, Uint8Array>()
  readonly capacityBytes: number

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes
  }

  /** Writes a whole file from the host, as flashing the board does. */
  put(name: string, content: string): void {
    this.files.set(name, bytesOf(content) ?? new Uint8Array(0))
  }

  usedBytes(): number {
    let used = 0
    for (const content of this.files.values()) used += content.length + 32
    return used
  }
}

/** The interpreter's `Storage` module. Not simulated: erased space that only compaction gives back. */
export function makeStorage(realm: Realm, storage: StorageFiles): RealmObject {
  const read = (name: unknown, offset: unknown, length: unknown) => {
    const file = storage.files.get(String(name))
    if (file === undefined) return undefined
    const from = typeof offset === 'number' ? Math.max(0, offset) : 0
    const to = typeof length === 'number' && length > 0 ? from + length : file.length
    return file.subarray(from, to)
  }
  const write = (name: unknown, data: unknown, offset: unknown, size: unknown): boolean => {
    const key = String(name)
    if (key.length === 0 || key.length > STORAGE_NAME_BYTES) throw new BoardException('File name too long')
    const isObject = typeof data === 'object' && data !== null && bytesOf(data) === undefined
    const bytes = isObject ? bytesOf(JSON.stringify(data)) : bytesOf(data)
    if (bytes === undefined) return false
    const at = typeof offset === 'number' ? offset : 0
    const total = typeof size === 'number' && size > 0 ? size : bytes.length
    let file = storage.files.get(key)
    if (at === 0 && !(file !== undefined && typeof size === 'number' && size === file.length)) {
      if (storage.usedBytes() - (file?.length ?? 0) + total + 32 > storage.capacityBytes) return false
      file = new Uint8Array(total).fill(0xff)
      storage.files.set(key, file)
    }
    if (file === undefined || at + bytes.length > file.length) {
      throw new BoardException('Too much data for file size')
    }
    for (let i = 0; i < bytes.length; i++) file[at + i]! &= bytes[i]!
    return true
  }
  return realm.object({
    read: (name: unknown, offset: unknown, length: unknown) => {
      const bytes = read(name, offset, length)
      return bytes === undefined ? undefined : binaryString(bytes)
    },
    readArrayBuffer: (name: unknown) => {
      const bytes = read(name, 0, 0)
      return bytes === undefined ? undefined : realm.buffer(bytes)
    },
    readJSON: (name: unknown) => {
      const bytes = read(name, 0, 0)
      if (bytes === undefined) return undefined
      try {
        return JSON.parse(binaryString(bytes)) as unknown
      } catch {
        return undefined
      }
    },
    write,
    writeJSON: (name: unknown, data: unknown) => write(name, JSON.stringify(data), 0, 0),
    erase: (name: unknown) => {
      storage.files.delete(String(name))
    },
    list: () => [...storage.files.keys()].sort(),
    getFree: () => storage.capacityBytes - storage.usedBytes(),
    getStats: () => ({
      totalBytes: storage.capacityBytes,
      freeBytes: storage.capacityBytes - storage.usedBytes(),
      fileBytes: storage.usedBytes(),
      fileCount: storage.files.size,
      trashBytes: 0,
      trashCount: 0,
    }),
  })
}
