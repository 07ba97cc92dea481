import type { RandomStream } from '../kernel/types.ts'
import type { TagInField } from '../world/types.ts'
import { crc16Genibus } from './crc.ts'
import { R200_REFERENCE_POWER_CENTI_DBM, type R200Settings } from './r200-settings.ts'

/** Below this the module does not decode a tag's answer; its channel scan has its floor at -70, sensitivity is deeper. */
const SENSITIVITY_DBM = -80
const RSSI_MINIMUM_DBM = -128
const RSSI_MAXIMUM_DBM = 127

/**
 * The tags that one inventory round finds. Each tag in the field answers by its own chance; a round has 2^Q slots, so it
 * finds at most that many, in random order. Transmit power moves RSSI decibel by decibel.
 */
export function inventoryRound(
  field: readonly TagInField[],
  settings: Pick<R200Settings, 'powerCentiDbm' | 'slots'>,
  random: RandomStream,
): TagInField[] {
  const gain = (settings.powerCentiDbm - R200_REFERENCE_POWER_CENTI_DBM) / 100
  const heard: TagInField[] = []
  for (const tag of field) {
    const rssiDbm = tag.rssiDbm + gain
    if (rssiDbm >= SENSITIVITY_DBM && random.chance(tag.readProbability)) heard.push({ ...tag, rssiDbm })
  }
  for (let i = heard.length - 1; i > 0; i--) {
    const other = random.integer(0, i)
    const kept = heard[i]!
    heard[i] = heard[other]!
    heard[other] = kept
  }
  return heard.slice(0, settings.slots)
}

/** Parameters of a notification: RSSI (int8), PC, EPC, CRC-16/GENIBUS over PC and EPC. */
export function tagNotification(tag: TagInField, crcDamaged: boolean): Uint8Array {
  const length = tag.epc.length
  const out = new Uint8Array(length + 5)
  out[0] = Math.min(RSSI_MAXIMUM_DBM, Math.max(RSSI_MINIMUM_DBM, Math.round(tag.rssiDbm))) & 0xff
  out[1] = tag.protocolControl >> 8
  out[2] = tag.protocolControl & 0xff
  out.set(tag.epc, 3)
  const crc = crc16Genibus(out.subarray(1, length + 3)) ^ (crcDamaged ? 0x0001 : 0)
  out[length + 3] = crc >> 8
  out[length + 4] = crc & 0xff
  return out
}
