import { checkCondition } from '#gateway/checks/index.ts'
import { initialConditionState, stepCondition } from '#gateway/condition/engine.ts'
import type { AlarmChange, ConditionProfile } from '#gateway/condition/types.ts'
import { eventIdOf } from '#gateway/epcis/document.ts'
import type { CapAlert } from '#gateway/safety/types.ts'
import { Quantity, SensorFault } from '#protocol/numbers.ts'
import type { SamplesRecord } from '#protocol/types.ts'
import { bucketOf, keepValue, mergeBuckets } from './buckets.ts'
import type { Instant, Work } from './context.ts'
import { quantityInEpcis, reportOf, sensorConfig, sensorElements } from './sensor-elements.ts'
import { ALARM_SPANS_A_SENSOR_MAXIMUM, SENSORS_A_NODE_MAXIMUM, type SensorState } from './types.ts'

const SENSOR_REPORTING = 'sensor_reporting'

const FAULT_NAMES: Record<number, string> = {
  [SensorFault.crc]: 'crc',
  [SensorFault.noAnswer]: 'no_answer',
  [SensorFault.powerOn]: 'power_on_value',
  [SensorFault.outOfRange]: 'out_of_range',
  [SensorFault.stuckBus]: 'stuck_bus',
  [SensorFault.notConfigured]: 'not_configured',
}

interface PlacedSample {
  sensor: number
  quantity: number
  value: number
  fault: number
  at: Instant
}

/** The samples of a record in order of time, then of sensor and quantity: the order of judgement. */
function placed(work: Work, record: SamplesRecord): PlacedSample[] {
  const samples: PlacedSample[] = []
  for (const series of record.series) {
    for (const sample of series.samples) {
      samples.push({
        sensor: series.sensor,
        quantity: series.quantity,
        value: sample.value,
        fault: sample.fault ?? SensorFault.none,
        at: work.instant(record.baseMilliseconds + sample.offsetMilliseconds),
      })
    }
  }
  const order = (a: PlacedSample, b: PlacedSample) =>
    a.at.milliseconds - b.at.milliseconds || a.sensor - b.sensor || a.quantity - b.quantity
  return samples.sort(order)
}

function profileOf(work: Work, sample: PlacedSample): ConditionProfile | undefined {
  if (sample.quantity !== Quantity.temperatureMilliCelsius) return undefined
  const name = sensorConfig(work.checkpoint, work.record.node, sample.sensor).profile
  return name === undefined ? undefined : work.options.profiles.get(name)
}

/** The state of the sample's sensor, copied for this record; undefined beyond the maximum. */
function sensorStateOf(work: Work, sample: PlacedSample, touched: Set<string>): SensorState | undefined {
  const { sensors } = work.state
  const key = `${sample.sensor}/${sample.quantity}`
  const known = sensors[key]
  if (known === undefined) {
    if (Object.keys(sensors).length >= SENSORS_A_NODE_MAXIMUM) return undefined
    sensors[key] = {
      sensor: sample.sensor,
      quantity: sample.quantity,
      profileKey: null,
      condition: null,
      buckets: [],
      window: null,
      alarmSpans: [],
      alerts: {},
      reportedFault: SensorFault.none,
      reportedFaultMilliseconds: 0,
    }
  } else if (!touched.has(key)) {
    sensors[key] = structuredClone(known)
  }
  touched.add(key)
  const state = sensors[key] as SensorState
  const profile = profileOf(work, sample)
  const profileKey =
    profile === undefined ? null : JSON.stringify([profile.id, profile.gapMinutes, profile.rules])
  if (state.profileKey !== profileKey) {
    // The configuration names another limit now: what was counted against the old one is void.
    state.profileKey = profileKey
    state.condition = profile === undefined ? null : initialConditionState(profile)
    state.alarmSpans = []
    state.alerts = {}
  }
  return state
}

/** Emits the report window, if there is anything in it, and begins without one. */
function flushWindow(work: Work): void {
  const { window } = work.state
  if (window === null) return
  work.state.window = null
  const parts = Object.values(work.state.sensors).flatMap((sensor) =>
    sensor.window === null ? [] : [{ sensor, bucket: sensor.window }],
  )
  if (parts.length === 0) return
  work.emit({
    atMilliseconds: Math.max(...parts.map((part) => part.bucket.toMilliseconds)),
    uncertaintyMilliseconds: work.instantUncertainty,
    journalId: window.journalId,
    firstSequence: window.firstSequence,
    bizStep: SENSOR_REPORTING,
    sensorElements: sensorElements(work, parts),
  })
  for (const [key, sensor] of Object.entries(work.state.sensors)) {
    work.state.sensors[key] = { ...sensor, window: null }
  }
}

/** Emits a window that no sample will end, because none came for two of its lengths. */
export function flushStaleWindow(work: Work): void {
  const { window, watermarkMilliseconds } = work.state
  if (window === null || watermarkMilliseconds === null) return
  const longest = 2 * work.checkpoint.dwell.reportEveryMilliseconds
  if (watermarkMilliseconds - window.startMilliseconds >= longest) flushWindow(work)
}

function alertOf(work: Work, sensor: SensorState, profile: ConditionProfile, change: AlarmChange): CapAlert {
  const { record, checkpoint } = work
  const isOver = change.change === 'ended'
  const sentUtcMilliseconds = Math.floor(record.receivedUtcMilliseconds / 1000) * 1000
  const name = eventIdOf(record.node, record.journalId, ['alert', record.sequence, work.alerts.length])
  const identifier = `waypost-${name.slice('urn:uuid:'.length)}`
  const first = sensor.alerts[change.rule.id]
  const { deviceId } = sensorConfig(checkpoint, record.node, sensor.sensor)
  return {
    messageType: isOver && first !== undefined ? 'Update' : 'Alert',
    identifier,
    sentUtcMilliseconds,
    ...(isOver && first !== undefined ? { references: first } : {}),
    checkpoint: checkpoint.id,
    readPoint: checkpoint.readPoint,
    node: record.node,
    sensor: sensor.sensor,
    ...(deviceId === undefined ? {} : { deviceId }),
    profile: profile.id,
    profileTitle: profile.title,
    limitUri: profile.limitUri,
    side: change.rule.side,
    limitMilliCelsius: change.rule.limitMilliCelsius,
    ...change.alarm,
  }
}

function rememberSpan(sensor: SensorState, change: AlarmChange): void {
  const { alarm, rule } = change
  if (change.change === 'ended') {
    const span = sensor.alarmSpans.find((one) => one.rule === rule.id && one.toMilliseconds === null)
    if (span !== undefined) span.toMilliseconds = Date.parse(alarm.end as string)
    delete sensor.alerts[rule.id]
    return
  }
  sensor.alarmSpans.push({
    rule: rule.id,
    fromMilliseconds: Date.parse(alarm.start),
    // Exposure that has been summed up does not pass to goods that come later.
    toMilliseconds: rule.kind === 'cumulative' ? Date.parse(alarm.fired) : null,
  })
  if (sensor.alarmSpans.length > ALARM_SPANS_A_SENSOR_MAXIMUM) sensor.alarmSpans.shift()
}

/** An alarm fired or ended: event, alert and findings at once. */
function takeAlarm(work: Work, sensor: SensorState, profile: ConditionProfile, change: AlarmChange): void {
  const { statistics } = change
  const bucket = {
    fromMilliseconds: statistics.startSeconds * 1000,
    toMilliseconds: statistics.lastSeconds * 1000,
    minimum: statistics.minimumMilliCelsius,
    maximum: statistics.maximumMilliCelsius,
    sum: statistics.meanMilliCelsius,
    count: 1,
  }
  const [element] = sensorElements(work, [{ sensor, bucket, exception: 'ALARM_CONDITION' }])
  if (element === undefined) return
  const event = work.emit({
    atMilliseconds: bucket.toMilliseconds,
    uncertaintyMilliseconds: work.instantUncertainty,
    journalId: work.record.journalId,
    firstSequence: work.record.sequence,
    bizStep: SENSOR_REPORTING,
    sensorElements: [{ ...element, 'waypost:alarm': { ...change.alarm } }],
  })
  const alert = alertOf(work, sensor, profile, change)
  work.alerts.push(alert)
  rememberSpan(sensor, change)
  if (change.change === 'fired' && change.rule.kind === 'single') {
    const { identifier, sentUtcMilliseconds } = alert
    sensor.alerts[change.rule.id] = { identifier, sentUtcMilliseconds }
  }
  work.findings.push(
    ...checkCondition({
      change,
      profile,
      node: work.record.node,
      checkpoint: work.checkpoint.id,
      epcs: Object.keys(work.state.dwells),
      events: [event.eventID],
    }),
  )
}

/** A fault is told once when it begins or changes, and again each report interval while it lasts. */
function takeFault(work: Work, sensor: SensorState, sample: PlacedSample): void {
  const since = sample.at.milliseconds - sensor.reportedFaultMilliseconds
  const isKnown = sensor.reportedFault === sample.fault
  if (isKnown && since < work.checkpoint.dwell.reportEveryMilliseconds) return
  sensor.reportedFault = sample.fault
  sensor.reportedFaultMilliseconds = sample.at.milliseconds
  const { deviceId } = sensorConfig(work.checkpoint, work.record.node, sample.sensor)
  const { type } = reportOf(sample.quantity, bucketOf(0, 0))
  const stringValue = FAULT_NAMES[sample.fault] ?? `fault_${sample.fault}`
  const event = work.emit({
    atMilliseconds: sample.at.milliseconds,
    uncertaintyMilliseconds: sample.at.uncertaintyMilliseconds,
    journalId: work.record.journalId,
    firstSequence: work.record.sequence,
    bizStep: SENSOR_REPORTING,
    sensorElements: [
      {
        sensorMetadata: {
          time: work.time(sample.at.milliseconds),
          ...(deviceId === undefined ? {} : { deviceID: deviceId }),
        },
        sensorReport: [{ type, exception: 'ERROR_CONDITION', stringValue }],
      },
    ],
  })
  work.findings.push({
    check: 'C6',
    severity: 'warn',
    epcs: [],
    epcsInAll: 0,
    events: [event.eventID],
    rule: stringValue,
    confidence: 1,
    standardWord: 'ERROR_CONDITION',
    message: `sensor ${sample.sensor} (${type}) answers with a fault: ${stringValue}`,
    node: work.record.node,
    checkpoint: work.checkpoint.id,
    atUtcMilliseconds: sample.at.milliseconds,
  })
}

/** Takes every sample of a record: report windows, alarms, faults, and the values that dwells will need. */
export function takeSamples(work: Work, record: SamplesRecord): void {
  const { state } = work
  const touched = new Set<string>()
  const starts = [...Object.values(state.dwells), ...state.closing].map((dwell) => dwell.firstMilliseconds)
  for (const sample of placed(work, record)) {
    const sensor = quantityInEpcis(sample.quantity) && sensorStateOf(work, sample, touched)
    if (sensor === undefined) {
      state.counters.ignoredSamples++
      continue
    }
    const atMilliseconds = sample.at.milliseconds
    const isFault = sample.fault !== SensorFault.none
    const profile = profileOf(work, sample)
    if (isFault) takeFault(work, sensor, sample)
    else {
      if (
        state.window !== null &&
        atMilliseconds - state.window.startMilliseconds >= work.checkpoint.dwell.reportEveryMilliseconds
      ) {
        flushWindow(work)
      }
      state.window ??= {
        startMilliseconds: atMilliseconds,
        journalId: work.record.journalId,
        firstSequence: work.record.sequence,
      }
    }
    // flushWindow puts fresh objects in place of the sensors.
    const current = state.sensors[`${sample.sensor}/${sample.quantity}`] as SensorState
    if (!isFault) {
      const bucket = bucketOf(atMilliseconds, sample.value)
      current.window = current.window === null ? bucket : mergeBuckets(current.window, bucket)
      keepValue(
        current,
        atMilliseconds,
        sample.value,
        starts.reduce((a, b) => Math.min(a, b), atMilliseconds),
      )
    }
    if (profile === undefined || current.condition === null) continue
    const result = stepCondition(profile, current.condition, {
      utcMilliseconds: atMilliseconds,
      temperatureMilliCelsius: isFault ? undefined : sample.value,
    })
    for (const change of result.changes) takeAlarm(work, current, profile, change)
  }
}
