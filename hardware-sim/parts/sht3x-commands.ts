/** Command words of the SHT3x-DIS datasheet (tables 9 to 18). */
export const SHT3X_COMMAND = {
  fetch: 0xe000,
  break: 0x3093,
  softReset: 0x30a2,
  heaterOn: 0x306d,
  heaterOff: 0x3066,
  readStatus: 0xf32d,
  clearStatus: 0x3041,
  serialStretch: 0x3780,
  serial: 0x3682,
} as const

export interface Sht3xMeasurement {
  durationMicroseconds: number
  /** The chip holds SCL low instead of refusing a read that comes too early. */
  stretch: boolean
  /** For the periodic modes: time between two measurements. */
  periodMicroseconds?: number
}

const HIGH_MICROSECONDS = 15_500
const MEDIUM_MICROSECONDS = 6_500
const LOW_MICROSECONDS = 4_500

function single(durationMicroseconds: number, stretch: boolean): Sht3xMeasurement {
  return { durationMicroseconds, stretch }
}

function periodic(durationMicroseconds: number, perSecond: number): Sht3xMeasurement {
  return { durationMicroseconds, stretch: false, periodMicroseconds: 1e6 / perSecond }
}

export const SHT3X_MEASUREMENTS: ReadonlyMap<number, Sht3xMeasurement> = new Map([
  [0x2400, single(HIGH_MICROSECONDS, false)],
  [0x240b, single(MEDIUM_MICROSECONDS, false)],
  [0x2416, single(LOW_MICROSECONDS, false)],
  [0x2c06, single(HIGH_MICROSECONDS, true)],
  [0x2c0d, single(MEDIUM_MICROSECONDS, true)],
  [0x2c10, single(LOW_MICROSECONDS, true)],
  [0x2032, periodic(HIGH_MICROSECONDS, 0.5)],
  [0x2024, periodic(MEDIUM_MICROSECONDS, 0.5)],
  [0x202f, periodic(LOW_MICROSECONDS, 0.5)],
  [0x2130, periodic(HIGH_MICROSECONDS, 1)],
  [0x2126, periodic(MEDIUM_MICROSECONDS, 1)],
  [0x212d, periodic(LOW_MICROSECONDS, 1)],
  [0x2236, periodic(HIGH_MICROSECONDS, 2)],
  [0x2220, periodic(MEDIUM_MICROSECONDS, 2)],
  [0x222b, periodic(LOW_MICROSECONDS, 2)],
  [0x2334, periodic(HIGH_MICROSECONDS, 4)],
  [0x2322, periodic(MEDIUM_MICROSECONDS, 4)],
  [0x2329, periodic(LOW_MICROSECONDS, 4)],
  [0x2737, periodic(HIGH_MICROSECONDS, 10)],
  [0x2721, periodic(MEDIUM_MICROSECONDS, 10)],
  [0x272a, periodic(LOW_MICROSECONDS, 10)],
])
