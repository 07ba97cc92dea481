import type { UartPort } from '../buses/types.ts'
import { type Boot, Listeners } from './boot.ts'
import { binaryString, bytesOf } from './bytes.ts'
import type { ErrorFlags } from './environment.ts'

/**
 * Virtual time from the first byte received to the `data` event. The interpreter's idle loop hands over everything
 * that has come since it last looked; with work to do it looks about once a millisecond.
 */
const IDLE_LOOP_MICROSECONDS = 1000

/** Defines Serial1… over the board's UARTs, and USB, which leads nowhere. */
export function defineSerials(boot: Boot, flags: ErrorFlags): void {
  for (const number of boot.options.board.serials) {
    const port = boot.options.wiring.uart(number)
    boot.realm.define(`Serial${number}`, serialObject(boot, port, flags))
  }
  boot.realm.define('USB', serialObject(boot, undefined, flags))
}

function serialObject(boot: Boot, port: UartPort | undefined, flags: ErrorFlags): unknown {
  const listeners = new Listeners(boot)
  let looking = false
  const look = (): void => {
    looking = false
    if (port === undefined) return
    const received = port.read()
    if (port.takeOverflow()) flags.raise('FIFO_FULL')
    const framing = received.some((one) => one.error === 'framing')
    if (received.length > 0) {
      listeners.emit('data', [binaryString(Uint8Array.from(received, (one) => one.byte))])
    }
    if (framing) listeners.emit('framing', [])
  }
  port?.onReceive(() => {
    if (looking) return
    looking = true
    boot.after(IDLE_LOOP_MICROSECONDS / 1000, look)
  })
  boot.onEnd(() => port?.onReceive(undefined))
  const write = (...data: unknown[]): void => {
    if (port === undefined) return
    for (const one of data) {
      const bytes = bytesOf(one)
      if (bytes === undefined || bytes.length === 0) continue
      port.write(bytes, boot.options.time.nowMicroseconds())
      const waiting = port.pendingBytes - boot.options.board.transmitBufferBytes
      // A full transmit buffer blocks the program until there is room: ten bit times a byte.
      if (waiting > 0) boot.options.time.spend(Math.ceil((waiting * 10_000_000) / port.baud))
    }
  }
  return boot.realm.object({
    ...listeners.members(),
    setup: (baud: unknown) => {
      if (port !== undefined && typeof baud === 'number') port.setBaud(baud)
    },
    unsetup: () => undefined,
    write,
    print: (text: unknown) => write(String(text)),
    println: (text: unknown) => write(`${String(text)}\r\n`),
    setConsole: () => undefined,
    flush: () => undefined,
  })
}
