import type { UartPort } from '../buses/types.ts'
import type { Clock } from '../kernel/types.ts'
import type { SerialLink } from './types.ts'

/** A USB serial adapter hands over what has come since it last looked; FTDI's latency timer is 1 to 16 ms. */
const ADAPTER_LATENCY_MICROSECONDS = 1000

/** What stands between the line and the link; a fault sits here. Gives what goes on. */
export type ByteFilter = (bytes: Uint8Array) => Uint8Array

export interface UartBridge {
  /** Shapes what goes up to the gateway. */
  upFilter: ByteFilter | null
  /** Shapes what comes down to the node. */
  downFilter: ByteFilter | null
}

/** Joins the far end of a node's UART line to a serial link. */
export function bridgeUart(port: UartPort, link: SerialLink, clock: Clock): UartBridge {
  const bridge: UartBridge = { upFilter: null, downFilter: null }
  let looking = false
  port.onReceive(() => {
    if (looking) return
    looking = true
    clock.schedule(clock.nowMicroseconds() + ADAPTER_LATENCY_MICROSECONDS, () => {
      looking = false
      const bytes = Uint8Array.from(port.read(), (one) => one.byte)
      const shaped = bridge.upFilter === null ? bytes : bridge.upFilter(bytes)
      if (shaped.length > 0) link.write(shaped)
    })
  })
  link.onData((bytes) => {
    const shaped = bridge.downFilter === null ? bytes : bridge.downFilter(bytes)
    if (shaped.length > 0) port.write(shaped)
  })
  return bridge
}
