import { simError } from '../sim-error.ts'
import type { Channel, ChannelPoint, ChannelSpec } from './types.ts'

export const CHANNEL_POINTS_MAXIMUM = 1_000_000

/** A channel from its spec; SIM_CHANNEL_INVALID says which channel and what. */
export function createChannel(name: string, spec: ChannelSpec): Channel {
  switch (spec.kind) {
    case 'constant':
      finite(name, 'value', spec.value)
      return { sample: () => spec.value }
    case 'sine': {
      const { mean, amplitude, periodMicroseconds, phaseMicroseconds = 0 } = spec
      for (const [key, value] of Object.entries({ mean, amplitude, periodMicroseconds, phaseMicroseconds })) {
        finite(name, key, value)
      }
      if (periodMicroseconds <= 0) throw simError('SIM_CHANNEL_INVALID', 'period not above 0', name)
      return {
        sample: (t) =>
          mean + amplitude * Math.sin((2 * Math.PI * (t - phaseMicroseconds)) / periodMicroseconds),
      }
    }
    case 'ramp':
      return pointChannel(name, spec.points, true)
    case 'steps':
    case 'series':
      return pointChannel(name, spec.points, false)
  }
}

function finite(name: string, key: string, value: number): void {
  if (!Number.isFinite(value)) throw simError('SIM_CHANNEL_INVALID', `${key} ${value} is not a number`, name)
}

function pointChannel(name: string, points: readonly ChannelPoint[], straight: boolean): Channel {
  checkPoints(name, points)
  const times = Float64Array.from(points, (point) => point.atMicroseconds)
  const values = Float64Array.from(points, (point) => point.value)
  const last = points.length - 1
  return {
    sample(t) {
      const at = lastNotAfter(times, t)
      if (at < 0) return values[0]!
      if (!straight || at === last) return values[at]!
      const share = (t - times[at]!) / (times[at + 1]! - times[at]!)
      return values[at]! + share * (values[at + 1]! - values[at]!)
    },
  }
}

function checkPoints(name: string, points: readonly ChannelPoint[]): void {
  if (points.length === 0 || points.length > CHANNEL_POINTS_MAXIMUM) {
    throw simError(
      'SIM_CHANNEL_INVALID',
      `${points.length} points, 1 to ${CHANNEL_POINTS_MAXIMUM} are wanted`,
      name,
    )
  }
  let before = Number.NEGATIVE_INFINITY
  points.forEach((point, i) => {
    finite(name, `value of point ${i}`, point.value)
    finite(name, `time of point ${i}`, point.atMicroseconds)
    if (point.atMicroseconds <= before) {
      throw simError('SIM_CHANNEL_INVALID', `point ${i} is not after the one before it`, name)
    }
    before = point.atMicroseconds
  })
}

/** Index of the last time that is not after `t`; -1 when all are. */
function lastNotAfter(times: Float64Array, t: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! <= t) low = middle + 1
    else high = middle
  }
  return low - 1
}
