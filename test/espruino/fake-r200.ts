import { genibusCrc } from '#firmware/drivers/crc16.ts'
import type { Pty } from './pty.ts'

const HEAD = 0xbb
const END = 0x7e
const INVENTORY = 0x22
const RSSI = 0xc9

function frame(type: number, command: number, parameters: number[]): Uint8Array {
  const body = [type, command, parameters.length >> 8, parameters.length & 255, ...parameters]
  const sum = body.reduce((all, one) => all + one, 0) & 255
  return Uint8Array.from([HEAD, ...body, sum, END])
}

function sighting(tag: number): Uint8Array {
  const coded = [0x30, 0x00, 0x30, 0x14, 0x36, 0x39, 0xf8, 0x41, 0x91, 0xad, 0x22, 0x90, tag >> 8, tag & 255]
  const crc = genibusCrc(String.fromCharCode(...coded), 0, coded.length)
  return frame(2, INVENTORY, [RSSI, ...coded, crc >> 8, crc & 255])
}

/** An R200 at the other end of a reader's UART that takes every setting and always sees the same tags. */
export function answerAsR200(port: Pty, tags: number): void {
  const answers = Array.from({ length: tags }, (_, tag) => sighting(tag))
  port.onData((bytes) => {
    for (let at = 0; at + 2 < bytes.length; at++) {
      if (bytes[at] !== HEAD || bytes[at + 1] !== 0) continue
      const command = bytes[at + 2] ?? 0
      if (command === INVENTORY) for (const answer of answers) port.write(answer)
      else port.write(frame(1, command, [0]))
    }
  })
}
