import { BUCKETS_A_SENSOR_MAXIMUM, type Bucket, HOLD_MILLISECONDS, type SensorState } from './types.ts'

/** A stretch of one value. */
export function bucketOf(atMilliseconds: number, value: number): Bucket {
  return {
    fromMilliseconds: atMilliseconds,
    toMilliseconds: atMilliseconds,
    minimum: value,
    maximum: value,
    sum: value,
    count: 1,
  }
}

/** Two stretches as one; neither is changed. */
export function mergeBuckets(a: Bucket, b: Bucket): Bucket {
  return {
    fromMilliseconds: Math.min(a.fromMilliseconds, b.fromMilliseconds),
    toMilliseconds: Math.max(a.toMilliseconds, b.toMilliseconds),
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
    sum: a.sum + b.sum,
    count: a.count + b.count,
  }
}

/**
 * Keeps a value for the dwells to come. What no dwell can need any more goes; beyond the maximum the older
 * half is merged in pairs, so that a long dwell keeps its extremes and mean and loses only edges in time.
 * @param neededFromMilliseconds start of the oldest dwell that is not reported yet
 */
export function keepValue(
  sensor: SensorState,
  atMilliseconds: number,
  value: number,
  neededFromMilliseconds: number,
): void {
  const oldest = neededFromMilliseconds - HOLD_MILLISECONDS
  let kept = sensor.buckets.filter((bucket) => bucket.toMilliseconds >= oldest)
  kept.push(bucketOf(atMilliseconds, value))
  if (kept.length > BUCKETS_A_SENSOR_MAXIMUM) {
    const half = BUCKETS_A_SENSOR_MAXIMUM / 2
    const merged: Bucket[] = []
    for (let i = 0; i + 1 < half; i += 2) merged.push(mergeBuckets(kept[i] as Bucket, kept[i + 1] as Bucket))
    kept = [...merged, ...kept.slice(half)]
  }
  sensor.buckets = kept
}

/**
 * What a sensor measured over [from, to]. Without a sample inside, the last one before still stands (sample
 * and hold) unless it is older than HOLD_MILLISECONDS; the stretch then begins with that sample.
 */
export function measuredOver(
  sensor: SensorState,
  fromMilliseconds: number,
  toMilliseconds: number,
): Bucket | undefined {
  const inside = sensor.buckets.filter(
    (bucket) => bucket.toMilliseconds >= fromMilliseconds && bucket.fromMilliseconds <= toMilliseconds,
  )
  if (inside.length > 0) {
    return { ...inside.reduce(mergeBuckets), fromMilliseconds, toMilliseconds }
  }
  let held: Bucket | undefined
  for (const bucket of sensor.buckets) {
    const isBefore = bucket.toMilliseconds < fromMilliseconds
    if (isBefore && fromMilliseconds - bucket.toMilliseconds <= HOLD_MILLISECONDS) held = bucket
  }
  return held === undefined ? undefined : { ...held, toMilliseconds }
}
