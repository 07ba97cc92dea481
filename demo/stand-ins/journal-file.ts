import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { CodedError } from '#protocol/coded-error.ts'

/** An append-only file of JSON lines: what a stand-in has said yes to is on disk before it says so. */
export class JournalFile {
  private handle: number | undefined
  private readonly path: string | undefined

  /**
   * @param path undefined keeps nothing
   * @param onLine called with each whole line that is already there; a torn last line is cut off, because
   *   nothing was promised for it
   * @throws CodedError STAND_IN_FILE
   */
  constructor(path: string | undefined, onLine: (value: unknown) => void) {
    this.path = path
    if (path === undefined) return
    try {
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      const whole = text.slice(0, text.lastIndexOf('\n') + 1)
      for (const line of whole.split('\n')) if (line.length > 0) onLine(JSON.parse(line))
      this.handle = openSync(path, 'a')
      ftruncateSync(this.handle, Buffer.byteLength(whole))
    } catch (cause) {
      throw new CodedError('STAND_IN_FILE', `cannot be used: ${(cause as Error).message}`, {
        where: path,
        action: 'name a file in a folder that can be written, or remove the damaged file',
        cause,
      })
    }
  }

  /** Appends and flushes. @throws CodedError STAND_IN_FILE */
  append(value: unknown): void {
    if (this.handle === undefined) return
    try {
      writeSync(this.handle, `${JSON.stringify(value)}\n`)
      fsyncSync(this.handle)
    } catch (cause) {
      throw new CodedError('STAND_IN_FILE', `cannot be written: ${(cause as Error).message}`, {
        where: this.path ?? '',
        action: 'make room, or name another file',
        cause,
      })
    }
  }

  close(): void {
    if (this.handle !== undefined) closeSync(this.handle)
    this.handle = undefined
  }
}
