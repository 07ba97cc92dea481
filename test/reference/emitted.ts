import { loadProfiles } from '#gateway/condition/profiles.ts'
import { createInterpreter } from '#gateway/interpret/index.ts'
import {
  health,
  interpretAll,
  placedRecords,
  read,
  reads,
  temperatures,
} from '#gateway/interpret/test-support.ts'
import type { Effects, InterpretCheckpoint } from '#gateway/interpret/types.ts'

const MINUTE = 60_000

/** One run that makes every kind of event and alert that interpret knows. */
export function everythingEmitted(timeZoneOffset: string): Effects {
  const checkpoint: InterpretCheckpoint = {
    id: 'dock-door',
    readPoint: 'https://id.gs1.org/414/9521141123454/254/DOCK1',
    bizLocation: 'https://id.gs1.org/414/9521141123454',
    bizStep: 'receiving',
    disposition: 'in_progress',
    nodes: [
      {
        node: 'dock-1',
        sensors: [
          { sensor: 0, deviceId: 'https://id.gs1.org/8004/9521141NODE1', profile: 'vaccine.2-8.shipment' },
        ],
      },
    ],
    dwell: { lostAfterMilliseconds: 10_000, groupMilliseconds: 5_000, reportEveryMilliseconds: 900_000 },
  }
  const interpreter = createInterpreter({
    timeZoneOffset,
    checkpoints: [checkpoint],
    profiles: loadProfiles(),
  })
  const humidity = {
    kind: 'samples' as const,
    baseMilliseconds: 30_000,
    series: [
      { sensor: 0, quantity: 2, resolution: 100, samples: [{ offsetMilliseconds: 0, value: 45_500 }] },
    ],
  }
  const uid = { ...read(9), idKind: 1, id: Uint8Array.from([4, 1, 2, 3, 4, 5, 6]), protocolControl: 0 }
  const foreign = { ...read(9), id: Uint8Array.from([0xe2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) }
  const afi = { ...foreign, protocolControl: 0x31a2 }
  const curve = Array.from({ length: 200 }, (_, minute) =>
    minute > 20 && minute < 130 ? 9400 + minute : 5000,
  )
  const records: Parameters<typeof placedRecords>[0][number][] = [humidity]
  curve.forEach((value, minute) => {
    records.push(temperatures([[minute * MINUTE, value]]))
    if (minute === 1) records.push(reads(minute * MINUTE, [read(1), read(2), uid, foreign, afi]))
    if (minute === 60) records.push(reads(minute * MINUTE, [read(3)]))
  })
  records.push(temperatures([[201 * MINUTE, undefined]]), health(240 * MINUTE))
  return interpretAll(interpreter, placedRecords(records))
}
