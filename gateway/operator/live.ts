import type { ServerResponse } from 'node:http'
import type { TimerHandle } from '../clock.ts'
import { updateOf } from './html.ts'
import { takePicture } from './picture.ts'
import type { OperatorSources } from './types.ts'

export const LIVE_CLIENTS_MAXIMUM = 64
/** A client that does not read: cut off, its browser comes again by itself. */
const LIVE_BACKLOG_BYTES_MAXIMUM = 1_048_576
/** Changes are gathered for so long, so that a busy site does not flood its watchers. */
export const GATHER_MILLISECONDS = 1_000
/** Silence grows without any event; this often it is shown. */
export const REFRESH_MILLISECONDS = 5_000

/** Server-sent events: each update is the whole picture, so a lost one costs nothing. */
export class LiveUpdates {
  readonly #sources: OperatorSources
  readonly #clients = new Set<ServerResponse>()
  #timer: { handle: TimerHandle; dueMilliseconds: number } | undefined
  #unsubscribe: (() => void) | undefined
  #sequence = 0

  constructor(sources: OperatorSources) {
    this.#sources = sources
  }

  get clients(): number {
    return this.#clients.size
  }

  /** @returns false when there are too many already */
  add(response: ServerResponse): boolean {
    if (this.#clients.size >= LIVE_CLIENTS_MAXIMUM) return false
    response.on('close', () => this.#remove(response))
    this.#clients.add(response)
    this.#unsubscribe ??= this.#sources.observer.subscribe(() => this.#sendWithin(GATHER_MILLISECONDS))
    response.write('retry: 3000\n\n')
    this.#sendWithin(0)
    return true
  }

  close(): void {
    for (const client of this.#clients) {
      client.end()
      this.#remove(client)
    }
  }

  #remove(response: ServerResponse): void {
    this.#clients.delete(response)
    if (this.#clients.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    if (this.#timer !== undefined) this.#sources.clock.clearTimeout(this.#timer.handle)
    this.#timer = undefined
  }

  #sendWithin(milliseconds: number): void {
    const { clock } = this.#sources
    const dueMilliseconds = clock.monotonicMilliseconds() + milliseconds
    if (this.#timer !== undefined) {
      if (this.#timer.dueMilliseconds <= dueMilliseconds) return
      clock.clearTimeout(this.#timer.handle)
    }
    const handle = clock.setTimeout(() => {
      this.#timer = undefined
      this.#send()
      if (this.#clients.size > 0) this.#sendWithin(REFRESH_MILLISECONDS)
    }, milliseconds)
    this.#timer = { handle, dueMilliseconds }
  }

  #send(): void {
    this.#sequence += 1
    const data = JSON.stringify(updateOf(takePicture(this.#sources)))
    const text = `event: update\nid: ${this.#sequence}\ndata: ${data}\n\n`
    for (const client of this.#clients) {
      client.write(text)
      if (client.writableLength > LIVE_BACKLOG_BYTES_MAXIMUM) client.destroy()
    }
  }
}
