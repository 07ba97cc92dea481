import { crc32 } from 'node:zlib'
import { type Boot, Listeners } from './boot.ts'
import { bytesOf, bytesOfAll } from './bytes.ts'

/** Lines longer than this are cut before they go to the log. */
const PRINT_CHARACTERS_MAXIMUM = 1000
/** Variables that an idle program of Waypost's size holds; there is no model of the interpreter's memory. */
const VARIABLES_USED = 1800

/** The interpreter's error flags: raised by hardware, read and cleared by the program. */
export class ErrorFlags {
  private names: string[] = []
  onRaise: ((names: string[]) => void) | null = null

  raise(name: string): void {
    if (this.names.includes(name)) return
    this.names.push(name)
    this.onRaise?.([name])
  }

  take(): string[] {
    const taken = this.names
    this.names = []
    return taken
  }
}

/** Text of printed values, near enough to the interpreter's for a log. */
function printed(values: readonly unknown[]): string {
  return values
    .map((value) => {
      if (typeof value === 'string') return value
      if (typeof value === 'function') return 'function'
      if (typeof value !== 'object' || value === null) return String(value)
      const own = value as { message?: unknown }
      if (typeof own.message === 'string') return own.message
      return JSON.stringify(value) ?? String(value)
    })
    .join(' ')
    .slice(0, PRINT_CHARACTERS_MAXIMUM)
}

/** Defines E, process, print and console. `reset` restarts the node after the callback at work. */
export function defineEnvironment(boot: Boot, flags: ErrorFlags, reset: () => void): Listeners {
  const { realm, options } = boot
  const events = new Listeners(boot)
  flags.onRaise = (names) => events.emit('errorFlag', [names])
  const print = (...values: unknown[]): void => options.onPrint?.(printed(values))
  let watchdog: (() => void) | null = null
  let watchdogSeconds = 0
  const kick = (): void => {
    watchdog?.()
    watchdog = watchdogSeconds > 0 ? boot.after(watchdogSeconds * 1000, reset) : null
  }
  realm.define(
    'E',
    realm.object({
      ...events.members(),
      CRC32: (data: unknown) => crc32(bytesOf(data) ?? new Uint8Array(0)),
      hwRand: () => options.random.nextUint32() | 0,
      setConsole: () => undefined,
      getConsole: () => null,
      getErrorFlags: () => flags.take(),
      toUint8Array: (...data: unknown[]) => bytesOfAll(data),
      getAnalogVRef: () => 3.3,
      getTemperature: () => 25,
      enableWatchdog: (seconds: unknown, automatic: unknown) => {
        // Kicked by the idle loop itself unless told otherwise: then it only guards against endless loops.
        watchdogSeconds = automatic === false ? Number(seconds) : 0
        kick()
      },
      kickWatchdog: kick,
      reboot: reset,
    }),
  )
  realm.define(
    'process',
    realm.object({
      version: '2v29',
      env: {
        VERSION: '2v29',
        BOARD: options.board.environmentBoard,
        SERIAL: `sim-${options.id}`,
        CONSOLE: options.board.console,
        MODULES: options.board.modules.join(','),
      },
      memory: () => ({
        free: options.board.variables - VARIABLES_USED,
        usage: VARIABLES_USED,
        total: options.board.variables,
        history: 0,
        gc: 0,
        gctime: 0.5,
        blocksize: 13,
      }),
    }),
  )
  realm.define('print', print)
  realm.define('console', realm.object({ log: print, info: print, debug: print, warn: print, error: print }))
  return events
}
