import type { UartPort } from '../buses/types.ts'

export const R200_COMMAND = {
  version: 0x03,
  setRegion: 0x07,
  getRegion: 0x08,
  getQuery: 0x0d,
  setQuery: 0x0e,
  setBaud: 0x11,
  sleep: 0x17,
  idle: 0x1d,
  singleInventory: 0x22,
  multiInventory: 0x27,
  stopMulti: 0x28,
  hopping: 0xad,
  setPower: 0xb6,
  getPower: 0xb7,
  error: 0xff,
} as const

export const R200_ERROR = { inventoryFail: 0x15, badCommand: 0x17 } as const

/** World tags name the RSSI that a reader at this power sees. */
export const R200_REFERENCE_POWER_CENTI_DBM = 2000
const POWER_DEFAULT_CENTI_DBM = 2600
const POWER_MAXIMUM_CENTI_DBM = 2600
const REGIONS = [1, 2, 3, 4, 6]
/** DR 8, M 1, TRext, session 0, target A, Q 4. */
const QUERY_DEFAULT = 0x1020
const BAUD_RATES = [9600, 19200, 38400, 57600, 115200]

const VERSIONS = ['M100 26dBm V1.0', 'V2.3.5', 'MagicRf']

/** What the module holds in RAM: as after power-on until told otherwise, forgotten with the supply. */
export class R200Settings {
  region = 1
  powerCentiDbm = POWER_DEFAULT_CENTI_DBM
  private query = QUERY_DEFAULT

  /** Slots of a round: 2^Q. */
  get slots(): number {
    return 1 << ((this.query >> 3) & 15)
  }

  /** Parameters of the reply to a settings command; undefined = error 17. */
  answer(command: number, parameters: Uint8Array): ArrayLike<number> | undefined {
    const [first = 0, second = 0] = parameters
    switch (command) {
      case R200_COMMAND.version:
        if (parameters.length !== 1 || first >= VERSIONS.length) return undefined
        return [first, ...new TextEncoder().encode(VERSIONS[first])]
      case R200_COMMAND.setRegion:
        if (parameters.length !== 1 || !REGIONS.includes(first)) return undefined
        this.region = first
        return [0]
      case R200_COMMAND.getRegion:
        return parameters.length === 0 ? [this.region] : undefined
      case R200_COMMAND.setPower: {
        const power = (first << 8) | second
        if (parameters.length !== 2 || power > POWER_MAXIMUM_CENTI_DBM) return undefined
        this.powerCentiDbm = power
        return [0]
      }
      case R200_COMMAND.getPower:
        return parameters.length === 0 ? [this.powerCentiDbm >> 8, this.powerCentiDbm & 0xff] : undefined
      case R200_COMMAND.getQuery:
        return parameters.length === 0 ? [this.query >> 8, this.query & 0xff] : undefined
      case R200_COMMAND.setQuery:
        if (parameters.length !== 2) return undefined
        this.query = (first << 8) | second
        return [0]
      case R200_COMMAND.hopping:
      case R200_COMMAND.idle:
        return parameters.length >= 1 ? [0] : undefined
      default:
        return undefined
    }
  }

  /** Value = baud / 100; no reply, the new rate holds at once. Rates that the module has not are ignored. */
  changeBaud(port: UartPort, parameters: Uint8Array): void {
    const baud = ((parameters[0]! << 8) | parameters[1]!) * 100
    if (BAUD_RATES.includes(baud)) port.setBaud(baud)
  }
}
