import { Agent, fetch } from 'undici'
import type { Clock } from '#gateway/clock.ts'
import { CodedError } from '#protocol/coded-error.ts'
import type { HttpClient, HttpRequest, HttpResponse } from './types.ts'

/** Longest answer that is read; the rest is left. */
export const RESPONSE_BYTES_MAXIMUM = 1024 * 1024
/** Default time for one exchange, answer included. */
export const REQUEST_TIMEOUT_MILLISECONDS = 30_000

async function readBounded(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= RESPONSE_BYTES_MAXIMUM) break
  }
  return Buffer.concat(chunks).subarray(0, RESPONSE_BYTES_MAXIMUM).toString('utf8')
}

export interface HttpClientHandle {
  request: HttpClient
  /** Drops the kept connections. */
  close(): Promise<void>
}

/** An HTTP client whose timeouts run on the injected clock. Redirects are not followed: they are answers. */
export function createHttpClient(
  clock: Clock,
  timeoutMilliseconds = REQUEST_TIMEOUT_MILLISECONDS,
): HttpClientHandle {
  const agent = new Agent({ keepAliveTimeout: 4_000, connections: 4 })
  async function request(options: HttpRequest): Promise<HttpResponse> {
    const abort = new AbortController()
    const timer = clock.setTimeout(() => abort.abort(), timeoutMilliseconds)
    try {
      const response = await fetch(options.url, {
        method: options.method,
        headers: options.headers,
        redirect: 'manual',
        signal: abort.signal,
        dispatcher: agent,
        ...(options.body === undefined ? {} : { body: options.body }),
      })
      const body = await readBounded(response.body as AsyncIterable<Uint8Array> | null)
      return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body }
    } catch (cause) {
      if (abort.signal.aborted) {
        throw new CodedError('NETWORK_TIMEOUT', `no answer within ${timeoutMilliseconds} ms`, {
          where: options.url,
          cause,
        })
      }
      const inner =
        cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause)
      throw new CodedError('NETWORK_UNREACHABLE', inner, { where: options.url, cause })
    } finally {
      clock.clearTimeout(timer)
    }
  }
  return { request, close: () => agent.destroy() }
}
