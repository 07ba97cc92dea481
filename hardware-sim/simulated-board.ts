import { boardOf } from './boards/boards.ts'
import type { SimulatedBoard } from './boards/types.ts'
import { SimulatedPin } from './buses/gpio.ts'
import { I2cBus } from './buses/i2c.ts'
import { OneWireBus } from './buses/one-wire.ts'
import type { UartPort } from './buses/types.ts'
import { connectUart, SimulatedUartPort } from './buses/uart.ts'
import { ProcessorTime } from './kernel/local-time.ts'
import type { Kernel } from './kernel/types.ts'
import type { NetBridge } from './links/types.ts'
import { Contact } from './parts/contact.ts'
import { Ds18b20 } from './parts/ds18b20.ts'
import { R200 } from './parts/r200.ts'
import { Sht3x } from './parts/sht3x.ts'
import type { Part, PartOptions } from './parts/types.ts'
import type { RecordSink } from './record/types.ts'
import type { NodeWiring } from './runners/types.ts'
import { fieldOf, partIds } from './scenarios/names.ts'
import type { ScenarioNode, ScenarioPart } from './scenarios/types.ts'
import type { World } from './world/types.ts'

export interface BoardOptions {
  node: ScenarioNode
  kernel: Kernel
  world: World
  record?: RecordSink
  net?: NetBridge
}

const LINK_BAUD = 115_200

/** A board with its buses, its lines and the parts on them, as the scenario has them; the program is not in it. */
export class WiredBoard implements NodeWiring {
  readonly board: SimulatedBoard
  readonly time: ProcessorTime
  readonly parts = new Map<string, Part>()
  readonly net?: NetBridge
  /** Far end of the UART that is the link to the gateway. */
  readonly linkPort: SimulatedUartPort
  private readonly options: BoardOptions
  private readonly uarts = new Map<number, SimulatedUartPort>()
  private readonly i2cBuses = new Map<string, I2cBus>()
  private readonly oneWires = new Map<string, OneWireBus>()
  private readonly pins = new Map<string, SimulatedPin>()

  constructor(options: BoardOptions) {
    this.options = options
    this.board = boardOf(options.node.board)
    this.time = new ProcessorTime(options.kernel.clock)
    if (options.net !== undefined) this.net = options.net
    const link = options.node.link
    this.linkPort = this.line(
      this.board.linkSerial,
      'link',
      link.kind === 'serial' ? (link.baud ?? LINK_BAUD) : LINK_BAUD,
    )
    const ids = partIds(options.node)
    for (const [i, part] of options.node.parts.entries()) this.addPart(part, ids[i] ?? `part-${i}`)
  }

  uart(number: number): UartPort | undefined {
    return this.uarts.get(number)
  }

  i2c(name: string): I2cBus {
    const known = this.i2cBuses.get(name)
    if (known !== undefined) return known
    const made = new I2cBus({ ...this.bus(name.toLowerCase()), time: this.time })
    this.i2cBuses.set(name, made)
    return made
  }

  oneWire(pin: string): OneWireBus {
    const known = this.oneWires.get(pin)
    if (known !== undefined) return known
    const name = `1-wire-${pin.toLowerCase()}`
    const made = new OneWireBus({ ...this.bus(name), time: this.time, random: this.random(name) })
    this.oneWires.set(pin, made)
    return made
  }

  pin(name: string): SimulatedPin {
    const known = this.pins.get(name)
    if (known !== undefined) return known
    const made = new SimulatedPin({
      ...this.bus(`pin-${name.toLowerCase()}`),
      clock: this.options.kernel.clock,
      time: this.time,
    })
    this.pins.set(name, made)
    return made
  }

  /** Gives or takes the supply of everything on the board. */
  power(on: boolean): void {
    for (const part of this.parts.values()) part.power(on)
  }

  private addPart(part: ScenarioPart, id: string): void {
    const base: PartOptions = {
      id,
      clock: this.options.kernel.clock,
      world: this.options.world,
      random: this.options.kernel.random(`parts/${id}`),
    }
    this.parts.set(id, this.makePart(part, base))
  }

  private makePart(part: ScenarioPart, base: PartOptions): Part {
    if (part.part === 'sht3x') {
      const made = new Sht3x({
        ...base,
        address: part.address,
        temperatureChannel: part.temperature,
        ...(part.humidity === undefined ? {} : { humidityChannel: part.humidity }),
      })
      this.i2c(part.bus ?? 'I2C1').attach(made)
      return made
    }
    if (part.part === 'ds18b20') {
      const made = new Ds18b20({
        ...base,
        temperatureChannel: part.temperature,
        ...(part.rom === undefined ? {} : { rom: part.rom }),
      })
      this.oneWire(part.pin).attach(made)
      return made
    }
    if (part.part === 'r200') {
      const number = this.board.readerSerials[this.options.node.link.kind][part.reader] ?? 0
      const port = this.line(number, base.id, LINK_BAUD)
      return new R200({ ...base, port, field: fieldOf(this.options.node.id, part) })
    }
    return new Contact({ ...base, door: part.door, pin: this.pin(part.pin) })
  }

  /** A serial line from one of the board's UARTs; gives the other end. */
  private line(number: number, part: string, baud: number): SimulatedUartPort {
    const clock = this.options.kernel.clock
    const name = `serial${number}`
    const near = new SimulatedUartPort({
      ...this.bus(name),
      clock,
      baud,
      random: this.random(`${name}/down`),
      fifoBytes: this.board.receiveBufferBytes,
      ...(this.board.burstBytes === undefined ? {} : { burstBytes: this.board.burstBytes }),
    })
    const far = new SimulatedUartPort({
      ...this.bus(name),
      clock,
      baud,
      part,
      random: this.random(`${name}/up`),
      fifoBytes: 65_536,
    })
    connectUart(near, far)
    this.uarts.set(number, near)
    return far
  }

  private bus(name: string): { name: string; record?: RecordSink } {
    const record = this.options.record
    return { name: `${this.options.node.id}/${name}`, ...(record === undefined ? {} : { record }) }
  }

  private random(name: string) {
    return this.options.kernel.random(`boards/${this.options.node.id}/${name}`)
  }
}
