import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStatus } from '../platform.ts'
import { bytesOf, FakeNet, type FakeSocket, FakeWifi, textOf } from '../testing/fake-net.ts'
import { FakePlatform } from '../testing/fake-platform.ts'
import { MqttLink } from './mqtt.ts'
import { connectPacket, PacketReader } from './mqtt-packets.ts'

const CONNACK = [0x20, 2, 0, 0]
const SUBACK = [0x90, 3, 0, 1, 0]
const PINGRESP = [0xd0, 0]
const TOPIC = [...bytesOf('waypost/1/dock-1/down')]

/** A publish on the down topic, its frames with their length bytes. */
function publish(...frames: number[][]): number[] {
  const payload = frames.flatMap((frame) => [frame.length >> 8, frame.length & 255, ...frame])
  const length = 2 + TOPIC.length + payload.length
  const head = length < 128 ? [length] : [(length & 127) | 128, length >> 7]
  return [0x30, ...head, 0, TOPIC.length, ...TOPIC, ...payload]
}

function make(ssid = '') {
  const platform = new FakePlatform()
  const status = createStatus()
  const net = new FakeNet(platform)
  const wifi = new FakeWifi(platform)
  const log: string[] = []
  const frames: number[][] = []
  const link = new MqttLink(
    platform,
    status,
    { node: 'dock-1', password: 'p'.repeat(32), host: 'h', port: 1883, ssid, wifiPassword: 'w' },
    { net, wifi: ssid ? wifi : undefined, toBytes: bytesOf, toText: textOf },
  )
  const handlers = {
    onFrame: (frame: Uint8Array) => {
      frames.push([...frame])
      if (frame[0] === 255) throw new Error('poison')
    },
    onUp: () => log.push('up'),
    onDown: () => log.push('down'),
  }
  const last = (): FakeSocket => net.sockets.at(-1)!
  const up = (): void => {
    platform.advance(2)
    last().receive(CONNACK)
    last().receive(SUBACK)
  }
  const frame = new Uint8Array(516)
  return { platform, status, net, wifi, link, log, frames, handlers, last, up, frame }
}

describe('MQTT packets', () => {
  it('makes the CONNECT of the standard, clean session, will, user and password', () => {
    const packet = connectPacket({
      clientId: 'a',
      user: 'u',
      password: 'pw',
      willTopic: 'w',
      keepAliveSeconds: 300,
    })
    const expected = [0x10, 25, 0, 4, 77, 81, 84, 84, 4, 0xc6, 1, 44, 0, 1, 97, 0, 1, 119, 0, 0, 0, 1, 117]
    expect([...packet]).toEqual([...expected, 0, 2, 112, 119])
  })

  it('takes packets out of any pieces, passes over what is too large and goes on (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 10 }),
        (lengths, pieces) => {
          const stream = lengths.flatMap((n, i) => [
            0x30,
            ...(n < 128 ? [n] : [(n & 127) | 128, n >> 7]),
            ...new Array<number>(n).fill(i),
          ])
          const reader = new PacketReader(200)
          const got: number[][] = []
          for (let at = 0, k = 0; at < stream.length; k++) {
            const size = pieces[k % pieces.length]!
            reader.push(Uint8Array.from(stream.slice(at, at + size)), (_, body) => got.push([...body]))
            at += size
          }
          const fit = lengths.flatMap((n, i) => (n <= 200 ? [new Array<number>(n).fill(i)] : []))
          expect(got).toEqual(fit)
          expect(reader.oversize).toBe(lengths.length - fit.length)
          expect(reader.failed).toBe(false)
        },
      ),
    )
    const bad = new PacketReader(200)
    bad.push(new Uint8Array([0x30, 255, 255, 255, 255, 1]), () => {})
    expect(bad.failed).toBe(true)
  })
})

describe('MQTT link', () => {
  it('is up after CONNACK and SUBACK, publishes frames with their length, and takes several from one publish', () => {
    for (const mode of ['accepts', 'atOnce'] as const) {
      const t = make()
      t.net.mode = mode
      t.link.open(t.handlers)
      t.platform.advance(2)
      expect(t.last().types).toEqual([1])
      expect(t.link.send(t.frame, 3)).toBe(false)
      t.last().receive(CONNACK, 1)
      expect(t.last().types).toEqual([1, 8])
      expect(textOf(t.last().written[1]!)).toContain('waypost/1/dock-1/down')
      t.last().receive(SUBACK, 2)
      expect(t.log).toEqual(['up'])
      t.frame.set([7, 8, 9])
      expect(t.link.send(t.frame, 3)).toBe(true)
      const topic = 'waypost/1/dock-1/up'
      expect([...t.last().written[2]!]).toEqual([
        0x30,
        2 + topic.length + 5,
        0,
        topic.length,
        ...bytesOf(topic),
        0,
        3,
        7,
        8,
        9,
      ])
      t.last().receive([...publish([1, 2], [3]), ...publish([255], [4])], 7)
      expect(t.frames).toEqual([[1, 2], [3], [255], [4]])
      expect(t.status.errorFlags & 256).toBe(256)
      t.last().receive([0x30, 4, 0, 0, 0, 9])
      expect(t.status.framesRefused).toBe(1)
    }
  })

  it('takes a refused CONNACK and a refused subscription for what they are', () => {
    const t = make()
    t.link.open(t.handlers)
    t.platform.advance(2)
    t.last().receive([0x20, 2, 0, 5])
    expect([t.link.fault, t.link.returnCode, t.last().ended]).toEqual(['MQTT_REFUSED', 5, true])
    t.platform.advance(1300)
    t.last().receive(CONNACK)
    t.last().receive([0x90, 3, 0, 1, 0x80])
    expect(t.link.fault).toBe('MQTT_SUBSCRIBE_REFUSED')
    expect(t.log).toEqual([])
  })

  it('tries again with bounded backoff whatever happens, and leaves no listeners behind', () => {
    for (const mode of ['throws', 'errors', 'hangs'] as const) {
      const t = make()
      t.net.mode = mode
      t.link.open(t.handlers)
      t.platform.advance(1_000_000)
      const gaps = t.net.connectedAt.slice(1).map((at, i) => at - t.net.connectedAt[i]!)
      expect(gaps.length).toBeGreaterThan(12)
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(750)
      expect(Math.max(...gaps)).toBeLessThanOrEqual(90_001)
      expect(t.platform.pending).toBeLessThanOrEqual(2)
      for (const socket of t.net.sockets.slice(0, -1))
        expect([socket.ended, socket.listening]).toEqual([true, 0])
      t.net.mode = 'accepts'
      for (let i = 0; i < 200 && !t.net.sockets.some((s) => s.types.length === 1 && !s.ended); i++) {
        t.platform.advance(500)
      }
      t.up()
      expect(t.log).toEqual(['up'])
    }
  })

  it('pings, and takes a missing PINGRESP for a dead connection', () => {
    const t = make()
    t.link.open(t.handlers)
    t.up()
    for (let i = 0; i < 5; i++) {
      t.platform.advance(30_000)
      expect(t.last().types.filter((type) => type === 12)).toHaveLength(i + 1)
      t.last().receive(PINGRESP)
    }
    t.platform.advance(39_999)
    expect(t.log).toEqual(['up'])
    t.platform.advance(2)
    expect(t.log).toEqual(['up', 'down'])
    expect(t.link.fault).toBe('MQTT_NO_PINGRESP')
    expect(t.status.heldFlags & 128).toBe(128)
    t.platform.advance(1500)
    t.up()
    expect(t.log).toEqual(['up', 'down', 'up'])
    expect(t.status.heldFlags).toBe(0)
  })

  it('ends on a close, a malformed length and a lost network, and ignores an earlier socket', () => {
    const t = make('net')
    t.link.open(t.handlers)
    t.platform.advance(501)
    t.up()
    const first = t.last()
    const listeners = first.receive.bind(first)
    first.receive([0x30, 255, 255, 255, 255])
    expect([t.link.fault, t.log.at(-1)]).toEqual(['MQTT_MALFORMED', 'down'])
    t.platform.advance(1500)
    t.up()
    listeners(publish([1]))
    expect(t.frames).toEqual([])
    t.last().emit('close', false)
    expect(t.link.fault).toBe('MQTT_CLOSED')
    t.platform.advance(3000)
    t.up()
    expect(t.wifi.connects).toBe(1)
    t.wifi.lost()
    expect(t.link.fault).toBe('MQTT_WIFI')
    t.platform.advance(3000)
    t.up()
    expect(t.wifi.connects).toBe(2)
    expect(t.link.rssiDbm()).toBe(-61)
    // The ESPRUINOWIFI's module has no such function: health must go on without it.
    t.wifi.getDetails = undefined
    expect(t.link.rssiDbm()).toBe(0)
  })

  it('starts Wi-Fi first, tries it again, and anew after several connections failed over it', () => {
    const t = make('net')
    t.wifi.answers = ['bad password', undefined, null]
    t.link.open(t.handlers)
    t.platform.advance(60_000)
    expect([t.wifi.connects, t.net.sockets.length > 0]).toEqual([3, true])
    t.net.mode = 'errors'
    t.last().emit('close', true)
    t.platform.advance(300_000)
    expect(t.wifi.disconnects).toBeGreaterThan(0)
    expect(t.wifi.connects).toBeGreaterThan(3)
  })

  it('goes on trying when the Wi-Fi module throws', () => {
    const t = make('net')
    t.net.mode = 'errors'
    t.wifi.disconnect = () => {
      t.wifi.disconnects++
      throw new Error('no answer to AT+CWMODE')
    }
    t.link.open(t.handlers)
    for (let i = 0; i < 600; i++) {
      try {
        t.platform.advance(1000)
      } catch (_) {
        // An event's exception: the interpreter prints it and lives on.
      }
    }
    expect(t.wifi.disconnects).toBeGreaterThan(1)
    expect(t.net.connectedAt.at(-1)).toBeGreaterThan(500_000)
  })

  it('refuses frames while the socket does not drain', () => {
    const t = make()
    t.link.open(t.handlers)
    t.up()
    t.last().drains = false
    let sent = 0
    for (let i = 0; i < 100; i++) if (t.link.send(t.frame, 240)) sent++
    expect(sent).toBeGreaterThan(5)
    expect(sent).toBeLessThan(9)
    t.last().emit('drain', undefined)
    expect(t.link.send(t.frame, 240)).toBe(true)
  })
})
