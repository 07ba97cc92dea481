import type { ArrivedAlarm } from '#hardware-sim/arrivals.ts'
import type { StoredAlert } from './stand-ins/safety-receiver.ts'

type Json = Record<string, unknown>

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : [])
const lastPart = (uri: unknown): string =>
  String((uri as Json | undefined)?.id ?? '')
    .split('/')
    .slice(-1)[0] ?? ''

/** One event that reached the distribution network, in a line. */
export function eventLine(event: Json): string {
  const epcs = list(event.epcList).length
  const parts = [`${String(event.bizStep)} at ${lastPart(event.readPoint)}`]
  if (epcs > 0) parts.push(`${epcs} EPC${epcs === 1 ? '' : 's'}`)
  for (const element of list(event.sensorElementList)) {
    for (const report of list(element.sensorReport)) parts.push(reportText(report))
    const alarm = element['waypost:alarm'] as ArrivedAlarm | undefined
    if (alarm !== undefined)
      parts.push(
        `ALARM ${alarm.rule} since ${alarm.start}, ${alarm.end === null ? 'running' : `ended ${alarm.end}`}`,
      )
  }
  return `${clockOf(String(event.eventTime))}  distribution  ${parts.join('; ')}`
}

function reportText(report: Json): string {
  const unit = report.uom === 'CEL' ? ' °C' : report.uom === 'P1' ? ' %' : ` ${String(report.uom ?? '')}`
  const exception = report.exception === undefined ? '' : ` ${String(report.exception)}`
  if (report.minValue === undefined) return `${String(report.type)}${exception}`
  return `${String(report.minValue)} … ${String(report.meanValue)} … ${String(report.maxValue)}${unit}${exception}`
}

/** One alert that the safety network took, in a line. */
export function alertLine({ alert }: StoredAlert): string {
  return `${clockOf(alert.sent)}  safety        CAP ${alert.msgType}, ${alert.severity ?? ''}: ${alert.headline ?? alert.event ?? ''}`
}

/** Time of day in UTC, whatever the offset in which it was written. */
const clockOf = (time: string): string => new Date(time).toISOString().slice(11, 19)

/** One alarm as the far end knows it in the end. */
export function alarmLine(alarm: ArrivedAlarm): string {
  const end = alarm.end === null ? 'running' : `ended ${alarm.end}`
  return `ALARM ${alarm.rule}: start ${alarm.start}, fired ${alarm.fired}, ${end}, ${alarm.minutes} min, extreme ${alarm.extremeCelsius} °C`
}

/** Seconds of virtual time for people. */
export function span(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
