import { type Crc32, Deframer, encodeFrame, frameWireBytes } from '#protocol/frame.ts'
import { Limit } from '#protocol/limits.ts'
import { ErrorFlag } from '#protocol/numbers.ts'
import type { BinaryString, SerialPort } from '../device-api.ts'
import { runGuarded } from '../guard.ts'
import type { NodeStatus } from '../platform.ts'
import type { Link, LinkHandlers } from './link.ts'

/**
 * The link over a UART that is set up already: `0x00 COBS(frame ‖ CRC-32) 0x00` in both directions. Always
 * up: whether somebody listens is the session's business. Receive memory is fixed; noise is dropped until
 * the next delimiter and counted by the deframer.
 */
export class SerialLink implements Link {
  port: SerialPort
  status: NodeStatus
  crc32: Crc32
  toBytes: (text: BinaryString) => Uint8Array
  deframer: Deframer
  wire: Uint8Array

  constructor(
    port: SerialPort,
    status: NodeStatus,
    crc32: Crc32,
    toBytes: (text: BinaryString) => Uint8Array,
  ) {
    this.port = port
    this.status = status
    this.crc32 = crc32
    this.toBytes = toBytes
    this.deframer = new Deframer(Limit.FRAME_DOWN_BYTES, crc32)
    this.wire = new Uint8Array(frameWireBytes(Limit.FRAME_UP_BYTES))
  }

  open(handlers: LinkHandlers): void {
    this.port.on('data', (text) => {
      // One bad frame must not stop the frames behind it in the same burst, so each is guarded on its own.
      runGuarded(this.status, () => {
        this.deframer.push(this.toBytes(text), (frame) => {
          runGuarded(this.status, () => handlers.onFrame(frame))
        })
      })
    })
    handlers.onUp()
  }

  send(bytes: Uint8Array, length: number): boolean {
    const wire = this.wire
    const count = encodeFrame(wire, bytes, length, this.crc32)
    if (count < 0) {
      this.status.errorFlags = this.status.errorFlags | ErrorFlag.callback
      return false
    }
    this.port.write(wire.subarray(0, count))
    return true
  }

  rssiDbm(): number {
    return 0
  }
}
