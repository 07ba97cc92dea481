/** Frame of the R200/YRM100 family: BB TYPE CMD PLhi PLlo params SUM 7E (reference/parts/r200-yrm100.md). */
const HEAD = 0xbb
const TAIL = 0x7e
const OVERHEAD = 7
/** Longest command that the module takes; longer lengths are noise. */
export const R200_COMMAND_PARAMETERS_MAXIMUM = 96

export const R200_FRAME = { command: 0x00, response: 0x01, notification: 0x02 } as const

/** A whole frame; SUM is the low byte of the sum from TYPE to the last parameter. */
export function r200Frame(type: number, command: number, parameters: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(OVERHEAD + parameters.length)
  out[0] = HEAD
  out[1] = type
  out[2] = command
  out[3] = parameters.length >> 8
  out[4] = parameters.length & 0xff
  out.set(Array.from(parameters), 5)
  out[5 + parameters.length] = sum(out, 5 + parameters.length)
  out[6 + parameters.length] = TAIL
  return out
}

function sum(frame: ArrayLike<number>, end: number): number {
  let total = 0
  for (let i = 1; i < end; i++) total += frame[i]!
  return total & 0xff
}

export interface R200Command {
  command: number
  parameters: Uint8Array
}

/** The module's receiver: takes commands out of a byte stream by their length; what is not one is dropped. */
export class R200Receiver {
  dropped = 0
  private buffer: number[] = []

  clear(): void {
    this.buffer = []
  }

  /** The command that this byte ends, if it does. */
  push(byte: number): R200Command | undefined {
    this.buffer.push(byte)
    while (this.buffer.length > 0) {
      const need = this.needed()
      if (need === 'drop') {
        this.buffer.shift()
        this.dropped++
        continue
      }
      if (this.buffer.length < need) return undefined
      const frame = this.buffer.splice(0, need)
      return { command: frame[2]!, parameters: Uint8Array.from(frame.slice(5, need - 2)) }
    }
    return undefined
  }

  /** Bytes that the frame at the head of the buffer wants in all, or that its first byte cannot begin one. */
  private needed(): number | 'drop' {
    const buffer = this.buffer
    if (buffer[0] !== HEAD || (buffer.length > 1 && buffer[1] !== R200_FRAME.command)) return 'drop'
    if (buffer.length < 5) return 5
    const length = (buffer[3]! << 8) | buffer[4]!
    if (length > R200_COMMAND_PARAMETERS_MAXIMUM) return 'drop'
    const need = OVERHEAD + length
    if (buffer.length < need) return need
    const right = buffer[need - 1] === TAIL && buffer[need - 2] === sum(buffer, need - 2)
    return right ? need : 'drop'
  }
}
