import type { OutboxItem } from '#gateway/store/types.ts'

/** One HTTP exchange; the body is text, answers are cut at RESPONSE_BYTES_MAXIMUM. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'OPTIONS'
  url: string
  headers: Record<string, string>
  body?: string
}

export interface HttpResponse {
  status: number
  /** Value of a header, or undefined. */
  header(name: string): string | undefined
  body: string
}

/** Throws CodedError NETWORK_UNREACHABLE or NETWORK_TIMEOUT; never for a status. */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>

/** What came of one try. */
export type Outcome =
  /** Some items are done for: receipts in hand, or refused for good. The rest goes on at once. */
  | { kind: 'settled'; delivered: number[]; refused: { id: number; code: string; reason: string }[] }
  /** Nothing is decided; look again after so long (a capture job that still runs). */
  | { kind: 'wait'; afterMilliseconds: number }
  /** The network is at fault or unknown: the same again, later and later. */
  | { kind: 'retry'; code: string; reason: string; afterMilliseconds?: number }
  /** This batch will never be taken as it is: split it; one item alone is set aside. */
  | { kind: 'refused'; code: string; reason: string }
  /** Nobody's item is at fault but our access: `isProbed` tries again slowly, else only `resume()` does. */
  | { kind: 'paused'; code: string; reason: string; isProbed: boolean }

/** One kind of network behind an outbox. */
export interface DeliveryTarget<Body> {
  /** Most items of one try. */
  readonly batchMaximum: number
  /** Chooses the next batch from the head of the queue, at most `maximum` items, at least one. */
  choose(items: readonly OutboxItem<Body>[], maximum: number): OutboxItem<Body>[]
  deliver(batch: readonly OutboxItem<Body>[]): Promise<Outcome>
}

export type DeliveryState = 'idle' | 'delivering' | 'waiting' | 'paused' | 'closed'

/** What the operator page shows of one network. */
export interface DeliveryStatus {
  name: string
  state: DeliveryState
  backlog: number
  /** Age of the oldest item that waits; 0 when none does. */
  oldestAgeMilliseconds: number
  setAside: number
  /** The outbox is at its maximum: intake goes on, interpretation waits. */
  isFull: boolean
  delivered: number
  lastReceiptUtcMilliseconds: number | null
  lastError: { code: string; message: string; atUtcMilliseconds: number } | null
}
