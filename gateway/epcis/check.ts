import { offsetMinutes } from './document.ts'
import type { EpcisEvent, SensorElement, SensorReport } from './types.ts'

/** What is wrong with an event of our own; the official schema would take all of it. */
export interface EventFault {
  path: string
  message: string
}

const UNIT_OF: Record<SensorReport['type'], SensorReport['uom']> = {
  Temperature: 'CEL',
  RelativeHumidity: 'P1',
}

function checkReport(report: SensorReport, path: string, faults: EventFault[]): void {
  const { minValue, maxValue, meanValue } = report
  const values = [minValue, maxValue, meanValue].filter((value) => value !== undefined)
  if (report.exception === 'ERROR_CONDITION') {
    if (values.length > 0) faults.push({ path, message: 'a sensor fault carries a value' })
    if (report.stringValue === undefined) faults.push({ path, message: 'a sensor fault has no name' })
    return
  }
  if (minValue === undefined || maxValue === undefined || meanValue === undefined) {
    faults.push({ path, message: 'a report without minValue, maxValue and meanValue' })
    return
  }
  if (!values.every(Number.isFinite)) faults.push({ path, message: 'a value is not a finite number' })
  if (!(minValue <= meanValue && meanValue <= maxValue)) {
    faults.push({
      path,
      message: `not minValue ≤ meanValue ≤ maxValue: ${minValue}, ${meanValue}, ${maxValue}`,
    })
  }
  if (report.uom !== UNIT_OF[report.type]) {
    faults.push({ path, message: `${report.type} in ${report.uom ?? 'no unit'}` })
  }
}

function checkElement(element: SensorElement, path: string, eventTime: number, faults: EventFault[]): void {
  const { startTime, endTime, time } = element.sensorMetadata
  const hasInterval = startTime !== undefined && endTime !== undefined
  if (!hasInterval && time === undefined) faults.push({ path, message: 'no time of measurement' })
  if (hasInterval && Date.parse(startTime) > Date.parse(endTime)) {
    faults.push({ path, message: 'startTime is after endTime' })
  }
  for (const one of [startTime, endTime, time]) {
    if (one !== undefined && !(Date.parse(one) <= eventTime)) {
      faults.push({ path, message: 'a sensor time is after eventTime' })
    }
  }
  if (element.sensorReport.length === 0) faults.push({ path, message: 'no sensorReport' })
  element.sensorReport.forEach((report, index) => {
    checkReport(report, `${path}/sensorReport/${index}`, faults)
  })
  const alarm = element['waypost:alarm']
  if (alarm === undefined) return
  const isOrdered =
    alarm.start <= alarm.fired && (alarm.end === null || Date.parse(alarm.fired) <= Date.parse(alarm.end))
  if (!isOrdered) faults.push({ path: `${path}/waypost:alarm`, message: 'not start ≤ fired ≤ end' })
}

/**
 * Judges an event before it goes into an outbox: units, order of values and times, offset, repeats. An event
 * with a fault is a defect of ours; it must not leave.
 */
export function checkEvent(event: EpcisEvent): EventFault[] {
  const faults: EventFault[] = []
  const eventTime = Date.parse(event.eventTime)
  if (Number.isNaN(eventTime)) faults.push({ path: '/eventTime', message: 'not a time' })
  if (offsetMinutes(event.eventTimeZoneOffset) === undefined) {
    faults.push({ path: '/eventTimeZoneOffset', message: 'not an offset' })
  }
  if (!event.eventTime.endsWith(event.eventTimeZoneOffset)) {
    faults.push({ path: '/eventTimeZoneOffset', message: "differs from eventTime's own offset" })
  }
  const epcs = event.epcList ?? []
  if (new Set(epcs).size !== epcs.length) faults.push({ path: '/epcList', message: 'an EPC stands twice' })
  const elements = event.sensorElementList ?? []
  if (epcs.length === 0 && elements.length === 0) faults.push({ path: '', message: 'nothing was observed' })
  elements.forEach((element, index) => {
    checkElement(element, `/sensorElementList/${index}`, eventTime, faults)
  })
  return faults
}
