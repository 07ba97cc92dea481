import type { UtcInterval } from '../intake/types.ts'

/** One completed time exchange: at `atMilliseconds` of the node's clock, UTC minus it lay in here. */
export interface OffsetPiece {
  atMilliseconds: number
  earliestMilliseconds: number
  latestMilliseconds: number
}

/** Exchanges kept for one boot; at the maximum every second of the older half is dropped. */
export const PIECES_A_BOOT = 64
/** What a node's clock may drift before it was measured: an RC oscillator may be off by per cents. */
const DRIFT_UNMEASURED = 0.02
/** What it may change around the drift that was measured (temperature). */
const DRIFT_CHANGE = 0.0001
/** Exchanges closer than this say little about drift. */
const BASELINE_MILLISECONDS = 10_000
/** Longer baselines say no more about now. */
const BASELINE_ENOUGH_MILLISECONDS = 600_000

interface Slope {
  lowest: number
  highest: number
}

/** Drift between two exchanges, as the interval that both allow. */
function slopeBetween(a: OffsetPiece, b: OffsetPiece): Slope {
  const time = b.atMilliseconds - a.atMilliseconds
  let lowest = (b.earliestMilliseconds - a.latestMilliseconds) / time
  let highest = (b.latestMilliseconds - a.earliestMilliseconds) / time
  if (lowest <= 0 && highest >= 0) {
    // No drift explains it too, and is the better guess: the noise of two round trips moves nothing then.
    highest = Math.max(highest, -lowest)
    lowest = -highest
  }
  return { lowest: lowest - DRIFT_CHANGE, highest: highest + DRIFT_CHANGE }
}

/** Drift near one end of the list, from a partner far enough away. @param step 1 looks forward, -1 back */
function slopeFrom(pieces: readonly OffsetPiece[], index: number, step: 1 | -1): Slope {
  const end = pieces[index] as OffsetPiece
  let partner: OffsetPiece | undefined
  for (let i = index + step; i >= 0 && i < pieces.length; i += step) {
    const piece = pieces[i] as OffsetPiece
    const distance = Math.abs(piece.atMilliseconds - end.atMilliseconds)
    if (distance > BASELINE_ENOUGH_MILLISECONDS && partner) break
    if (distance >= BASELINE_MILLISECONDS) partner = piece
  }
  if (!partner) return { lowest: -DRIFT_UNMEASURED, highest: DRIFT_UNMEASURED }
  return step === 1 ? slopeBetween(end, partner) : slopeBetween(partner, end)
}

function extrapolate(piece: OffsetPiece, slope: Slope, at: number): UtcInterval {
  const distance = at - piece.atMilliseconds
  const low = distance < 0 ? slope.highest * distance : slope.lowest * distance
  const high = distance < 0 ? slope.lowest * distance : slope.highest * distance
  return {
    earliestMilliseconds: at + piece.earliestMilliseconds + low,
    latestMilliseconds: at + piece.latestMilliseconds + high,
  }
}

/** Between two exchanges the offset goes straight from one to the other, give or take a change of drift. */
function interpolate(a: OffsetPiece, b: OffsetPiece, at: number): UtcInterval {
  const part = (at - a.atMilliseconds) / (b.atMilliseconds - a.atMilliseconds)
  const slack = DRIFT_CHANGE * Math.min(at - a.atMilliseconds, b.atMilliseconds - at)
  const earliest = a.earliestMilliseconds + (b.earliestMilliseconds - a.earliestMilliseconds) * part
  const latest = a.latestMilliseconds + (b.latestMilliseconds - a.latestMilliseconds) * part
  return { earliestMilliseconds: at + earliest - slack, latestMilliseconds: at + latest + slack }
}

/**
 * Places an instant of a node's clock in UTC.
 * @param pieces at least one, in order of `atMilliseconds`
 */
export function placeUtc(pieces: readonly OffsetPiece[], monotonicMilliseconds: number): UtcInterval {
  let next = 0
  while (next < pieces.length && (pieces[next] as OffsetPiece).atMilliseconds < monotonicMilliseconds) next++
  const after = pieces[next]
  const before = pieces[next - 1]
  if (after && before) return interpolate(before, after, monotonicMilliseconds)
  if (after) return extrapolate(after, slopeFrom(pieces, next, 1), monotonicMilliseconds)
  return extrapolate(before as OffsetPiece, slopeFrom(pieces, next - 1, -1), monotonicMilliseconds)
}

/**
 * What one exchange says: the node asked at m1 and heard the answer, made at UTC g, at m2. Its clock showed
 * m1 before g and m2 after it, so UTC minus clock lies in [g − m2, g − m1] (the round trip is the uncertainty).
 */
export function pieceOf(
  askedMilliseconds: number,
  answeredUtcMilliseconds: number,
  receivedMilliseconds: number,
): OffsetPiece {
  return {
    atMilliseconds: (askedMilliseconds + receivedMilliseconds) / 2,
    earliestMilliseconds: answeredUtcMilliseconds - receivedMilliseconds,
    latestMilliseconds: answeredUtcMilliseconds - askedMilliseconds,
  }
}

/** A new list with the piece in its place, thinned at the maximum. */
export function addPiece(pieces: readonly OffsetPiece[], piece: OffsetPiece): OffsetPiece[] {
  const out = [...pieces, piece].sort((a, b) => a.atMilliseconds - b.atMilliseconds)
  if (out.length <= PIECES_A_BOOT) return out
  return out.filter((_piece, index) => index >= PIECES_A_BOOT / 2 || index % 2 === 0)
}
