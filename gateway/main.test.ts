import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '#test/support/manual-clock.ts'
import { contactRecord, sampleRecord } from '#test/support/node-client.ts'
import { TestGateway } from '#test/support/test-gateway.ts'
import { until } from '#test/support/until.ts'
import type { Logger } from './log.ts'

describe('a running gateway', () => {
  let test: TestGateway

  afterEach(() => test.end())

  it('a port that does not exist is coded, tried again, and does not stop the rest', async () => {
    const clock = new ManualClock()
    test = new TestGateway({ nodes: ['n1'], lines: ['/line', '/missing'], clock })
    test.lines.delete('/missing')
    await test.start()
    const missing = () => test.gateway.observer.links().find((view) => view.link === 'serial:/missing')
    expect(missing()).toMatchObject({ state: 'opening', code: 'SERIAL_OPEN_FAILED' })
    const node = test.client('/line', 'n1')
    node.hello()
    node.sendRecords([node.bootRecord()])
    await test.settled()
    expect(node.through).toBe(1)
    const since = missing()?.sinceUtcMilliseconds
    clock.advance(500)
    await test.settled()
    expect(missing()?.sinceUtcMilliseconds).not.toBe(since)
  })

  it('turns samples into effects in the outbox, once, over a restart', async () => {
    const clock = new ManualClock()
    const yaml = 'networks: { distribution: { url: "http://127.0.0.1:9", pollMilliseconds: 60000 } }'
    test = new TestGateway({ nodes: ['n1'], lines: ['/line'], clock, yaml })
    await test.start()
    const now = () => clock.monotonicMilliseconds()
    const node = test.client('/line', 'n1', { monotonicMilliseconds: now })
    node.hello()
    node.askTime()
    node.sendRecords([node.bootRecord()])
    let sequence = 2
    for (let minute = 0; minute < 80; minute++) {
      node.sendRecords([sampleRecord(sequence++, clock.monotonicMilliseconds(), minute > 5 ? 15_000 : 5_000)])
      await test.settled()
      clock.advance(60_000)
    }
    await test.settled()
    const size = test.gateway.store.outbox('distribution').size()
    expect(size).toBeGreaterThan(0)
    expect(test.gateway.findings(10).length).toBeGreaterThan(0)
    await test.restart()
    await test.settled()
    expect(test.gateway.store.outbox('distribution').size()).toBe(size)
    expect(test.gateway.records('n1').length).toBe(sequence - 1)
  })

  it('serves the operator page and lists what it refused', async () => {
    test = new TestGateway({ nodes: ['n1'], lines: ['/line'] })
    await test.start()
    const node = test.client('/line', 'n1')
    node.hello()
    node.sendRecords([node.bootRecord(), contactRecord(2, node.now())])
    await test.settled()
    expect(test.gateway.operatorUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+/)
    const answer = await fetch(new URL('/api/nodes', test.gateway.operatorUrl))
    const { nodes } = (await answer.json()) as { nodes: { node: string; recordsAccepted: number }[] }
    expect(nodes).toEqual([expect.objectContaining({ node: 'n1', recordsAccepted: 2 })])
  })

  it('warns on its page of an MQTT listener beyond this machine', async () => {
    test = new TestGateway({ nodes: ['n1'], lines: ['/line'] })
    await test.start()
    const page = async () => (await fetch(test.gateway.operatorUrl ?? '')).text()
    expect(await page()).not.toContain('Warning:')
    await test.end()
    test = new TestGateway({ nodes: ['n1'], mqtt: '{ host: 0.0.0.0, port: 0, plaintextLan: true }' })
    await test.start()
    expect(await page()).toMatch(/Warning:.*MQTT listens on 0\.0\.0\.0 without TLS/)
  })

  it('warns when others can read the keys, and leaves nothing open after close', async () => {
    const codes: unknown[] = []
    const note = (fields: Record<string, unknown>) => void codes.push(fields.code)
    const log: Logger = { debug: note, info: note, warn: note, error: note }
    const clock = new ManualClock()
    test = new TestGateway({ nodes: ['n1'], lines: ['/line', '/missing'], mqtt: true, clock, log })
    test.lines.delete('/missing')
    chmodSync(join(test.folder, 'keys.json'), 0o644)
    await test.start()
    expect(codes).toContain('KEYS_FILE_READABLE')
    await test.gateway.close()
    expect(clock.pending).toBe(0)
    expect(test.gateway.outstanding()).toBe(0)
    expect(test.gateway.mqttPort).toBeUndefined()
    expect(existsSync(join(test.folder, 'store', 'data.mdb'))).toBe(true)
    await test.start()
    await until(() => test.gateway.mqttPort !== undefined, 'the broker')
  })

  it('acknowledges what it has taken before it closes', async () => {
    test = new TestGateway({ nodes: ['n1'], lines: ['/line'] })
    await test.start()
    const node = test.client('/line', 'n1')
    node.hello()
    node.sendRecords([node.bootRecord(), contactRecord(2, node.now())])
    await test.gateway.close()
    expect(node.through).toBe(2)
    await test.start()
    expect(test.gateway.records('n1').length).toBe(2)
  })
})
