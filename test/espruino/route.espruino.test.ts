import { expect, it } from 'vitest'
import { buildFirmware } from '#firmware/toolchain/build.ts'
import type { StoredRecord } from '#gateway/intake/types.ts'
import { type RouteRun, runOnInterpreter, runOnV8 } from './route.ts'

/** Real seconds of the interpreter's run; the V8 run takes none. */
const SECONDS = 20
/** Reads records that are compared; the last one or two may not have arrived when the run ends. */
const READS_COMPARED = 7

/** What a record says apart from its instants, counts and signal strengths, which real time decides. */
function essence({ record }: StoredRecord): unknown {
  if (record.kind === 'reads') {
    const reads = record.reads.map((read) => ({
      idKind: read.idKind,
      id: Buffer.from(read.id).toString('hex'),
      antenna: read.antenna,
      protocolControl: read.protocolControl,
    }))
    return { kind: 'reads', reader: record.reader, reads: reads.sort((a, b) => (a.id < b.id ? -1 : 1)) }
  }
  if (record.kind === 'health')
    return {
      kind: 'health',
      resets: record.resets,
      dropped: record.recordsDropped,
      reason: record.resetReason,
    }
  if (record.kind === 'boot') return { kind: 'boot', bootRef: record.bootRef, reason: record.resetReason }
  return { kind: record.kind }
}

function ofKind(run: RouteRun, kind: string): unknown[] {
  return run.records.filter(({ record }) => record.kind === kind).map(essence)
}

it('the gateway receives the same records from the interpreter as from V8', async () => {
  const { code } = await buildFirmware('PICO')
  const v8 = await runOnV8(code, SECONDS)
  const interpreter = await runOnInterpreter(code, SECONDS)
  process.stdout.write(
    `espruino: ${interpreter.records.length} records from the interpreter, ${v8.records.length} from V8\n`,
  )
  expect({ v8: v8.trouble, interpreter: interpreter.trouble }).toEqual({ v8: [], interpreter: [] })
  const epcs = ['30143639f84191ad22900001', '30143639f84191ad22900002', '3434257bf7194e4000001a85']
  for (const run of [v8, interpreter]) {
    expect(ofKind(run, 'boot')).toHaveLength(1)
    expect(ofKind(run, 'reads')[1]).toMatchObject({ reads: epcs.map((id) => ({ id, antenna: 1 })) })
    const sequences = run.records.map(({ record }) => record.sequence)
    expect(sequences).toEqual(sequences.map((_, index) => index + 1))
    expect(ofKind(run, 'reads').length).toBeGreaterThanOrEqual(READS_COMPARED)
  }
  expect(ofKind(interpreter, 'boot')).toEqual(ofKind(v8, 'boot'))
  // This node has a reader and nothing else, and drops nothing: any such record would be an invention.
  for (const run of [v8, interpreter])
    for (const kind of ['tombstone', 'contact', 'samples']) expect(ofKind(run, kind), kind).toEqual([])
  expect(ofKind(interpreter, 'health').slice(0, 2)).toEqual(ofKind(v8, 'health').slice(0, 2))
  // The first interval begins while the reader starts.
  expect(ofKind(interpreter, 'reads').slice(1, READS_COMPARED)).toEqual(
    ofKind(v8, 'reads').slice(1, READS_COMPARED),
  )
})
