import type { Sha256 } from '#protocol/keys.ts'

const STATE = 32
const SOURCE = 8

/**
 * Noise for boot ids, journal ids and node randoms: every source that the board has is hashed into a state
 * that never leaves it. Each source may be weak (`E.hwRand` is ADC noise on STM32 and an unseeded `rand()` on
 * Linux), so nothing rests on it alone: the boot counter and the gateway's random stand beside it.
 */
export class Noise {
  sha256: Sha256
  sources: (() => number)[]
  state: Uint8Array

  /** @param sources each gives any number; all are asked at every `take` */
  constructor(sha256: Sha256, sources: (() => number)[]) {
    this.sha256 = sha256
    this.sources = sources
    this.state = new Uint8Array(STATE)
  }

  /** Mixes bytes in, e.g. the node key and the boot counter: then noise differs between nodes at least. */
  stir(bytes: Uint8Array): boolean {
    const input = new Uint8Array(STATE + this.sources.length * SOURCE + bytes.length)
    input.set(this.state, 0)
    let at = STATE
    for (let i = 0; i < this.sources.length; i++) {
      const source = this.sources[i]
      let value = source ? source() : 0
      for (let k = 0; k < SOURCE; k++) {
        const rest = Math.floor(value / 256)
        input[at] = value - rest * 256
        value = rest
        at++
      }
    }
    input.set(bytes, at)
    const next = this.sha256(input)
    if (!next) return false
    this.state = next
    return true
  }

  /** @returns `length` (at most 32) fresh bytes, or undefined when the hash failed */
  take(length: number): Uint8Array | undefined {
    if (!this.stir(new Uint8Array([1]))) return undefined
    const input = new Uint8Array(STATE + 1)
    input.set(this.state, 0)
    input[STATE] = 2
    const out = this.sha256(input)
    return out ? out.subarray(0, length) : undefined
  }
}

/** Big endian, for boot and journal ids. */
export function u32Bytes(value: number): Uint8Array {
  const high = Math.floor(value / 65536)
  const low = value - high * 65536
  return new Uint8Array([high >> 8, high & 255, low >> 8, low & 255])
}

/**
 * A new journal's id: boot counter and noise hashed to 32 bits, never 0 (0 asks for assignment). The
 * gateway confirms it or assigns another.
 * @returns undefined when the hash failed
 */
export function makeJournalId(noise: Noise, bootCounter: number): number | undefined {
  if (!noise.stir(u32Bytes(bootCounter))) return undefined
  const b = noise.take(4)
  if (!b) return undefined
  const id = ((b[0] as number) * 256 + (b[1] as number)) * 65536 + (b[2] as number) * 256 + (b[3] as number)
  return id === 0 ? 1 : id
}
