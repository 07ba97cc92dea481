import { describe, expect, it } from 'vitest'
import { Deframer, encodeFrame, frameWireBytes } from '#protocol/frame.ts'
import type { SerialPort } from '../device-api.ts'
import { createStatus } from '../platform.ts'
import { crcOf } from '../testing/fake-flash.ts'
import { bytesOf, textOf } from '../testing/fake-net.ts'
import { SerialLink } from './serial.ts'

function make() {
  const written: Uint8Array[] = []
  let onData: (text: string) => void = () => {}
  const port: SerialPort = {
    setup: () => {},
    write: (data) => written.push((data as Uint8Array).slice()),
    on: (_event, callback) => {
      onData = callback
    },
    removeAllListeners: () => {},
    setConsole: () => {},
  }
  const status = createStatus()
  const link = new SerialLink(port, status, crcOf, bytesOf)
  const got: number[][] = []
  let ups = 0
  link.open({
    onFrame: (frame) => {
      got.push([...frame])
      if (frame[0] === 66) throw new Error('poison')
    },
    onUp: () => {
      ups++
    },
    onDown: () => {},
  })
  return { link, status, written, got, receive: (bytes: number[]) => onData(textOf(bytes)), ups: () => ups }
}

function wireOf(frame: number[]): number[] {
  const out = new Uint8Array(frameWireBytes(frame.length))
  const work = new Uint8Array([...frame, 0, 0, 0, 0])
  return [...out.subarray(0, encodeFrame(out, work, frame.length, crcOf))]
}

describe('serial link', () => {
  it('is up at once and frames what it sends', () => {
    const t = make()
    expect(t.ups()).toBe(1)
    const buffer = new Uint8Array(516)
    buffer.set([1, 0, 2])
    expect(t.link.send(buffer, 3)).toBe(true)
    expect([...t.written[0]!]).toEqual(wireOf([1, 0, 2]))
    buffer.fill(7)
    expect(t.link.send(buffer, 512)).toBe(true)
    const back: number[] = []
    new Deframer(512, crcOf).push(t.written[1]!, (frame) => back.push(frame.length))
    expect(back).toEqual([512])
  })

  it('takes frames out of chunks and noise; a frame whose handler throws does not stop the next', () => {
    const t = make()
    const stream = [9, 9, ...wireOf([1]), ...wireOf([66]), 5, 0, 7, ...wireOf([0, 2, 0])]
    for (const byte of stream) t.receive([byte])
    t.receive([...wireOf([66]), ...wireOf([3])])
    expect(t.got).toEqual([[1], [66], [0, 2, 0], [66], [3]])
    expect(t.status.errorFlags & 256).toBe(256)
    t.receive(new Array<number>(100_000).fill(1))
    t.receive(wireOf([4]))
    t.receive(wireOf([5]))
    expect(t.got.at(-1)).toEqual([5])
    expect(t.link.deframer.oversize).toBe(1)
  })
})
