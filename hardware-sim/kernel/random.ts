import { createHash } from 'node:crypto'
import type { RandomSource, RandomStream } from './types.ts'

const TWO_32 = 4_294_967_296

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes BigCrush; integer operations only. */
class Sfc32 implements RandomStream {
  private a: number
  private b: number
  private c: number
  private counter: number

  constructor(state: Uint32Array) {
    this.a = state[0]! | 0
    this.b = state[1]! | 0
    this.c = state[2]! | 0
    this.counter = state[3]! | 0
    for (let i = 0; i < 12; i++) this.nextUint32()
  }

  nextUint32(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (this.c << 21) | (this.c >>> 11)
    this.c = (this.c + t) | 0
    return t >>> 0
  }

  next(): number {
    return this.nextUint32() / TWO_32
  }

  integer(minimum: number, maximum: number): number {
    return minimum + Math.floor(this.next() * (maximum - minimum + 1))
  }

  chance(probability: number): boolean {
    if (probability <= 0) return false
    if (probability >= 1) return true
    return this.next() < probability
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i++) out[i] = this.nextUint32() >>> 24
    return out
  }

  /** Box and Muller's transform; one of the pair is not used, so that each call draws exactly two numbers. */
  normal(deviation: number): number {
    const u = 1 - this.next()
    const v = this.next()
    return deviation * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)
  }
}

/** The stream of (seed, path): its state is the first 128 bits of SHA-256 over both, with a zero byte between. */
export function randomStream(seed: string, path: string): RandomStream {
  const digest = createHash('sha256').update(`${seed}\0${path}`, 'utf8').digest()
  const state = new Uint32Array(4)
  for (let i = 0; i < 4; i++) state[i] = digest.readUInt32LE(4 * i)
  return new Sfc32(state)
}

export function randomSource(seed: string): RandomSource {
  return (path) => randomStream(seed, path)
}
