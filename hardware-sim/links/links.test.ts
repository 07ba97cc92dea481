import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SerialPort } from 'serialport'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKernel } from '../kernel/kernel.ts'
import { run } from '../kernel/run.ts'
import { InProcessNet } from './in-process-net.ts'
import { InProcessSerialLink } from './in-process-serial.ts'
import { PtySerialLink } from './pty-serial.ts'
import { TcpBridge } from './tcp-bridge.ts'
import type { SerialFarHandlers, SerialFarOpener, SerialLink } from './types.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-links-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The gateway's opener, as gateway/links/serial-port.ts has it. */
const openReal: SerialFarOpener = (path, baudRate, handlers) =>
  new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false })
    port.on('data', (bytes: Uint8Array) => handlers.bytes(bytes))
    port.on('close', () => handlers.closed('closed'))
    port.open((error) => {
      if (error) reject(error)
      else
        resolve({
          write: (bytes, done) => void port.write(bytes, () => done()),
          close: () => new Promise((finished) => (port.isOpen ? port.close(() => finished()) : finished())),
        })
    })
  })

async function settled(link: { outstanding(): number }): Promise<void> {
  for (let quiet = 0, turns = 0; quiet < 3; turns++) {
    if (turns > 200_000) throw new Error(`still outstanding: ${link.outstanding()}`)
    await new Promise((resolve) => setImmediate(resolve))
    quiet = link.outstanding() === 0 ? quiet + 1 : 0
  }
}

function collector(): SerialFarHandlers & { got: () => Buffer; closes: string[] } {
  const parts: Uint8Array[] = []
  const closes: string[] = []
  return {
    bytes: (bytes) => void parts.push(bytes.slice()),
    closed: (reason) => void closes.push(reason),
    got: () => Buffer.concat(parts),
    closes,
  }
}

describe.each([
  ['over a real pty', () => PtySerialLink.open('a', join(folder, 'ports', 'a')) as Promise<SerialLink>],
  ['in the process', async () => new InProcessSerialLink('a') as SerialLink],
])('a serial link %s', (_title, make) => {
  it('carries every byte both ways, in order, and knows what is on its way', async () => {
    const link = await make()
    const far = collector()
    const near: Uint8Array[] = []
    link.onData((bytes) => near.push(bytes.slice()))
    link.write(Uint8Array.of(1, 2, 3))
    const channel = await link.openFar(openReal, 115_200, far)
    const up = randomBytes(100_000)
    const down = randomBytes(100_000)
    up.set(Array.from({ length: 256 }, (_, i) => i))
    for (let at = 0; at < up.length; at += 500) {
      link.write(up.subarray(at, at + 500))
      channel.write(down.subarray(at, at + 500), () => undefined)
      if (at % 5000 === 0) await settled(link)
    }
    await settled(link)
    expect(far.got().equals(up)).toBe(true)
    expect(Buffer.concat(near).equals(down)).toBe(true)
    await channel.close()
    await link.close()
  })

  it('takes a megabyte at once without stopping the process that reads it', async () => {
    const link = await make()
    const far = collector()
    const channel = await link.openFar(openReal, 115_200, far)
    const noise = randomBytes(1_000_000)
    for (let at = 0; at < noise.length; at += 512) link.write(noise.subarray(at, at + 512))
    await settled(link)
    expect(far.got().equals(noise)).toBe(true)
    await channel.close()
    await link.close()
  })

  it('goes away and comes back under the same name', async () => {
    const link = await make()
    const far = collector()
    const channel = await link.openFar(openReal, 115_200, far)
    await link.cut()
    for (let i = 0; i < 300 && far.closes.length === 0; i++) await new Promise((r) => setTimeout(r, 10))
    expect(far.closes.length).toBe(1)
    await channel.close()
    link.write(Uint8Array.of(9))
    await expect(link.openFar(openReal, 115_200, collector())).rejects.toThrow()
    await link.restore()
    const again = collector()
    const second = await link.openFar(openReal, 115_200, again)
    link.write(Uint8Array.of(7, 8))
    await settled(link)
    expect([...again.got()]).toEqual([7, 8])
    await second.close()
    const third = collector()
    const reopened = await link.openFar(openReal, 115_200, third)
    link.write(Uint8Array.of(5))
    await settled(link)
    expect([...third.got()]).toEqual([5])
    await reopened.close()
    await link.close()
  })
})

describe('sockets of nodes', () => {
  it('cross real TCP while virtual time stands still', async () => {
    const kernel = createKernel({ seed: 1 })
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('data', (bytes) => socket.write(bytes))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const bridge = new TcpBridge('net', kernel.clock)
    const log: string[] = []
    const connection = bridge.connect('127.0.0.1', port, {
      connected: () => {
        log.push(`connected ${kernel.clock.nowMicroseconds()}`)
        connection.write(randomBytes(70_000))
      },
      data: (bytes) => {
        total += bytes.length
        if (total === 70_000) log.push(`all ${kernel.clock.nowMicroseconds()}`)
      },
      closed: () => log.push(`closed ${kernel.clock.nowMicroseconds()}`),
      error: (message) => log.push(message),
    })
    let total = 0
    kernel.clock.setTimeout(() => sockets[0]?.destroy(), 1000)
    await run(kernel, {
      untilMicroseconds: 2_000_000,
      outstanding: () => bridge.outstanding(),
      activity: () => bridge.activity(),
    })
    expect(log.slice(0, 2)).toEqual(['connected 2000', 'all 4000'])
    expect(log[2]).toMatch(/^closed/)
    const refused: string[] = []
    server.close()
    bridge.connect('127.0.0.1', port, {
      connected: () => refused.push('connected'),
      data: () => undefined,
      closed: () => refused.push('closed'),
      error: () => refused.push('error'),
    })
    await run(kernel, {
      untilMicroseconds: 3_000_000,
      outstanding: () => bridge.outstanding(),
      activity: () => bridge.activity(),
    })
    expect(refused).toEqual(['error', 'closed'])
    await bridge.close()
  })

  it('cross inside the process at exact times', async () => {
    const kernel = createKernel({ seed: 1 })
    const log: string[] = []
    const net = new InProcessNet('net', kernel.clock, (stream) => {
      stream.on('data', (bytes: Buffer) => stream.write(bytes))
    })
    const connection = net.connect('x', 1, {
      connected: () => connection.write(Uint8Array.of(1, 2)),
      data: (bytes) => log.push(`${[...bytes]} ${kernel.clock.nowMicroseconds()}`),
      closed: () => log.push('closed'),
      error: () => log.push('error'),
    })
    await run(kernel, { outstanding: () => net.outstanding(), activity: () => net.activity() })
    expect(log).toEqual(['1,2 4000'])
  })
})
