import { createContext, Script } from 'node:vm'
import { CodedError } from '#protocol/coded-error.ts'
import { KEPT } from './builtins.ts'
import { PRELUDE } from './prelude.ts'

/** A function of the bundle, held by the host and called only through `Realm.call`. */
export type RealmFunction = { readonly __realmFunction: true }
/** An object made inside the realm. */
export type RealmObject = Record<string, unknown>
/** What a shim is: plain host code; arguments are values of the realm. */
export type HostFunction = (...args: never[]) => unknown

/** An exception that the bundle may catch, as the board would throw it. */
export class BoardException {
  readonly message: string
  readonly internal: boolean
  constructor(message: string, internal = false) {
    this.message = message
    this.internal = internal
  }
}

export interface Job {
  callback: unknown
  self: unknown
  arguments: unknown[]
}
interface Hooks {
  wrap(id: number): (...args: unknown[]) => unknown
  bytes(n: number): Uint8Array
  object(): RealmObject
  array(): unknown[]
  global: RealmObject
}

const PRELUDE_SCRIPT = new Script(PRELUDE, { filename: 'waypost-prelude.js' })
const RUN_SCRIPT = new Script('globalThis["\\u0000run"]()', { filename: 'waypost-run.js' })
/** A bundle that needs longer than this to load hangs (real milliseconds). */
const LOAD_LIMIT_MILLISECONDS = 10_000

/**
 * One isolated V8 context with the interpreter's language library and nothing of Node's. Host code and bundle meet
 * only through `wrap` (bundle → host) and `call` (host → bundle); values are copied into the realm on the way in.
 */
export class Realm {
  private readonly context: object
  private readonly hooks: Hooks
  private readonly functions: HostFunction[] = []
  private readonly queue: Job[] = []
  private readonly random: () => number
  private onUncaught: (text: string) => void
  private after: (() => Job | null) | null = null
  private running = false
  private hostFault: unknown

  /**
   * @param random seeded, in [0, 1): what Math.random gives
   * @param onUncaught told of each exception that a callback lets escape
   */
  constructor(random: () => number, onUncaught: (text: string) => void) {
    this.random = random
    this.onUncaught = onUncaught
    this.context = createContext(
      {},
      { microtaskMode: 'afterEvaluate', codeGeneration: { strings: true, wasm: false } },
    )
    const make = PRELUDE_SCRIPT.runInContext(this.context) as (...args: unknown[]) => Hooks
    this.hooks = make(
      KEPT,
      (id: number, args: ArrayLike<unknown>) => this.dispatch(id, args),
      (failed: { text: string } | null) => this.next(failed),
      () => this.random(),
    )
  }

  /** Puts a global into the realm; host functions, bytes and plain data are converted. */
  define(name: string, value: unknown): void {
    Object.defineProperty(this.hooks.global, name, {
      configurable: true,
      writable: true,
      value: this.enter(value),
    })
  }

  /** An object of the realm with these members. */
  object(members: Record<string, unknown>): RealmObject {
    const result = this.hooks.object()
    for (const [name, value] of Object.entries(members)) result[name] = this.enter(value)
    return result
  }

  /** A realm ArrayBuffer with a copy of `data`. */
  buffer(data: Uint8Array): unknown {
    const view = this.hooks.bytes(data.length)
    view.set(data)
    return view.buffer
  }

  /** Host value → value of the realm: bytes and plain data are copied, functions wrapped, realm values kept. */
  enter(value: unknown): unknown {
    if (typeof value === 'function') {
      if (!(value instanceof Function)) return value
      this.functions.push(value as HostFunction)
      return this.hooks.wrap(this.functions.length - 1)
    }
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Uint8Array) {
      const copy = this.hooks.bytes(value.length)
      copy.set(value)
      return copy
    }
    if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) {
      const copy = this.hooks.array()
      for (const item of value) copy.push(this.enter(item))
      return copy
    }
    if (value instanceof Object) return this.object(value as Record<string, unknown>)
    return value
  }

  /** Runs a bundle. Promise reactions it made run before this returns. */
  load(code: string, filename: string): void {
    let script: Script
    try {
      script = new Script(code, { filename })
    } catch (error) {
      throw new CodedError('SIM_BUNDLE_UNUSABLE', `the bundle does not parse: ${String(error)}`, {
        where: filename,
      })
    }
    this.running = true
    try {
      script.runInContext(this.context, { timeout: LOAD_LIMIT_MILLISECONDS })
    } catch (error) {
      const stack = error !== null && typeof error === 'object' && 'stack' in error ? error.stack : undefined
      this.onUncaught(String(stack ?? error))
    } finally {
      this.running = false
    }
    this.raiseHostFault()
  }

  /**
   * Calls a function of the bundle as the interpreter's idle loop would: an exception is reported and ends only
   * this callback; promise reactions run at the end. `then` may name one more job that runs before them (the
   * interpreter runs due zero timers ahead of them when the callback came from a hardware event).
   */
  call(callback: unknown, args: readonly unknown[], self?: unknown, then?: () => Job | null): void {
    const job = { callback, self, arguments: this.enter([...args]) as unknown[] }
    if (this.running) {
      this.queue.push(job)
      return
    }
    this.queue.push(job)
    this.after = then ?? null
    this.running = true
    try {
      RUN_SCRIPT.runInContext(this.context)
    } finally {
      this.running = false
      this.after = null
    }
    this.raiseHostFault()
  }

  /** True while the bundle's own code is at work. */
  get busy(): boolean {
    return this.running
  }

  /** A job for `call`'s `then`. */
  job(callback: unknown, args: readonly unknown[]): Job {
    return { callback, self: undefined, arguments: this.enter([...args]) as unknown[] }
  }

  private next(failed: { text: string } | null): Job | null {
    if (failed !== null) this.onUncaught(failed.text)
    const job = this.queue.shift()
    if (job !== undefined) return job
    return this.after === null ? null : this.after()
  }

  private dispatch(
    id: number,
    args: ArrayLike<unknown>,
  ): { value?: unknown; thrown?: string; internal?: boolean } {
    const host = this.functions[id]
    if (host === undefined) return { thrown: 'no such function' }
    try {
      return { value: this.enter((host as (...list: unknown[]) => unknown)(...Array.from(args))) }
    } catch (error) {
      if (error instanceof BoardException) return { thrown: error.message, internal: error.internal }
      // A fault of the simulator itself: the bundle must not be able to swallow it.
      this.hostFault ??= error
      return { thrown: `simulator fault: ${String(error)}` }
    }
  }

  private raiseHostFault(): void {
    if (this.hostFault === undefined) return
    const fault = this.hostFault
    this.hostFault = undefined
    throw fault
  }
}
