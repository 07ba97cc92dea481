import { DownMessage } from '#protocol/decode.ts'
import { frameByte, writeHello, writeRecordsHead } from '#protocol/encode.ts'
import { Deframer, encodeFrame, frameWireBytes } from '#protocol/frame.ts'
import { SAMPLE_HELLO, SAMPLE_RECORDS, writeSampleRecord } from '#protocol/generate/samples.ts'
import { deriveKey, joinBytes, KeyLabel, mqttPassword, shortMac } from '#protocol/keys.ts'
import { CcmSeal, writeHeader } from '#protocol/seal.ts'
import { CborWriter } from '#protocol/writer.ts'

/*
 * Runs on the interpreter: the session of spec/vectors.json by the board's own code and the
 * interpreter's native AES and SHA-256, printed as NAME HEX lines for the test to compare.
 */

interface Native {
  AES: { encrypt(data: Uint8Array, key: Uint8Array, options: object): ArrayBuffer | undefined }
  SHA256(data: Uint8Array): ArrayBuffer | undefined
}
declare const require: (name: string) => Native
declare const print: (line: string) => void
declare const E: { CRC32(bytes: Uint8Array): number }
/** Set by the test: frames that the gateway sealed. */
declare const SEALED_DOWN: string[]

const native = require('crypto')

function bytesOf(result: ArrayBuffer | undefined): Uint8Array | undefined {
  return result ? new Uint8Array(result) : undefined
}
function sha256(data: Uint8Array): Uint8Array | undefined {
  return bytesOf(native.SHA256(data))
}
function cbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  return bytesOf(native.AES.encrypt(data, key, { mode: 'CBC', iv: iv }))
}
function ecb(key: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  return bytesOf(native.AES.encrypt(data, key, { mode: 'ECB' }))
}
function hex(bytes: Uint8Array, count: number): string {
  let text = ''
  for (let i = 0; i < count; i++) {
    const byte = bytes[i] as number
    text += (byte < 16 ? '0' : '') + byte.toString(16)
  }
  return text
}
function unhex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.substr(i * 2, 2), 16)
  return bytes
}
function counted(from: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count)
  for (let i = 0; i < count; i++) bytes[i] = from + i
  return bytes
}

const nodeKey = counted(0, 16)
const context = joinBytes(joinBytes(SAMPLE_HELLO.bootId, SAMPLE_HELLO.nodeRandom), counted(128, 8))
const helloKey = deriveKey(sha256, nodeKey, KeyLabel.hello, new Uint8Array(0)) as Uint8Array
const upKey = deriveKey(sha256, nodeKey, KeyLabel.up, context) as Uint8Array
const downKey = deriveKey(sha256, nodeKey, KeyLabel.down, context) as Uint8Array
print(`mqttPassword ${mqttPassword(sha256, nodeKey)}`)

const writer = new CborWriter(new Uint8Array(600))
writeHello(writer, SAMPLE_HELLO)
const body = new Uint8Array(writer.length())
body.set(new Uint8Array(writer.buffer.buffer, 0, writer.length()), 0)
const hello = joinBytes(body, shortMac(sha256, helloKey, body) as Uint8Array)
print(`hello ${hex(hello, hello.length)}`)

const work = new Uint8Array(600)
work.set(hello, 0)
const wire = new Uint8Array(frameWireBytes(512))
const wireLength = encodeFrame(wire, work, hello.length, E.CRC32)
print(`helloWire ${hex(wire, wireLength)}`)
function printFrame(frame: Uint8Array): void {
  print(`deframed ${hex(frame, frame.length)}`)
}
new Deframer(512, E.CRC32).push(new Uint8Array(wire.buffer, 0, wireLength), printFrame)

writer.reset(0)
writeRecordsHead(writer, 0x01020304, SAMPLE_RECORDS.length)
for (let i = 0; i < SAMPLE_RECORDS.length; i++) writeSampleRecord(writer, SAMPLE_RECORDS[i] as never)
const plainLength = writer.length()
print(`upPlain ${hex(writer.buffer, plainLength)}`)

const ccm = new CcmSeal({ cbc: cbc, ecb: ecb }, 492)
const frame = new Uint8Array(520)
writeHeader(frame, frameByte(0), 1, new Uint8Array([0xa1, 0xa2, 0xa3, 0xa4]), 1, plainLength)
frame.set(new Uint8Array(writer.buffer.buffer, 0, plainLength), 12)
print(`upFrame ${hex(frame, ccm.seal(upKey, frame, plainLength))}`)

const opened = new Uint8Array(300)
const down = new DownMessage()
for (let i = 0; i < SEALED_DOWN.length; i++) {
  const sealed = unhex(SEALED_DOWN[i] as string)
  const length = ccm.open(downKey, sealed, opened)
  const refusal = down.decode(opened, 0, length)
  print(`down${i} ${hex(opened, length)}${refusal}`)
  sealed[14] = (sealed[14] as number) ^ 1
  print(`forged${i} ${ccm.open(downKey, sealed, opened)}`)
}
print(`time ${down.counter} ${down.utcMilliseconds}`)
print('END')
