/** Gas constant, kJ/(mol·K), as the logger makers and USP <1079.2> round it. */
const GAS_CONSTANT_KILOJOULE_PER_MOLE_KELVIN = 8.314e-3
const ZERO_CELSIUS_KELVIN = 273.15
/** Activation energy of most medicines, kJ/mol (USP <1079.2>). */
export const DEFAULT_ACTIVATION_ENERGY_KILOJOULE_PER_MOLE = 83.144

/** Running sums over a series of temperatures: constant in size, plain JSON. */
export interface SeriesStatistics {
  count: number
  sumMilliCelsius: number
  minimumMilliCelsius: number
  maximumMilliCelsius: number
  /** Sum of exp(−ΔH / (R·T)). */
  arrheniusSum: number
}

/** The figures of a series in °C, to a thousandth of a degree; undefined when it is empty. */
export interface SeriesSummary {
  meanKineticTemperatureCelsius: number
  minimumCelsius: number
  maximumCelsius: number
  meanCelsius: number
}

export function emptyStatistics(): SeriesStatistics {
  return { count: 0, sumMilliCelsius: 0, minimumMilliCelsius: 0, maximumMilliCelsius: 0, arrheniusSum: 0 }
}

/** Adds one value, in place. */
export function addToStatistics(
  statistics: SeriesStatistics,
  milliCelsius: number,
  activationEnergyKilojoulePerMole: number,
): void {
  const isFirst = statistics.count === 0
  statistics.minimumMilliCelsius = isFirst
    ? milliCelsius
    : Math.min(statistics.minimumMilliCelsius, milliCelsius)
  statistics.maximumMilliCelsius = isFirst
    ? milliCelsius
    : Math.max(statistics.maximumMilliCelsius, milliCelsius)
  statistics.sumMilliCelsius += milliCelsius
  const kelvin = milliCelsius / 1000 + ZERO_CELSIUS_KELVIN
  statistics.arrheniusSum += Math.exp(
    -activationEnergyKilojoulePerMole / (GAS_CONSTANT_KILOJOULE_PER_MOLE_KELVIN * kelvin),
  )
  statistics.count++
}

function thousandths(celsius: number): number {
  return Math.round(celsius * 1000) / 1000
}

/** Mean kinetic temperature (Haynes' equation, USP <1079.2>), arithmetic mean, extremes. */
export function summarise(
  statistics: SeriesStatistics,
  activationEnergyKilojoulePerMole: number,
): SeriesSummary | undefined {
  if (statistics.count === 0) return undefined
  const kelvin =
    activationEnergyKilojoulePerMole /
    GAS_CONSTANT_KILOJOULE_PER_MOLE_KELVIN /
    -Math.log(statistics.arrheniusSum / statistics.count)
  return {
    meanKineticTemperatureCelsius: thousandths(kelvin - ZERO_CELSIUS_KELVIN),
    minimumCelsius: statistics.minimumMilliCelsius / 1000,
    maximumCelsius: statistics.maximumMilliCelsius / 1000,
    meanCelsius: thousandths(statistics.sumMilliCelsius / statistics.count / 1000),
  }
}
