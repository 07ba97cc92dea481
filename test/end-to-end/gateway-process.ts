import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { until } from '#test/support/until.ts'
import { ROOT } from './built.ts'

const READY_MILLISECONDS = 20_000
const EXIT_MILLISECONDS = 15_000
/** Lines of the log that are kept over all runs. */
const LOG_LINES_KEPT = 20_000

export interface ReadyLine {
  operatorUrl?: string
  mqttPort?: number
}

/** How fast the clock of the process runs (fast-clock.mjs). */
export interface ProcessClock {
  speed: number
  /** Date.now() of this machine at which the process's UTC is `utcStart`. */
  realStart: number
  utcStart: number
}

/** `waypost gateway --config FILE --json` as a process of its own that can be killed and started again. */
export class GatewayProcess {
  readonly configFile: string
  readonly clock: ProcessClock | undefined
  /** Lines that the gateway wrote to standard error, of all its runs. */
  readonly log: Record<string, unknown>[] = []
  ready: ReadyLine = {}
  kills = 0
  #child: ChildProcess | undefined
  #gone: Promise<number | null> | undefined

  constructor(configFile: string, clock?: ProcessClock) {
    this.configFile = configFile
    this.clock = clock
  }

  async start(): Promise<void> {
    if (this.#child) throw new Error('the gateway runs already')
    const preload = this.clock ? ['--import', join(import.meta.dirname, 'fast-clock.mjs')] : []
    const arguments_ = [
      ...preload,
      join(ROOT, 'bin/waypost.js'),
      'gateway',
      '--config',
      this.configFile,
      '--json',
    ]
    const child = spawn(process.execPath, arguments_, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#clockEnvironment() },
    })
    this.#child = child
    this.#gone = new Promise((resolve) => {
      child.once('exit', (code) => {
        this.#child = undefined
        resolve(code)
      })
    })
    let ready: ReadyLine | undefined
    lines(child.stdout as NodeJS.ReadableStream, (line) => {
      ready = JSON.parse(line) as ReadyLine
    })
    lines(child.stderr as NodeJS.ReadableStream, (line) => {
      if (this.log.length < LOG_LINES_KEPT) this.log.push(parsed(line))
    })
    await until(
      () => ready !== undefined || this.#child !== child,
      'the gateway to be ready',
      READY_MILLISECONDS,
    )
    if (ready === undefined) throw new Error(`the gateway ended: ${JSON.stringify(this.log.slice(-5))}`)
    this.ready = ready
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** kill -9; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.kills++
    this.#child?.kill('SIGKILL')
    await this.#gone
  }

  /** SIGTERM. @returns the exit code */
  async stop(): Promise<number | null> {
    const child = this.#child
    if (!child) return null
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_MILLISECONDS)
    const code = await this.#gone
    clearTimeout(timer)
    return code ?? null
  }

  /** Items that wait in the gateway's outboxes and are set aside; undefined while it does not answer. */
  async uplinks(): Promise<{ name: string; backlog: number; setAside: number }[] | undefined> {
    try {
      const answer = await fetch(new URL('/api/uplinks', this.ready.operatorUrl))
      return ((await answer.json()) as { uplinks: { name: string; backlog: number; setAside: number }[] })
        .uplinks
    } catch {
      return undefined
    }
  }

  #clockEnvironment(): Record<string, string> {
    if (!this.clock) return {}
    return {
      WAYPOST_TEST_CLOCK_SPEED: String(this.clock.speed),
      WAYPOST_TEST_CLOCK_REAL_START: String(this.clock.realStart),
      WAYPOST_TEST_CLOCK_UTC_START: String(this.clock.utcStart),
    }
  }
}

function lines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) if (line !== '') onLine(line)
  })
}

function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return { line }
  }
}
