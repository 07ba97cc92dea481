import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { genibusCrc } from '../crc16.ts'
import { FakeClock, FakeSerial, hexOf, textOf } from '../testing/fakes.ts'
import type { ReaderFault, TagSighting } from '../types.ts'
import { connect } from './r200.ts'
import { R200_WAITING_MAXIMUM, R200Parser, r200Command } from './r200-frames.ts'

// From the protocol document and field logs (parts page, checksums and tag CRCs verified there).
const TAGS: [string, string, number, number][] = [
  ['bb02220011c934003075 1feb705c5904e3d50d70 3a76ef7e', '30751feb705c5904e3d50d70', 0x3400, -55],
  ['bb02220011c43000e200001d7315016521408fc6b83ec27e', 'e200001d7315016521408fc6', 0x3000, -60],
  ['bb02220011cb3400e200471bb00060130 4450 9d09582d47e', 'e200471bb0006013044509d0', 0x3400, -53],
]
const NO_TAG = 'bb01ff000115167e'
const REGION_OK = 'bb0107000100097e'
const POWER_OK = 'bb01b600010 0b87e'.replace(' ', '')
const POLL = 'bb00220000227e'
const SET_REGION = 'bb000700010 60e7e'.replace(' ', '')
const SET_POWER = 'bb00b6000207d08f7e'
const [TAG_A, TAG_B, TAG_C] = TAGS.map(([bytes]) => bytes.replaceAll(' ', '')) as [string, string, string]

function parse(pieces: string[], idle = false) {
  const frames: string[] = []
  const parser = new R200Parser((frame) => {
    frames.push(
      `${frame.type}/${frame.command.toString(16)}/${hexOf(frame.text.substring(frame.at, frame.at + frame.length))}`,
    )
  })
  for (const piece of pieces) {
    parser.push(textOf(piece))
    expect(parser.waiting.length).toBeLessThan(R200_WAITING_MAXIMUM)
  }
  if (idle) parser.idle()
  return { frames, parser }
}

function start() {
  const clock = new FakeClock()
  const port = new FakeSerial()
  const reader = connect(port, { clock, region: 6, powerCentiDbm: 2000 })
  const seen: TagSighting[] = []
  reader.onSighting = (sighting) => seen.push({ ...sighting, epc: hexOf(sighting.epc) })
  const faults: ReaderFault[] = []
  const poll = () => reader.poll((fault) => faults.push(fault))
  /** A module that answers settings, and polls with what is next in the list. */
  const rounds: string[][] = []
  port.onWrite = (hex) => {
    if (hex === SET_REGION) clock.setTimeout(() => port.receive(REGION_OK), 5)
    if (hex === SET_POWER) clock.setTimeout(() => port.receive(POWER_OK), 5)
    if (hex !== POLL) return
    const answers = rounds.shift() ?? []
    for (let i = 0; i < answers.length; i++)
      clock.setTimeout(() => port.receive(answers[i] ?? ''), 20 + i * 18)
  }
  return { clock, port, reader, seen, faults, poll, rounds }
}

describe('R200 commands', () => {
  it('equal the document', () => {
    expect(hexOf(r200Command(0x22, ''))).toBe(POLL)
    expect(hexOf(r200Command(0xb6, textOf('07d0')))).toBe(SET_POWER)
    expect(hexOf(r200Command(0x07, textOf('01')))).toBe('bb00070001 01097e'.replace(' ', ''))
    expect(hexOf(r200Command(0x0c, textOf('01000000206000' + '30751feb705c5904e3d50d70')))).toBe(
      'bb000c001301000000206000' + '30751feb705c5904e3d50d70' + 'ad7e',
    )
  })
})

describe('R200 frames', () => {
  it('come out whole from any pieces', () => {
    const stream = TAG_A + NO_TAG + TAG_B + POWER_OK + TAG_C
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
        const pieces: string[] = []
        let at = 0
        for (let i = 0; at < stream.length; i++) {
          const size = (sizes[i % sizes.length] ?? 1) * 2
          pieces.push(stream.slice(at, at + size))
          at += size
        }
        const { frames, parser } = parse(pieces)
        expect(frames).toHaveLength(5)
        expect(parser.discarded).toBe(0)
        expect(parser.waiting).toBe('')
      }),
    )
  })

  it('may hold BB and 7E', () => {
    const inside = hexOf(r200Command(0x22, textOf('bb7ebb7e0d'))).replace('bb00', 'bb01')
    // TYPE went from 0 to 1, and so the sum.
    const sum = (Number.parseInt(inside.slice(-4, -2), 16) + 1).toString(16).padStart(2, '0')
    const { frames } = parse([`${TAG_A + inside.slice(0, -4) + sum}7e${TAG_B}`])
    expect(frames[1]).toBe('1/22/bb7ebb7e0d')
    expect(frames).toHaveLength(3)
  })

  it('are found again behind garbage, a cut frame and a wrong length', () => {
    const cut = TAG_A.slice(0, 20)
    const wrongLength = TAG_A.replace('bb02220011', 'bb02220031')
    expect(parse([`00ff7ebbbb${TAG_B}`]).frames).toHaveLength(1)
    expect(parse([cut + TAG_B + TAG_C]).frames).toHaveLength(2)
    expect(parse([wrongLength + TAG_B + TAG_C], true).frames).toHaveLength(2)
    expect(parse([TAG_A.replace('c934', 'c834') + TAG_B]).frames).toHaveLength(1)
  })

  it('with the wrong example checksum of the document are refused', () => {
    expect(parse(['bb01ff000110 0a7e'.replace(' ', ''), 'bb01ff000110117e'])).toMatchObject({
      frames: ['1/ff/10'],
    })
  })

  it('are not lost behind noise of any kind, and what waits is bounded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const { frames } = parse([hexOf(noise), TAG_A, NO_TAG, TAG_B], true)
        // Noise may begin a frame that swallows what follows only if its checksum is right.
        expect(
          frames.filter((each) => each.startsWith('2/22/c9') || each.startsWith('2/22/c4')),
        ).toHaveLength(2)
      }),
    )
  })

  it('are judged the same when their text is known already', () => {
    const wrongRssi = TAG_A.replace('c934', 'c834')
    expect(parse([TAG_A, wrongRssi, TAG_A, wrongRssi]).frames).toHaveLength(2)
    expect(parse([wrongRssi, TAG_A]).parser.known).toHaveLength(1)
  })

  it('of more tags than are remembered are all read, and the memory is bounded', () => {
    const stream: string[] = []
    for (let n = 0; n < 200; n++) {
      const frame = hexOf(
        r200Command(0x22, textOf(`c93400${n.toString(16).padStart(4, '0')}aabbccddeeff1122`)),
      )
      const sum = (Number.parseInt(frame.slice(-4, -2), 16) + 2) & 255
      stream.push(`bb02${frame.slice(4, -4)}${sum.toString(16).padStart(2, '0')}7e`)
    }
    const { frames, parser } = parse([...stream, ...stream])
    expect(frames).toHaveLength(400)
    expect(new Set(frames).size).toBe(200)
    expect(parser.known).toHaveLength(64)
    expect(parser.known.map((text) => [...text].reduce((sum, c) => sum + c.charCodeAt(0), 0))).toEqual(
      parser.knownSums,
    )
  })

  it('take a megabyte of noise without growing', () => {
    const parser = new R200Parser(() => {})
    const noise = textOf('bb02220040'.repeat(200))
    for (let i = 0; i < 1024; i++) {
      parser.push(noise)
      expect(parser.waiting.length).toBeLessThan(R200_WAITING_MAXIMUM)
    }
  })
})

describe('R200 rounds', () => {
  it('set region and power before the first poll, and only then', () => {
    const { clock, port, faults, poll, rounds } = start()
    rounds.push([NO_TAG], [NO_TAG])
    poll()
    clock.advance(200)
    poll()
    clock.advance(200)
    expect(port.written).toEqual([SET_REGION, SET_POWER, POLL, POLL])
    expect(faults).toEqual(['', ''])
  })

  it('end at once with error 15', () => {
    const { clock, faults, poll, rounds } = start()
    rounds.push([NO_TAG])
    poll()
    clock.advance(31)
    expect(faults).toEqual([''])
  })

  it('tell every tag and end when the line is quiet', () => {
    const { clock, seen, faults, poll, rounds } = start()
    rounds.push([TAG_A, TAG_B, TAG_C.slice(0, 10), TAG_C.slice(10)])
    poll()
    clock.advance(10 + 20 + 18 * 3 + 29)
    expect(faults).toEqual([])
    clock.advance(2)
    expect(faults).toEqual([''])
    expect(seen.map((each) => [each.epc, each.protocolControl, each.rssiDbm])).toEqual(
      TAGS.map(([, epc, pc, rssi]) => [epc, pc, rssi]),
    )
  })

  it('still count a notification that comes when the round was given up', () => {
    const { clock, port, seen, poll, rounds } = start()
    rounds.push([TAG_A])
    poll()
    clock.advance(150)
    port.receive(TAG_B)
    expect(seen).toHaveLength(2)
  })

  it('refuse a wrong tag CRC, again when it was seen right before, and a wrong PC length', () => {
    const { clock, port, seen, poll } = start()
    poll()
    clock.advance(10)
    const notification = (parameters: string) => {
      const frame = hexOf(r200Command(0x22, textOf(parameters)))
      const sum = (Number.parseInt(frame.slice(-4, -2), 16) + 2) & 255
      return `bb02${frame.slice(4, -4)}${sum.toString(16).padStart(2, '0')}7e`
    }
    const good = TAG_A.slice(10, -4)
    expect(notification(good)).toBe(TAG_A)
    for (let i = 0; i < 2; i++) {
      port.receive(TAG_A)
      port.receive(notification(`${good.slice(0, -4)}3a77`))
    }
    expect(seen).toHaveLength(2)
    // PC says 4 words, with a right CRC over it: the length of the frame says 6.
    const pc = `2400${good.slice(6, -4)}`
    const crc = genibusCrc(textOf(pc), 0, 14).toString(16).padStart(4, '0')
    port.receive(notification(`c9${pc}${crc}`))
    // No EPC at all.
    port.receive(notification(`c90000${genibusCrc(textOf('0000'), 0, 2).toString(16).padStart(4, '0')}`))
    expect(seen).toHaveLength(2)
  })

  it('take an EPC of 62 bytes and none longer', () => {
    const { clock, port, seen, poll } = start()
    poll()
    clock.advance(10)
    const send = (words: number) => {
      const body = `${(words << 11).toString(16).padStart(4, '0')}${'ab'.repeat(words * 2)}`
      const crc = genibusCrc(textOf(body), 0, words * 2 + 2)
        .toString(16)
        .padStart(4, '0')
      const frame = hexOf(r200Command(0x22, textOf(`c9${body}${crc}`)))
      const sum = (Number.parseInt(frame.slice(-4, -2), 16) + 2) & 255
      port.receive(`bb02${frame.slice(4, -4)}${sum.toString(16).padStart(2, '0')}7e`)
    }
    send(31)
    expect(seen.map((each) => each.epc)).toEqual(['ab'.repeat(62)])
  })

  it('read RSSI as a signed byte', () => {
    expect(TAGS.map(([, , , rssi]) => rssi)).toEqual([0xc9 - 256, 0xc4 - 256, 0xcb - 256])
  })
})

describe('a silent R200', () => {
  it('is told at each round, and configured anew after three', () => {
    const { clock, port, faults, poll, rounds } = start()
    rounds.push([NO_TAG], [], [], [], [TAG_A])
    for (let i = 0; i < 5; i++) {
      poll()
      clock.advance(300)
    }
    expect(faults).toEqual(['', 'READER_SILENT', 'READER_SILENT', 'READER_SILENT', ''])
    expect(port.written.filter((each) => each === SET_POWER)).toHaveLength(2)
  })

  it('that never answered is asked three times a setting', () => {
    const { clock, port, faults, poll } = start()
    port.onWrite = () => {}
    poll()
    clock.advance(1000)
    expect(faults).toEqual(['READER_SILENT'])
    expect(port.written).toEqual([SET_REGION, SET_REGION, SET_REGION])
  })

  it('is not made to speak by noise', () => {
    const { clock, port, faults, poll } = start()
    port.onWrite = () => port.receive('bb0122ff00')
    poll()
    clock.advance(3000)
    expect(faults).toEqual(['READER_SILENT'])
  })

  it('a line without quiet ends the round all the same', () => {
    const { clock, port, faults, poll, rounds } = start()
    rounds.push([TAG_A])
    poll()
    for (let i = 0; i < 200; i++) {
      clock.advance(10)
      port.receive('00')
    }
    expect(faults).toHaveLength(1)
  })
})

describe('an R200 that refuses', () => {
  it('a setting is told', () => {
    const { clock, port, faults, poll } = start()
    port.onWrite = () => port.receive('bb01ff000117187e')
    poll()
    clock.advance(500)
    expect(faults).toEqual(['READER_REFUSED'])
  })

  it('is busy while a round is under way, and deaf after close', () => {
    const { clock, port, reader, faults, poll, seen } = start()
    poll()
    poll()
    expect(faults).toEqual(['READER_BUSY'])
    reader.close()
    port.receive(TAG_A)
    clock.advance(1000)
    expect(seen).toEqual([])
    expect(clock.timers).toHaveLength(0)
  })
})
