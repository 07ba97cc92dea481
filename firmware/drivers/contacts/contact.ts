import type { Clock, Gpio, PinValue, WatchEvent } from '../../device-api.ts'

/*
 * A door or tamper contact between a pin and ground, with the board's pull-up: a cut wire reads as open.
 *
 * The native debounce reports a change late, forgets when it began and cannot tell how often the contact
 * bounced, so every edge is taken and steadied here. A change is told when the level has been steady for the
 * debounce time, with the time of its first edge. A contact that chatters for UNSTEADY_FACTOR debounce times
 * is told at the level that it has then.
 *
 * Sources: Espruino setWatch; bounce of 0.2 to 5 ms of reed contacts.
 */

const UNSTEADY_FACTOR = 20
const BOUNCES_MAXIMUM = 65535
/** Level of a contact that has not been told yet. */
const UNKNOWN = -1

export interface ContactOptions {
  clock: Clock
  gpio: Gpio
  debounceMilliseconds: number
  /** Level that counts as open: 1 for a contact to ground that closes with the door. */
  openLevel: number
}

/** One change, or the state at start. The driver reuses the object. */
export interface ContactChange {
  /** First edge of the change; at start, when watching began. */
  atMilliseconds: number
  /** 1 open, 0 closed */
  open: number
  /** Edges swallowed since the last change was told. */
  bounces: number
}

export interface Contact {
  onChange: (change: ContactChange) => void
  /** Begins to watch; the state at start is told after the debounce time. */
  begin(): void
  /** Looks at the level: an edge that the interpreter lost (FIFO_FULL) is mended, with the time of now. */
  check(): void
  close(): void
}

class PinContact implements Contact {
  onChange: (change: ContactChange) => void
  pin: PinValue
  clock: Clock
  gpio: Gpio
  debounceMilliseconds: number
  openLevel: number
  change: ContactChange
  toldLevel: number
  edges: number
  firstMilliseconds: number
  lastMilliseconds: number
  watch: number
  timer: number
  expire: () => void
  onEdge: (event: WatchEvent) => void

  constructor(pin: PinValue, options: ContactOptions) {
    this.onChange = () => {}
    this.pin = pin
    this.clock = options.clock
    this.gpio = options.gpio
    this.debounceMilliseconds = options.debounceMilliseconds
    this.openLevel = options.openLevel
    this.change = { atMilliseconds: 0, open: 0, bounces: 0 }
    this.toldLevel = UNKNOWN
    this.edges = 0
    this.firstMilliseconds = 0
    this.lastMilliseconds = 0
    this.watch = 0
    this.timer = 0
    this.expire = () => {
      this.timer = 0
      this.settle()
    }
    this.onEdge = (event) => {
      this.edge(Math.round(event.time * 1000))
    }
  }

  begin(): void {
    // Before setWatch, which would otherwise make the pin a floating input.
    this.gpio.pinMode(this.pin, 'input_pullup')
    this.watch = this.gpio.setWatch(this.onEdge, this.pin, { repeat: true, edge: 'both', debounce: 0 })
    this.unsteady(this.clock.nowMilliseconds())
  }

  /** A level that may have changed at this time; judged when it has been steady long enough. */
  unsteady(atMilliseconds: number): void {
    this.lastMilliseconds = atMilliseconds
    if (this.timer) return
    this.firstMilliseconds = atMilliseconds
    this.timer = this.clock.setTimeout(this.expire, this.debounceMilliseconds)
  }

  edge(atMilliseconds: number): void {
    if (this.edges < BOUNCES_MAXIMUM) this.edges++
    this.unsteady(atMilliseconds)
  }

  check(): void {
    if (!this.timer && this.gpio.digitalRead(this.pin) !== this.toldLevel) {
      this.unsteady(this.clock.nowMilliseconds())
    }
  }

  /** One timer a change: it finds a later edge and goes on, instead of being set anew at each bounce. */
  settle(): void {
    const now = this.clock.nowMilliseconds()
    const steady = this.lastMilliseconds + this.debounceMilliseconds
    const patience = this.firstMilliseconds + this.debounceMilliseconds * UNSTEADY_FACTOR
    if (now < steady && now < patience) {
      this.timer = this.clock.setTimeout(this.expire, Math.min(steady, patience) - now)
      return
    }
    const level = this.gpio.digitalRead(this.pin)
    // A glitch that ended where it began: its edges are told with the next change.
    if (level === this.toldLevel) return
    const change = this.change
    change.atMilliseconds = this.firstMilliseconds
    change.open = level === this.openLevel ? 1 : 0
    change.bounces = this.edges > 0 && this.toldLevel !== UNKNOWN ? this.edges - 1 : this.edges
    this.toldLevel = level
    this.edges = 0
    this.onChange(change)
  }

  close(): void {
    if (this.watch) this.gpio.clearWatch(this.watch)
    if (this.timer) this.clock.clearTimeout(this.timer)
    this.watch = 0
    this.timer = 0
  }
}

export function connect(pin: PinValue, options: ContactOptions): Contact {
  return new PinContact(pin, options)
}
