import type { SensorElement, SensorException, SensorReport } from '#gateway/epcis/types.ts'
import { Quantity } from '#protocol/numbers.ts'
import type { Work } from './context.ts'
import type { Bucket, InterpretCheckpoint, SensorState } from './types.ts'

interface QuantityInEpcis {
  type: SensorReport['type']
  uom: 'CEL' | 'P1'
}

/** Thousandths of °C → CEL, thousandths of a percent → P1 (UN/ECE Rec 20). */
const IN_EPCIS: Record<number, QuantityInEpcis> = {
  [Quantity.temperatureMilliCelsius]: { type: 'Temperature', uom: 'CEL' },
  [Quantity.relativeHumidityMilliPercent]: { type: 'RelativeHumidity', uom: 'P1' },
}

export function quantityInEpcis(quantity: number): QuantityInEpcis | undefined {
  return IN_EPCIS[quantity]
}

/** What the configuration says of a sensor of a node. */
export function sensorConfig(
  checkpoint: InterpretCheckpoint,
  node: string,
  sensor: number,
): { sensor: number; deviceId?: string; profile?: string } {
  const found = checkpoint.nodes
    .find((one) => one.node === node)
    ?.sensors.find((one) => one.sensor === sensor)
  return found ?? { sensor }
}

/** Minimum, maximum and mean of a stretch; the mean is rounded to a thousandth and stays between them. */
export function reportOf(quantity: number, bucket: Bucket, exception?: SensorException): SensorReport {
  const unit = IN_EPCIS[quantity] as QuantityInEpcis
  return {
    type: unit.type,
    minValue: bucket.minimum / 1000,
    maxValue: bucket.maximum / 1000,
    meanValue: Math.round(bucket.sum / bucket.count) / 1000,
    uom: unit.uom,
    ...(exception === undefined ? {} : { exception }),
  }
}

export interface SensorPart {
  sensor: SensorState
  bucket: Bucket
  exception?: SensorException
}

/** One sensor element a sensor number, its quantities as reports in it; bizRules only where a limit was used. */
export function sensorElements(work: Work, parts: readonly SensorPart[]): SensorElement[] {
  const bySensor = new Map<number, SensorPart[]>()
  for (const part of parts) {
    const list = bySensor.get(part.sensor.sensor)
    if (list === undefined) bySensor.set(part.sensor.sensor, [part])
    else list.push(part)
  }
  return [...bySensor.entries()].map(([number, list]) => {
    const config = sensorConfig(work.checkpoint, work.record.node, number)
    const isJudged = list.some((part) => part.sensor.condition !== null)
    const profile = config.profile === undefined ? undefined : work.options.profiles.get(config.profile)
    return {
      sensorMetadata: {
        startTime: work.time(Math.min(...list.map((part) => part.bucket.fromMilliseconds))),
        endTime: work.time(Math.max(...list.map((part) => part.bucket.toMilliseconds))),
        ...(config.deviceId === undefined ? {} : { deviceID: config.deviceId }),
        ...(isJudged && profile !== undefined ? { bizRules: profile.limitUri } : {}),
      },
      sensorReport: list.map((part) => reportOf(part.sensor.quantity, part.bucket, part.exception)),
    }
  })
}
