import { bindCrypto } from '#firmware/crypto.ts'
import type { EspruinoGlobals } from '#firmware/device-api.ts'
import { Deframer, encodeFrame } from '#protocol/frame.ts'
import { Limit } from '#protocol/limits.ts'
import { CcmSeal } from '#protocol/seal.ts'

declare const E: EspruinoGlobals['E']
declare const Serial1: EspruinoGlobals['Serial1']
declare const require: EspruinoGlobals['require']
declare const print: EspruinoGlobals['print']

/**
 * A small program for the interpreter: every frame that comes (12 header bytes and plaintext) goes back sealed
 * under the key 00 01 … 0f. Shows that link framing and seal work on the real natives.
 */
const key = new Uint8Array(16)
for (let i = 0; i < 16; i++) key[i] = i
const crypto = bindCrypto(require('crypto') as Parameters<typeof bindCrypto>[0])
if (crypto) {
  const seal = new CcmSeal(crypto.cipher, Limit.FRAME_UP_BYTES)
  const work = new Uint8Array(Limit.FRAME_UP_BYTES + 4)
  const wire = new Uint8Array(2 * Limit.FRAME_UP_BYTES)
  const deframer = new Deframer(Limit.FRAME_UP_BYTES, E.CRC32)
  Serial1.setup(115200, { tx: 'B6', rx: 'B7' })
  Serial1.on('data', (text) => {
    deframer.push(E.toUint8Array(text), (frame) => {
      work.set(frame, 0)
      const length = seal.seal(key, work, frame.length - Limit.HEADER_BYTES)
      if (length < 0) print(`Uncaught seal ${length}`)
      else Serial1.write(new Uint8Array(wire.buffer, 0, encodeFrame(wire, work, length, E.CRC32)))
    })
  })
  print('READY')
} else print('Uncaught no cryptography')
