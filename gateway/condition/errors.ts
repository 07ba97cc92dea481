import type { ErrorEntry } from '#protocol/coded-error.ts'

/** Codes of gateway/condition: time series and rule profiles. */
export const CONDITION_ERRORS = {
  CONDITION_FILE_UNREADABLE: {
    means: 'The time series file does not exist or cannot be read.',
    action: 'Give the right path and check the permissions of the file.',
  },
  CONDITION_FILE_TOO_LARGE: {
    means: 'The time series is longer than the limit (64 MiB, 1,000,000 rows).',
    action: 'Split the file by day or by trip.',
  },
  CONDITION_CSV_MALFORMED: {
    means:
      'The file is not CSV: quotes that do not close, or a row with more or fewer fields than the header.',
    action: 'Correct the row that the message names.',
  },
  CONDITION_CSV_HEADER: {
    means: 'The first row is not `time,temperatureCelsius[,humidityPercent]`.',
    action: 'Name the columns exactly so, in this order.',
  },
  CONDITION_CSV_EMPTY: {
    means: 'The time series has no samples.',
    action: 'Give a file with at least one row below the header.',
  },
  CONDITION_TIME_INVALID: {
    means: 'A time is not ISO 8601 with date, time and an existing calendar day (no zone means UTC).',
    action: 'Write times like 2022-11-08T21:50:00Z.',
  },
  CONDITION_TIME_ORDER: {
    means: 'A time is not later than that of the row before.',
    action: 'Sort the rows by time and remove repeats.',
  },
  CONDITION_VALUE_INVALID: {
    means: 'A temperature or humidity is empty or not a decimal number.',
    action: 'Write numbers like 7.9; leave rows without a measurement out, so that they count as a gap.',
  },
  CONDITION_VALUE_RANGE: {
    means:
      'A temperature outside −150…+150 °C or a humidity outside 0…100 %: a missing-value code or a fault.',
    action: 'Leave such rows out; they are not measurements.',
  },
  PROFILES_UNREADABLE: {
    means: 'The file of rule profiles does not exist or cannot be read.',
    action: 'Correct profiles.file in the configuration, or remove it to use the packaged profiles.',
  },
  PROFILES_YAML: {
    means: 'The file of rule profiles is not valid YAML.',
    action: 'Correct the line that the message names.',
  },
  PROFILES_INVALID: {
    means: 'A rule profile has an unknown key, or a value of the wrong type or out of its range.',
    action:
      'Correct the value at the path that the message names; gateway/condition/profiles.yaml shows the form.',
  },
  PROFILE_LIMIT_URI: {
    means: "A profile's limitUri is not a canonical Digital Link of a GDTI with a right check digit.",
    action:
      'Use https://id.gs1.org/253/ with 13 digits, the last being the check digit, and a serial of up to 17.',
  },
  PROFILE_UNKNOWN: {
    means: 'No profile has this name.',
    action: 'Use one of the names that the message lists.',
  },
} as const satisfies Record<string, ErrorEntry>
