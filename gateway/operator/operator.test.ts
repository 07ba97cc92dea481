import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { HelloMessage } from '#protocol/types.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { GatewayConfig } from '../config/types.ts'
import { silentLog } from '../log.ts'
import { Observer } from '../observe.ts'
import { startOperator } from './server.ts'
import type { Operator, OperatorSources, UplinkView } from './types.ts'

const START = Date.parse('2026-11-23T00:00:00Z')
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function uplink(changes: Partial<UplinkView> = {}): UplinkView {
  return {
    name: 'distribution',
    url: 'http://127.0.0.1:1/capture',
    backlog: 0,
    setAside: 0,
    oldestUtcMilliseconds: undefined,
    lastReceiptUtcMilliseconds: undefined,
    lastError: undefined,
    failing: false,
    ...changes,
  }
}

async function open(nodes: string[] = ['cold-room-1', 'dock-door-1'], warnings: string[] = []) {
  let now = START
  const clock: Clock = { ...systemClock, utcMilliseconds: () => now }
  const config = {
    checkpoints: [{ id: 'cold-room', expectedIntervalMilliseconds: 60_000, nodes: [{ node: nodes[0] }] }],
  } as unknown as GatewayConfig
  const observer = new Observer(clock, config, nodes)
  const uplinks = [uplink()]
  const sources: OperatorSources = {
    site: { id: 'x', name: 'Site <one> & "two"' },
    observer,
    uplinks: () => uplinks,
    warnings,
    clock,
    log: silentLog,
  }
  const operator: Operator = await startOperator({ host: '127.0.0.1', port: 0 }, sources)
  closers.push(() => operator.close())
  const get = async (path: string): Promise<string> => (await fetch(operator.url + path)).text()
  const hello = (node: string, changes: Partial<HelloMessage> = {}): void =>
    observer.session(
      '/dev/ttyUSB0',
      'serial',
      {
        kind: 'hello',
        node,
        board: 'PICO',
        firmware: '0.1.0',
        resetReason: 4,
        capabilities: 6,
        ...changes,
      } as HelloMessage,
      'aa',
      1,
    )
  return { operator, observer, uplinks, get, hello, advance: (milliseconds: number) => (now += milliseconds) }
}
const state = async (get: (path: string) => Promise<string>): Promise<[string, string]> => {
  const { nodes } = JSON.parse(await get('/api/nodes')) as { nodes: { state: string; reason: string }[] }
  return [nodes[0]!.state, nodes[0]!.reason]
}

describe('operator page', () => {
  it('gives each node a state word with its reason', async () => {
    const { observer, get, hello, advance } = await open()
    expect(await state(get)).toEqual(['never seen', 'nothing since the gateway started'])
    observer.linkState('/dev/ttyUSB0', 'serial', 'open')
    hello('cold-room-1')
    observer.frame('cold-room-1', '/dev/ttyUSB0', 'serial', 0)
    expect(await state(get)).toEqual(['reporting', 'within 1 min 0 s'])
    advance(90_000)
    expect(await state(get)).toEqual(['late', 'nothing for 1 min 30 s, expected every 1 min 0 s'])
    observer.linkState('/dev/ttyUSB0', 'serial', 'closed', 'SERIAL_CLOSED', 'unplugged')
    advance(90_001)
    expect(await state(get)).toEqual([
      'silent',
      'nothing for 3 min 0 s, expected every 1 min 0 s; link /dev/ttyUSB0 is closed',
    ])
    observer.refused('/dev/ttyUSB0', 'cold-room-1', 'HELLO_MAC', 'another key')
    expect((await state(get))[0]).toBe('refused')
    // A refusal of long ago must not hide that nothing at all has come since.
    advance(180_001)
    expect((await state(get))[0]).toBe('silent')
    observer.refused('/dev/ttyUSB0', 'cold-room-1', 'HELLO_MAC', 'another key')
    expect((await state(get))[0]).toBe('refused')
    advance(1)
    observer.frame('cold-room-1', '/dev/ttyUSB0', 'serial', 0)
    expect((await state(get))[0]).toBe('reporting')
  })

  it('says everything without JavaScript, in tables with headers, states in words', async () => {
    const { observer, uplinks, get, hello, advance } = await open()
    hello('cold-room-1')
    observer.frame('cold-room-1', '/dev/ttyUSB0', 'serial', 1)
    observer.frame('cold-room-1', '/dev/ttyUSB0', 'serial', 0)
    observer.clock('cold-room-1', 12.4, 3.2)
    uplinks[0] = uplink({
      backlog: 3,
      oldestUtcMilliseconds: START,
      lastReceiptUtcMilliseconds: START,
      lastError: { code: 'CAPTURE_SERVER', reason: 'HTTP 500', atUtcMilliseconds: START },
      failing: true,
    })
    observer.refused('mqtt', undefined, 'MQTT_AUTH_REFUSED', 'wrong password')
    advance(5_000)
    const html = await get('/')
    expect(html).toContain('<html lang="en">')
    expect(html).toMatch(/<strong>reporting<\/strong>/)
    expect(html).toMatch(/<strong>failing<\/strong> <small>HTTP 500/)
    expect(html).toContain('33.3 %')
    expect(html).toContain('12 ms <small>± 4 ms')
    expect(html).toContain('watchdog')
    expect(html).toContain('MQTT_AUTH_REFUSED')
    expect(html).toContain('Nodes: 1 reporting, 1 never seen. Uplinks: failing: distribution, 3 waiting.')
    expect(html).toMatch(/role="status" aria-live="polite"/)
    expect(html).toMatch(/<button id="pause"[^>]*aria-pressed="false"/)
    for (const [, body] of html.matchAll(/<tr>(.*?)<\/tr>/g))
      expect(body).toMatch(/<th scope="(row|col)"|colspan/)
    expect(html).not.toMatch(/<script>|<style|style="|onclick/)
  })

  it('never lets foreign text be markup', async () => {
    const { observer, get, hello } = await open()
    const evil = '<img src=x onerror="alert(1)">'
    hello('cold-room-1', { firmware: evil, board: evil })
    observer.refused(evil, evil, evil, evil)
    const html = await get('/')
    expect(html).not.toContain('<img')
    expect(html).toContain('Site &#60;one&#62; &#38; &#34;two&#34;')
  })

  it('forbids what it does not need, and strangers by name', async () => {
    const { operator } = await open()
    const answer = await fetch(operator.url)
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff')
    const { port } = new URL(operator.url)
    const raw = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write('GET /api/nodes HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
      )
      let text = ''
      socket.on('data', (data) => {
        text += data
      })
      socket.on('close', () => resolve(text))
    })
    expect(raw).toMatch(/^HTTP\/1\.1 421/)
    expect(raw).not.toContain('cold-room')
  })

  it('warns of what the configuration leaves open, and only then', async () => {
    const { get } = await open(['cold-room-1'], ['MQTT listens on <0.0.0.0> without TLS.'])
    expect(await get('/')).toContain('Warning:</strong> MQTT listens on &#60;0.0.0.0&#62; without TLS.')
    expect(await (await open()).get('/')).not.toContain('Warning:')
  })

  it('has metrics in base units and health', async () => {
    const { observer, get, hello, advance } = await open()
    hello('cold-room-1')
    observer.frame('cold-room-1', '/dev/ttyUSB0', 'serial', 2)
    observer.refused('mqtt', undefined, 'MQTT_PROTOCOL', 'x')
    advance(2_500)
    const text = await get('/metrics')
    expect(text).toContain('waypost_node_state{node="cold-room-1",state="reporting"} 1')
    expect(text).toContain('waypost_node_silence_seconds{node="cold-room-1"} 2.5')
    expect(text).toContain('waypost_node_frames_lost{node="cold-room-1"} 2')
    expect(text).toContain(
      'waypost_node_info{node="cold-room-1",board="PICO",firmware="0.1.0",checkpoint="cold-room"} 1',
    )
    expect(text).toContain('waypost_frames_refused{code="MQTT_PROTOCOL"} 1')
    expect(text).toContain('waypost_uplink_backlog{uplink="distribution"} 0')
    expect(text).not.toContain('process_cpu')
    expect(await get('/metrics')).toBe(text)
    expect(JSON.parse(await get('/healthz'))).toEqual({ status: 'ok', nodes: 2 })
  })

  it('sends live updates: the picture at once, then changes gathered', async () => {
    const { operator, observer, hello } = await open()
    const abort = new AbortController()
    const answer = await fetch(`${operator.url}/events`, { signal: abort.signal })
    expect(answer.headers.get('Content-Type')).toBe('text/event-stream')
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const until = async (what: string): Promise<void> => {
      while (!text.includes(what)) text += (await reader.read()).value ?? ''
    }
    await until('1\ndata: ')
    expect(text).toContain('never seen')
    for (let index = 0; index < 50; index += 1) {
      hello('cold-room-1')
      observer.frame('cold-room-1', '/dev/ttyUSB0', 'serial', 0)
    }
    await until('1 reporting')
    expect(text.match(/event: update/g)!.length).toBe(2)
    abort.abort()
  })

  it('says where it could not listen', async () => {
    const { operator } = await open()
    const port = Number(new URL(operator.url).port)
    await expect(startOperator({ host: '127.0.0.1', port }, {} as OperatorSources)).rejects.toMatchObject({
      code: 'OPERATOR_LISTEN',
    })
  })

  it('escapes ids of events so that a line break in a value cannot forge one', async () => {
    const { operator, hello } = await open()
    hello('cold-room-1', { firmware: 'a\n\nevent: update\ndata: {}' })
    const answer = await fetch(`${operator.url}/events`)
    const reader = answer.body!.getReader()
    let text = ''
    while (!text.includes('"refused"')) text += Buffer.from((await reader.read()).value!).toString()
    expect(text.match(/^event: update$/gm)).toHaveLength(1)
    await reader.cancel()
  })
})
