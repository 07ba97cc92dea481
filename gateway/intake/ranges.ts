/** Which sequences of a journal are there: all up to `through`, and the ranges above it, apart and in order. */
export interface Sequences {
  through: number
  ranges: [from: number, to: number][]
}

export const NO_SEQUENCES: Sequences = { through: 0, ranges: [] }

export function hasSequence(sequences: Sequences, sequence: number): boolean {
  if (sequence <= sequences.through) return true
  return sequences.ranges.some(([from, to]) => sequence >= from && sequence <= to)
}

/** A new value that holds `from…to` too. */
export function addRange(sequences: Sequences, from: number, to: number): Sequences {
  if (to <= sequences.through) return sequences
  let low = Math.max(from, sequences.through + 1)
  let high = to
  const ranges: [number, number][] = []
  let placed = false
  for (const range of sequences.ranges) {
    if (range[1] + 1 < low) ranges.push(range)
    else if (range[0] > high + 1) {
      if (!placed) ranges.push([low, high])
      placed = true
      ranges.push(range)
    } else {
      low = Math.min(low, range[0])
      high = Math.max(high, range[1])
    }
  }
  if (!placed) ranges.push([low, high])
  const first = ranges[0] as [number, number]
  if (first[0] !== sequences.through + 1) return { through: sequences.through, ranges }
  return { through: first[1], ranges: ranges.slice(1) }
}

/** The highest sequence that is there, 0 for none. */
export function highestSequence(sequences: Sequences): number {
  return sequences.ranges.at(-1)?.[1] ?? sequences.through
}
