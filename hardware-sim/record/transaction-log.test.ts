import { describe, expect, it } from 'vitest'
import { ENTRIES_KEPT, TransactionLog } from './transaction-log.ts'
import type { TransactionEntry } from './types.ts'

const entry = (tMicroseconds: number): TransactionEntry => ({
  tMicroseconds,
  bus: 'i2c1',
  kind: 'i2c',
  part: 'sht',
  direction: 'write',
  hex: '2400',
  ack: true,
})

describe('transaction log', () => {
  it('writes one JSON line an entry, keys in fixed order whatever the order given', () => {
    const lines: string[] = []
    const log = new TransactionLog((line) => lines.push(line))
    log.sink(entry(5))
    log.sink({
      fault: 'nack',
      ack: false,
      hex: '',
      direction: 'read',
      part: 'p',
      kind: 'i2c',
      bus: 'b',
      tMicroseconds: 6,
    })
    expect(lines).toEqual([
      '{"tMicroseconds":5,"bus":"i2c1","kind":"i2c","part":"sht","direction":"write","hex":"2400","ack":true}\n',
      '{"tMicroseconds":6,"bus":"b","kind":"i2c","part":"p","direction":"read","hex":"","ack":false,"fault":"nack"}\n',
    ])
  })

  it('keeps only the last entries in memory', () => {
    const log = new TransactionLog()
    for (let i = 0; i < ENTRIES_KEPT + 10; i++) log.sink(entry(i))
    expect([log.count, log.entries.length, log.entries[0]?.tMicroseconds]).toEqual([
      ENTRIES_KEPT + 10,
      ENTRIES_KEPT,
      10,
    ])
  })
})
