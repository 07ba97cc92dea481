import type { Edge } from '../buses/types.ts'
import type { Boot } from './boot.ts'
import { BoardException, type RealmObject } from './realm.ts'

export const WATCHES_MAXIMUM = 32

/** Names of pins by the realm's pin objects, and the other way. */
export class Pins {
  private readonly names = new WeakMap<object, string>()
  private readonly objects = new Map<string, RealmObject>()
  private readonly boot: Boot

  constructor(boot: Boot) {
    this.boot = boot
  }

  /** Name of a pin given as object or text. @throws BoardException as the interpreter does */
  nameOf(value: unknown): string {
    if (typeof value === 'object' && value !== null) {
      const name = this.names.get(value)
      if (name !== undefined) return name
    }
    if (typeof value === 'string' && this.boot.options.board.pins.includes(value)) return value
    throw new BoardException('Invalid pin!')
  }

  /** The one realm object of a pin, made when it is first wanted. */
  object(name: string): RealmObject {
    const known = this.objects.get(name)
    if (known !== undefined) return known
    const made = this.boot.realm.object({
      toString: () => name,
      read: () => this.boot.options.wiring.pin(name).level() === 1,
      write: (value: unknown) => this.boot.options.wiring.pin(name).output(value ? 1 : 0),
      set: () => this.boot.options.wiring.pin(name).output(1),
      reset: () => this.boot.options.wiring.pin(name).output(0),
      mode: (mode: unknown) => this.mode(name, String(mode)),
    })
    this.objects.set(name, made)
    this.names.set(made, name)
    return made
  }

  mode(name: string, mode: string): void {
    const pin = this.boot.options.wiring.pin(name)
    if (mode === 'output' || mode === 'af_output') return
    pin.output(undefined)
    pin.setPull(mode.includes('pullup') ? 'up' : mode.includes('pulldown') ? 'down' : 'none')
  }
}

/** Defines the pins, Pin, pinMode, digitalRead/Write, analogRead, setWatch and clearWatch. */
export function definePins(boot: Boot, pins: Pins): void {
  const { realm } = boot
  const wired = (pin: unknown) => boot.options.wiring.pin(pins.nameOf(pin))
  for (const name of boot.options.board.pins) realm.define(name, pins.object(name))
  realm.define('Pin', (name: unknown) => pins.object(pins.nameOf(name)))
  realm.define('pinMode', (pin: unknown, mode: unknown) => pins.mode(pins.nameOf(pin), String(mode)))
  realm.define('digitalRead', (pin: unknown) => wired(pin).level())
  realm.define('digitalWrite', (pin: unknown, value: unknown) => wired(pin).output(value ? 1 : 0))
  realm.define('analogRead', (pin: unknown) => {
    pins.nameOf(pin)
    return 0.5
  })
  defineWatches(boot, pins)
}

interface Watch {
  stop: () => void
}

function defineWatches(boot: Boot, pins: Pins): void {
  const watches = new Map<number, Watch>()
  let lastId = 0
  const clear = (id: number): void => {
    watches.get(id)?.stop()
    watches.delete(id)
  }
  boot.onEnd(() => {
    for (const id of [...watches.keys()]) clear(id)
  })
  boot.realm.define('setWatch', (callback: unknown, pin: unknown, given: unknown) => {
    if (typeof callback !== 'function') throw new BoardException('Function or String not supplied!')
    if (watches.size >= WATCHES_MAXIMUM) throw new BoardException('You can only have 16 watches')
    const options = (typeof given === 'object' && given !== null ? given : {}) as {
      repeat?: boolean
      edge?: string
      debounce?: number
    }
    const name = pins.nameOf(pin)
    const wire = boot.options.wiring.pin(name)
    const id = ++lastId
    const edge = options.edge ?? 'both'
    let lastTime = Number.NaN
    let stable = wire.level()
    let cancel: (() => void) | null = null
    const fire = (level: number, atMicroseconds: number): void => {
      const time = boot.boardSeconds(atMicroseconds)
      const wanted = edge === 'both' || (edge === 'rising') === (level === 1)
      const previous = lastTime
      lastTime = time
      if (!wanted) return
      if (options.repeat !== true) clear(id)
      boot.dispatch(
        callback,
        [{ state: level === 1, time, lastTime: previous, pin: pins.object(name) }],
        true,
      )
    }
    // Debounced: reported once the level has stood still, with the time of the edge that began it.
    const debounced = (seen: Edge, milliseconds: number): void => {
      cancel?.()
      cancel = boot.after(milliseconds, () => {
        cancel = null
        if (wire.level() === stable) return
        stable = wire.level()
        fire(stable, seen.atMicroseconds)
      })
    }
    const debounce = Number(options.debounce ?? 0)
    const unwatch = wire.watch((seen) => {
      if (debounce > 0) debounced(seen, debounce)
      else fire(seen.level, seen.atMicroseconds)
    })
    watches.set(id, {
      stop: () => {
        unwatch()
        cancel?.()
      },
    })
    return id
  })
  boot.realm.define('clearWatch', (...args: unknown[]) => {
    if (args.length === 0) for (const id of [...watches.keys()]) clear(id)
    else if (args[0] === undefined)
      throw new BoardException('clearWatch(undefined) not allowed. Use clearWatch() instead')
    else clear(Number(args[0]))
  })
}
