import type { RandomStream } from '../kernel/types.ts'
import type { ByteFilter } from '../links/uart-bridge.ts'

const DELIMITER = 0
/** The damaged byte lies among the first so many of a frame; the shortest link frame is longer. */
const DAMAGE_WITHIN_BYTES = 12

export type Damage = 'flip' | 'drop' | 'insert'

/**
 * Damages this share of the frames that pass on a delimited serial line, each at one byte: a bit flipped, a byte lost,
 * a byte too many. Delimiters stay as they are, so that a damaged frame never touches its neighbours: what is tested
 * is that the receiver loses only the damaged one.
 */
export class FrameDamage {
  frames = 0
  damaged = 0
  private readonly probability: number
  private readonly random: RandomStream
  private at = 0
  private target = -1

  constructor(probability: number, random: RandomStream) {
    this.probability = probability
    this.random = random
  }

  readonly filter: ByteFilter = (bytes) => {
    const out: number[] = []
    for (const byte of bytes) {
      if (byte === DELIMITER) {
        this.at = 0
        out.push(byte)
        continue
      }
      if (this.at === 0) this.begin()
      if (this.at === this.target) this.hurt(byte, out)
      else out.push(byte)
      this.at++
    }
    return Uint8Array.from(out)
  }

  private begin(): void {
    this.frames++
    this.target = this.random.chance(this.probability) ? this.random.integer(0, DAMAGE_WITHIN_BYTES - 1) : -1
  }

  private hurt(byte: number, out: number[]): void {
    this.damaged++
    const kind: Damage = (['flip', 'drop', 'insert'] as const)[this.random.integer(0, 2)] ?? 'flip'
    if (kind === 'drop') return
    if (kind === 'insert') {
      out.push(byte, this.random.integer(1, 255))
      return
    }
    const flipped = byte ^ (1 << this.random.integer(0, 7))
    out.push(flipped === DELIMITER ? byte ^ 0xff || 1 : flipped)
  }
}

/** Bytes of one write of noise, so that it crosses a real pty in pieces. */
const NOISE_WRITE_BYTES = 512

/** Puts random bytes on a line, delimiters among them. */
export function injectNoise(write: (bytes: Uint8Array) => void, count: number, random: RandomStream): void {
  for (let left = count; left > 0; left -= NOISE_WRITE_BYTES) {
    write(random.bytes(Math.min(left, NOISE_WRITE_BYTES)))
  }
}
