import { describe, expect, it } from 'vitest'
import { ErrorFlag } from '#protocol/numbers.ts'
import type { EspruinoErrorFlag } from '../device-api.ts'
import { FakeClock } from '../drivers/testing/fakes.ts'
import { batteryMillivoltsOf, errorFlagBits, HealthTask } from './health.ts'
import { createTaskStatus, FakeSink } from './testing/fake-sink.ts'

function start() {
  const clock = new FakeClock()
  const sink = new FakeSink()
  const status = createTaskStatus()
  const natives: EspruinoErrorFlag[] = []
  const task = new HealthTask(
    clock,
    sink,
    status,
    {
      queueRecords: () => 5,
      recordsDropped: () => 2,
      resets: () => 17,
      resetReason: () => 1,
      linkRssiDbm: () => -63,
    },
    {
      intervalMilliseconds: 60000,
      memoryFreeVariables: () => 3000,
      errorFlags: () => natives.splice(0),
      batteryMillivolts: () => 3700,
    },
  )
  return { clock, sink, status, natives, task }
}

describe('health', () => {
  it('reports at start and once an interval, on the grid', () => {
    const { clock, sink, status, task } = start()
    status.framesSent = 9
    status.framesResent = 1
    task.start()
    expect(sink.health).toEqual([
      {
        atMilliseconds: 1000,
        batteryMillivolts: 3700,
        memoryFreeVariables: 3000,
        queueRecords: 5,
        resets: 17,
        resetReason: 1,
        errorFlags: 0,
        framesSent: 9,
        framesResent: 1,
        recordsDropped: 2,
        linkRssiDbm: -63,
      },
    ])
    clock.advance(59000)
    clock.now += 3000
    clock.advance(118000)
    expect(sink.health.map((each) => each.atMilliseconds)).toEqual([1000, 63000, 121000, 181000])
  })

  it('tells each flag once, the interpreter’s and ours', () => {
    const { clock, sink, status, natives, task } = start()
    status.errorFlags = ErrorFlag.readerSilent
    natives.push('FIFO_FULL', 'LOW_MEMORY')
    task.start()
    clock.advance(60000)
    expect(sink.health.map((each) => each.errorFlags)).toEqual([
      ErrorFlag.readerSilent | ErrorFlag.fifoFull | ErrorFlag.lowMemory,
      0,
    ])
    task.stop()
    expect(clock.timers).toHaveLength(0)
  })

  it('knows every flag of the interpreter', () => {
    const all: EspruinoErrorFlag[] = ['LOW_MEMORY', 'FIFO_FULL', 'MEMORY', 'CALLBACK', 'UART_OVERFLOW']
    expect(all.map((flag) => errorFlagBits([flag]))).toEqual([1, 2, 4, 256, 512])
    expect(errorFlagBits(['BUFFER_FULL', 'MEMORY_BUSY'])).toBe(6)
  })

  it('turns the converter’s level into millivolts of the battery', () => {
    expect(batteryMillivoltsOf(0.5, 3.3, 2000)).toBe(3300)
    expect(batteryMillivoltsOf(-0.1, 3.3, 2000)).toBe(0)
    expect(batteryMillivoltsOf(1, 3.3, 100000)).toBe(65535)
  })
})
