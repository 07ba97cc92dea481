/** Reads the text reports of Berlinger loggers (Q-tag, Fridge-tag 2): test support, no part of the product. */

export interface LoggerSample {
  /** `2022-11-08 21:50`, in the logger's own clock. */
  time: string
  celsius: string
}

/** Every row of the log below `Data:`, in the order of the file. */
export function loggerSamples(text: string): LoggerSample[] {
  const log = text.slice(text.lastIndexOf('Data:')).replaceAll('\r', '')
  return [...log.matchAll(/^\t(\d{4}-\d\d-\d\d \d\d:\d\d)\t([+-]?\d+\.\d)\b/gm)].map((match) => ({
    time: match[1] as string,
    celsius: match[2] as string,
  }))
}

/** The log as `waypost condition` reads it; the logger's clock is taken for UTC. */
export function loggerCsv(text: string): string {
  const rows = loggerSamples(text).map((sample) => `${sample.time.replace(' ', 'T')}:00Z,${sample.celsius}`)
  return `time,temperatureCelsius\n${rows.join('\n')}\n`
}

export interface DayVerdict {
  /** `2022-05-12` */
  date: string
  /** [low, high]: minutes beyond, and when the alarm stood on that day (`14:55`) or undefined. */
  alarms: { minutes: number; at: string | undefined }[]
}

/** What a Fridge-tag says of each day, oldest last as in the file. */
export function dayVerdicts(text: string): DayVerdict[] {
  const history = text.slice(text.indexOf('Hist:')).replaceAll('\r', '')
  return [...history.matchAll(/^ {2}Date: (\S+)\n([\s\S]*?)^ {2}Int Sensor timeout:/gm)].map((day) => ({
    date: day[1] as string,
    alarms: [...(day[2] as string).matchAll(/^ {3}[01]:\n {4}t Acc: (\d+)(?:, TS A: (\d\d:\d\d))?/gm)].map(
      (alarm) => ({ minutes: Number(alarm[1]), at: alarm[2] }),
    ),
  }))
}
