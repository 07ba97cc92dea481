import type { PlacedRecord } from '#gateway/intake/types.ts'
import { CodedError } from '#protocol/coded-error.ts'
import type { Recorded } from '#protocol/types.ts'
import { Work } from './context.ts'
import { closeDwells, takeReads } from './dwells.ts'
import { INTERPRET_ERRORS } from './errors.ts'
import { flushStaleWindow, takeSamples } from './samples.ts'
import type { Effects, InterpretCheckpoint, Interpreter, InterpretOptions, NodeState } from './types.ts'

export type { Effects, Interpreter, NodeState } from './types.ts'

function initialState(): NodeState {
  return {
    version: 1,
    watermarkMilliseconds: null,
    readsSpanMilliseconds: 0,
    dwells: {},
    closing: [],
    sensors: {},
    window: null,
    counters: { refusedEpcs: 0, earlyCloses: 0, ignoredSamples: 0 },
  }
}

/** Latest node time that a record speaks of; undefined for records about the journal itself. */
/** A record cannot tell of what has not happened; so much is left to clocks (domain: boot known … now + 5 min). */
const FUTURE_MILLISECONDS = 300_000

function latestMilliseconds(record: Recorded): number | undefined {
  switch (record.kind) {
    case 'reads':
      return record.startMilliseconds + record.durationMilliseconds
    case 'samples': {
      let latest = 0
      for (const series of record.series) {
        for (const sample of series.samples) latest = Math.max(latest, sample.offsetMilliseconds)
      }
      return record.baseMilliseconds + latest
    }
    case 'contact':
    case 'health':
      return record.atMilliseconds
    case 'tombstone':
    case 'boot':
      return undefined
  }
}

function advance(work: Work, monotonicMilliseconds: number | undefined): void {
  if (monotonicMilliseconds === undefined) return
  const at = work.instant(monotonicMilliseconds)
  work.instantUncertainty = at.uncertaintyMilliseconds
  const before = work.state.watermarkMilliseconds
  work.state.watermarkMilliseconds = before === null ? at.milliseconds : Math.max(before, at.milliseconds)
}

/**
 * A node whose clock jumped would move its own record time for good, and every later dwell would close at
 * once.
 * @throws CodedError RECORD_IN_FUTURE
 */
function refuseFuture(placed: PlacedRecord, monotonicMilliseconds: number | undefined): void {
  if (monotonicMilliseconds === undefined) return
  const { earliestMilliseconds } = placed.utcOf(monotonicMilliseconds)
  const ahead = earliestMilliseconds - placed.receivedUtcMilliseconds
  if (ahead <= FUTURE_MILLISECONDS) return
  throw new CodedError('RECORD_IN_FUTURE', `an instant ${Math.round(ahead / 1000)} s after the record came`, {
    where: `${placed.node}, record ${placed.sequence}`,
    action: INTERPRET_ERRORS.RECORD_IN_FUTURE.action,
  })
}

/**
 * Turns the records of nodes into events, alerts and findings. Time is the nodes' own: a dwell closes when a
 * later record of the same node shows that time has passed, never by a timer, so that a replay of the same
 * records has the same effects.
 * @throws CodedError INTERPRET_CONFIG when a sensor names a profile that does not exist
 */
export function createInterpreter(options: InterpretOptions): Interpreter {
  const checkpointOf = new Map<string, InterpretCheckpoint>()
  for (const checkpoint of options.checkpoints) {
    for (const node of checkpoint.nodes) {
      checkpointOf.set(node.node, checkpoint)
      for (const sensor of node.sensors) {
        if (sensor.profile === undefined || options.profiles.has(sensor.profile)) continue
        throw new CodedError('INTERPRET_CONFIG', `no rule profile ${JSON.stringify(sensor.profile)}`, {
          where: `checkpoints ${checkpoint.id}, node ${node.node}, sensor ${sensor.sensor}`,
          action: `use one of ${[...options.profiles.keys()].join(', ')}`,
        })
      }
    }
  }
  function accept(placed: PlacedRecord, state: NodeState = initialState()): Effects {
    const checkpoint = checkpointOf.get(placed.node)
    // A node without a checkpoint is nobody's: its records stay in the intake and cause nothing.
    if (checkpoint === undefined) return { state, events: [], alerts: [], findings: [] }
    const next: NodeState = {
      ...state,
      dwells: { ...state.dwells },
      closing: [...state.closing],
      sensors: { ...state.sensors },
      counters: { ...state.counters },
    }
    const work = new Work(placed, next, options, checkpoint)
    const { record } = placed
    refuseFuture(placed, latestMilliseconds(record))
    if (record.kind === 'reads') {
      // First what this record's beginning leaves behind: a tag that is back after long dwells anew.
      advance(work, record.startMilliseconds)
      closeDwells(work)
      takeReads(work, record)
    } else if (record.kind === 'samples') {
      advance(work, record.baseMilliseconds)
      takeSamples(work, record)
    }
    advance(work, latestMilliseconds(record))
    closeDwells(work)
    flushStaleWindow(work)
    return { state: next, events: work.events, alerts: work.alerts, findings: work.findings }
  }
  return { initialState, accept }
}
