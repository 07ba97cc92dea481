import { closeSync, openSync, writeSync } from 'node:fs'
import { CodedError } from '#protocol/coded-error.ts'
import { DEMO_ERRORS } from './errors.ts'

const BUFFER_CHARACTERS = 65_536

/** A text file written line by line through a buffer, in order, without streams that outlive the run. */
export class LineFile {
  private readonly descriptor: number
  private buffer = ''

  /** @throws CodedError SIM_OUTPUT when the file cannot be made */
  constructor(path: string) {
    try {
      this.descriptor = openSync(path, 'w')
    } catch (error) {
      throw new CodedError('SIM_OUTPUT', error instanceof Error ? error.message : String(error), {
        where: path,
        action: DEMO_ERRORS.SIM_OUTPUT.action,
      })
    }
  }

  /** @param text with its line feed */
  write(text: string): void {
    this.buffer += text
    if (this.buffer.length >= BUFFER_CHARACTERS) this.flush()
  }

  close(): void {
    this.flush()
    closeSync(this.descriptor)
  }

  private flush(): void {
    if (this.buffer.length > 0) writeSync(this.descriptor, this.buffer)
    this.buffer = ''
  }
}
