import { Boot } from './boot.ts'
import { makeCrypto } from './crypto.ts'
import { defineEnvironment, ErrorFlags } from './environment.ts'
import { FlashMemory, makeFlash } from './flash.ts'
import { definePins, Pins } from './gpio.ts'
import { makeNet, makeWifi, Radio } from './net.ts'
import { BoardException, type RealmObject } from './realm.ts'
import { defineSerials } from './serial.ts'
import { makeStorage, StorageFiles } from './storage.ts'
import { defineTimers } from './timers.ts'
import type { FirmwareCrash, NodeOptions } from './types.ts'
import { defineI2c, defineOneWire } from './wires.ts'

/** Crashes kept with their text; further ones are only counted. */
export const CRASHES_KEPT = 100
/** Virtual time from a reset to the first line of the program. */
const START_MILLISECONDS = 20

/**
 * A node: the bundle in its V8 context, its flash and its files. Flash and files outlive resets and power cuts;
 * everything else begins anew at each start.
 */
export class SimulatedNode {
  readonly id: string
  readonly flash: FlashMemory
  readonly storage: StorageFiles
  readonly radio = new Radio()
  readonly crashes: FirmwareCrash[] = []
  crashCount = 0
  starts = 0
  private readonly options: NodeOptions
  private boot: Boot | null = null
  private powered = false

  constructor(options: NodeOptions) {
    this.id = options.id
    this.options = options
    this.flash = new FlashMemory(options.board.flash)
    this.storage = new StorageFiles(options.board.storageBytes)
    for (const [name, content] of Object.entries(options.files)) this.storage.put(name, content)
  }

  get isPowered(): boolean {
    return this.powered
  }

  /** Starts the program a moment from now. Nothing happens on a node that has power. */
  powerOn(): void {
    if (this.powered) return
    this.powered = true
    this.startSoon()
  }

  /** Cuts the power between two events: what the program had in memory is gone. */
  powerOff(): void {
    this.powered = false
    this.boot?.end()
    this.boot = null
  }

  /** Restarts the program, as the reset pin or the watchdog does. */
  reset(): void {
    if (!this.powered) return
    this.boot?.end()
    this.boot = null
    this.startSoon()
  }

  private startSoon(): void {
    this.options.clock.setTimeout(() => {
      if (this.powered && this.boot === null) this.start()
    }, START_MILLISECONDS)
  }

  private start(): void {
    this.starts += 1
    const boot = new Boot(this.options, (text) => this.crashed(text))
    this.boot = boot
    const flags = new ErrorFlags()
    const pins = new Pins(boot)
    const events = defineEnvironment(boot, flags, () => boot.after(0, () => this.reset()))
    defineTimers(boot)
    definePins(boot, pins)
    defineSerials(boot, flags)
    defineI2c(boot)
    defineOneWire(boot, pins)
    this.defineModules(boot)
    boot.realm.load(this.options.code, `${this.id}.js`)
    events.emit('init', [], false)
  }

  private defineModules(boot: Boot): void {
    const { realm, options } = boot
    const made = new Map<string, RealmObject>()
    const makers: Record<string, () => RealmObject> = {
      crypto: () => makeCrypto(realm, (line) => options.onPrint?.(line), options.board.hashes),
      Storage: () => makeStorage(realm, this.storage),
      Flash: () => makeFlash(realm, this.flash),
      net: () => makeNet(boot, this.radio),
      Wifi: () => makeWifi(boot, this.radio),
    }
    realm.define('require', (given: unknown) => {
      const name = String(given)
      const known = made.get(name)
      if (known !== undefined) return known
      const maker = options.board.modules.includes(name) ? makers[name] : undefined
      if (maker === undefined) throw new BoardException(`Module ${name} not found`)
      const module = maker()
      made.set(name, module)
      return module
    })
  }

  private crashed(text: string): void {
    this.crashCount += 1
    const crash = { node: this.id, atMicroseconds: this.options.clock.nowMicroseconds(), text }
    if (this.crashes.length < CRASHES_KEPT) this.crashes.push(crash)
    this.options.onCrash?.(crash)
  }
}
