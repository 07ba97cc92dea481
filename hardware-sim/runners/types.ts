import type { SimulatedBoard } from '../boards/types.ts'
import type { GpioPin, I2cMaster, OneWireMaster, UartPort } from '../buses/types.ts'
import type { Clock, LocalTime, RandomStream } from '../kernel/types.ts'
import type { NetBridge } from '../links/types.ts'

/** What a node is wired to. Functions are asked when the program first names the thing. */
export interface NodeWiring {
  uart(number: number): UartPort | undefined
  i2c(name: string): I2cMaster | undefined
  oneWire(pin: string): OneWireMaster
  pin(name: string): GpioPin
  net?: NetBridge
}

export interface NodeOptions {
  id: string
  board: SimulatedBoard
  /** The bundle. */
  code: string
  /** Files of the board's Storage at its first start. */
  files: Readonly<Record<string, string>>
  clock: Clock
  time: LocalTime
  random: RandomStream
  wiring: NodeWiring
  /** Parts per million by which the board's clock runs fast. */
  clockDriftPpm?: number
  /** Each line the program prints. */
  onPrint?: (line: string) => void
  /** Each exception that escaped a callback. */
  onCrash?: (crash: FirmwareCrash) => void
}

/** An exception that no callback caught: on the board it ends the callback, is printed, and life goes on. */
export interface FirmwareCrash {
  node: string
  atMicroseconds: number
  text: string
}
