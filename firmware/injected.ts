import type { PinMode, PinValue, SetWatch } from './device-api.ts'

/*
 * What main.ts makes of the interpreter's globals for the parts below it. Apart from device-api.ts, because
 * names there are the interpreter's own and names here may be shortened by the build.
 */

/** Time and timers as drivers, tasks and links take them; nothing below the composition root calls the globals. */
export interface Clock {
  /** Whole milliseconds since the board's clock began; never goes back. The base of every time on the wire. */
  nowMilliseconds(): number
  setTimeout(callback: () => void, milliseconds: number): number
  clearTimeout(id: number): void
}

/** Pins as drivers and tasks take them. `setWatch` events carry seconds of the same clock as `Clock`. */
export interface Gpio {
  pinMode(pin: PinValue, mode: PinMode): void
  digitalRead(pin: PinValue): number
  analogRead(pin: PinValue): number
  setWatch: SetWatch
  clearWatch(id: number): void
}
