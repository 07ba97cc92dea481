/** The subset of EPCIS 2.0 (GS1 EPCIS/CBV 2.0, JSON-LD binding) that this gateway emits. */

export type SensorException = 'ALARM_CONDITION' | 'ERROR_CONDITION'

export interface SensorMetadata {
  /** With offset; never later than the event's time (EPCIS 2.0, M122). */
  startTime?: string
  endTime?: string
  time?: string
  deviceID?: string
  /** The limit that was used: Digital Link of a GDTI. */
  bizRules?: string
}

export interface SensorReport {
  /** GS1 measurement type. */
  type: 'Temperature' | 'RelativeHumidity'
  minValue?: number
  maxValue?: number
  meanValue?: number
  /** UN/ECE Rec 20: CEL degree Celsius, P1 percent. */
  uom?: 'CEL' | 'P1'
  exception?: SensorException
  /** With ERROR_CONDITION: the fault's name; a fault has no value. */
  stringValue?: string
}

/** An alarm of a rule profile inside the sensor element that shows it; see gateway/condition. */
export interface AlarmExtension {
  rule: string
  start: string
  fired: string
  end: string | null
  minutes: number
  extremeCelsius: number
}

export interface SensorElement {
  sensorMetadata: SensorMetadata
  sensorReport: SensorReport[]
  'waypost:alarm'?: AlarmExtension
}

export interface EpcisEvent {
  type: 'ObjectEvent'
  eventID: string
  eventTime: string
  eventTimeZoneOffset: string
  action: 'OBSERVE'
  bizStep: string
  disposition?: string
  persistentDisposition?: { set: string[] }
  epcList?: string[]
  readPoint: { id: string }
  bizLocation?: { id: string }
  sensorElementList?: SensorElement[]
  /** Half the width of the interval of UTC in which eventTime lies, rounded up. */
  'waypost:timeUncertaintyMilliseconds': number
  /** Node and sequences of its journal that the event rests on. */
  'waypost:source': { node: string; journalId: number; sequences: [first: number, last: number] }
}

export interface EpcisDocument {
  '@context': [string, { waypost: string }]
  type: 'EPCISDocument'
  schemaVersion: '2.0'
  creationDate: string
  epcisBody: { eventList: EpcisEvent[] }
}
