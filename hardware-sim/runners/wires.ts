import type { I2cOutcome } from '../buses/types.ts'
import type { Boot } from './boot.ts'
import { bytesOfAll } from './bytes.ts'
import type { Pins } from './gpio.ts'
import { BoardException } from './realm.ts'

/** Address of `writeTo(0x44, …)` and of `writeTo({address, stop: false}, …)`. */
function addressOf(value: unknown): { address: number; stop: boolean } {
  if (typeof value === 'object' && value !== null && 'address' in value) {
    return { address: Number(value.address), stop: !('stop' in value) || value.stop !== false }
  }
  return { address: Number(value), stop: true }
}

/** Defines the I2C buses; a refused transfer throws the board's own text. */
export function defineI2c(boot: Boot): void {
  const texts = boot.options.board.i2cTexts
  const check = (outcome: I2cOutcome, read: boolean): void => {
    if (outcome === 'ok') return
    if (outcome === 'address-nack') {
      throw new BoardException(read ? texts.addressNackRead : texts.addressNackWrite, texts.internal)
    }
    if (outcome === 'data-nack') throw new BoardException(texts.dataNack, texts.internal)
    throw new BoardException(texts.busStuck, false)
  }
  for (const name of boot.options.board.i2cBuses) {
    const bus = boot.options.wiring.i2c(name)
    boot.realm.define(
      name,
      boot.realm.object({
        setup: (options: unknown) => {
          const bitrate = (options as { bitrate?: unknown } | undefined)?.bitrate
          if (typeof bitrate === 'number') bus?.setup(bitrate)
        },
        writeTo: (target: unknown, ...data: unknown[]) => {
          const { address, stop } = addressOf(target)
          check(bus?.writeTo(address, bytesOfAll(data), stop).outcome ?? 'address-nack', false)
        },
        readFrom: (target: unknown, count: unknown) => {
          const { address, stop } = addressOf(target)
          const result = bus?.readFrom(address, Number(count), stop)
          check(result?.outcome ?? 'address-nack', true)
          return result?.bytes
        },
      }),
    )
  }
}

/** Defines the OneWire constructor over the edge-level bus of each pin. */
export function defineOneWire(boot: Boot, pins: Pins): void {
  boot.realm.define('OneWire', (pin: unknown) => {
    const bus = boot.options.wiring.oneWire(pins.nameOf(pin))
    return boot.realm.object({
      reset: () => bus.reset(),
      skip: () => bus.skip(),
      select: (rom: unknown) => {
        if (typeof rom !== 'string' || !/^[0-9a-fA-F]{16}$/.test(rom))
          throw new BoardException('Invalid OneWire device address')
        bus.select(rom)
      },
      write: (data: unknown, power: unknown) => bus.write(bytesOfAll([data]), power === true),
      read: (count: unknown) => (count === undefined ? bus.readByte() : bus.read(Number(count))),
      search: (command: unknown) => bus.search(typeof command === 'number' ? command : undefined),
    })
  })
}
