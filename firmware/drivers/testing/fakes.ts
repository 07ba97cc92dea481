import type {
  BinaryString,
  Clock,
  Gpio,
  I2cBus,
  OneWireBus,
  PinMode,
  PinValue,
  SerialPort,
  WatchEvent,
  WatchOptions,
  Writable,
} from '../../device-api.ts'

/** Hand-written stand-ins for one test each; the simulator's parts are another thing and never used here. */

export class FakeClock implements Clock {
  now = 1000
  next = 1
  timers: { id: number; at: number; callback: () => void }[] = []

  nowMilliseconds(): number {
    return this.now
  }

  setTimeout(callback: () => void, milliseconds: number): number {
    if (!(milliseconds >= 0)) throw new Error(`timer of ${milliseconds} ms`)
    this.timers.push({ id: this.next, at: this.now + milliseconds, callback })
    this.next++
    return this.next - 1
  }

  clearTimeout(id: number): void {
    if (!(id > 0)) throw new Error(`clearTimeout(${id})`)
    this.timers = this.timers.filter((timer) => timer.id !== id)
  }

  /** Runs every timer that falls due in the next `milliseconds`, in order. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds
    for (let turns = 0; ; turns++) {
      if (turns > 1_000_000) throw new Error('timers without end')
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0]
      if (!due) break
      this.timers = this.timers.filter((timer) => timer !== due)
      this.now = Math.max(this.now, due.at)
      due.callback()
    }
    this.now = end
  }
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

export function textOf(hex: string): BinaryString {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1')
}

export function hexOf(data: Writable): string {
  if (typeof data === 'string') return Buffer.from(data, 'latin1').toString('hex')
  if (typeof data === 'number') return Buffer.from([data]).toString('hex')
  return Buffer.from(data as Uint8Array).toString('hex')
}

/** Answers reads from a list; an Error in it is thrown, as a bus without acknowledgement does. */
export class FakeI2c implements I2cBus {
  written: string[] = []
  answers: (string | Error)[] = []
  /** Writes to refuse from now on. */
  refuseWrites = 0

  setup(): void {}

  writeTo(address: number, data: Writable): void {
    this.written.push(`${address.toString(16)}:${hexOf(data)}`)
    if (this.refuseWrites > 0) {
      this.refuseWrites--
      throw new Error('I2C Write Error 33282')
    }
  }

  readFrom(_address: number, quantity: number): Uint8Array {
    const answer = this.answers.shift()
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('I2C got NACK')
    return bytesOf(answer).subarray(0, quantity)
  }
}

export class FakeOneWire implements OneWireBus {
  log: string[] = []
  roms: string[] = []
  scratchpads: string[] = []
  present = true

  reset(): boolean {
    this.log.push('reset')
    return this.present
  }

  skip(): void {
    this.log.push('skip')
  }

  select(rom: string): void {
    this.log.push(`select ${rom}`)
  }

  write(data: number | number[] | Uint8Array): void {
    this.log.push(`write ${hexOf(data)}`)
  }

  read(count: number): Uint8Array {
    this.log.push(`read ${count}`)
    return bytesOf(this.scratchpads.shift() ?? 'ff'.repeat(count))
  }

  search(): string[] {
    this.log.push('search')
    return this.roms
  }
}

export class FakeSerial implements SerialPort {
  written: string[] = []
  listener: ((data: BinaryString) => void) | null = null
  /** Called at each write, to answer. */
  onWrite: (hex: string) => void = () => {}

  setup(): void {}
  setConsole(): void {}

  write(data: Writable): void {
    const hex = hexOf(data)
    this.written.push(hex)
    this.onWrite(hex)
  }

  on(_event: 'data', callback: (data: BinaryString) => void): void {
    this.listener = callback
  }

  removeAllListeners(): void {
    this.listener = null
  }

  receive(hex: string): void {
    this.listener?.(textOf(hex))
  }
}

/** Pins of one watch each. */
export class FakeGpio implements Gpio {
  clock: FakeClock
  levels = new Map<PinValue, number>()
  modes = new Map<PinValue, PinMode>()
  watches = new Map<number, { pin: PinValue; options: WatchOptions; callback: (event: WatchEvent) => void }>()
  analog = 0

  constructor(clock: FakeClock) {
    this.clock = clock
  }

  pinMode(pin: PinValue, mode: PinMode): void {
    this.modes.set(pin, mode)
  }

  digitalRead(pin: PinValue): number {
    return this.levels.get(pin) ?? 0
  }

  analogRead(): number {
    return this.analog
  }

  setWatch(callback: (event: WatchEvent) => void, pin: PinValue, options: WatchOptions): number {
    const id = this.watches.size + 1
    this.watches.set(id, { pin, options, callback })
    return id
  }

  clearWatch(id: number): void {
    if (!this.watches.delete(id)) throw new Error('Unknown Watch')
  }

  /** An edge now; watches of that edge are called. */
  set(pin: PinValue, level: number): void {
    this.levels.set(pin, level)
    const time = this.clock.now / 1000
    for (const watch of this.watches.values()) {
      const edge = watch.options.edge ?? 'both'
      const wanted = edge === 'both' || edge === (level ? 'rising' : 'falling')
      if (watch.pin === pin && wanted) watch.callback({ state: level === 1, time, lastTime: Number.NaN })
    }
  }
}
