/** What a name's suffix means outside: the wire and the code use the suffix, `networks/` converts. */
export interface Unit {
  suffix: string
  /** Unified Code for Units of Measure, case sensitive. */
  ucum: string
  /** RFC 8428 section 12.1 and RFC 8798, where SenML has the unit. */
  senml: string | undefined
  /** UN/ECE Recommendation 20 common code, as EPCIS `uom` wants it. */
  rec20: string | undefined
  /** value × 10^power = the value in that unit. */
  powerOfTen: number
}

/** Longest suffix first: `MilliCelsius` must win over `Celsius`-like endings. */
export const UNITS: readonly Unit[] = [
  { suffix: 'MilliPercent', ucum: '%', senml: '%RH', rec20: 'P1', powerOfTen: -3 },
  { suffix: 'MilliCelsius', ucum: 'Cel', senml: 'Cel', rec20: 'CEL', powerOfTen: -3 },
  { suffix: 'Milliseconds', ucum: 's', senml: 's', rec20: 'SEC', powerOfTen: -3 },
  { suffix: 'Millivolts', ucum: 'V', senml: 'V', rec20: 'VLT', powerOfTen: -3 },
  { suffix: 'Dbm', ucum: 'dB[mW]', senml: 'dBm', rec20: undefined, powerOfTen: 0 },
  { suffix: 'Bytes', ucum: 'By', senml: 'B', rec20: 'AD', powerOfTen: 0 },
]

/** The unit that a field's name ends in, or undefined for counts and codes. */
export function unitOf(name: string): Unit | undefined {
  return UNITS.find((unit) => name.endsWith(unit.suffix))
}
