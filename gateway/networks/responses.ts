import { readFileSync } from 'node:fs'
import { CodedError } from '#protocol/coded-error.ts'
import type { HttpResponse, Outcome } from './types.ts'

/** Longest reason of a network that is kept and shown. */
const REASON_CHARACTERS_MAXIMUM = 500

/** What a problem document (RFC 9457) or any other body says, in one line. */
export function reasonOf(response: HttpResponse): string {
  let text = response.body
  try {
    const problem: unknown = JSON.parse(response.body)
    if (problem !== null && typeof problem === 'object') {
      const { type, title, detail } = problem as Record<string, unknown>
      const parts = [type, title, detail].filter((part) => typeof part === 'string' && part !== '')
      if (parts.length > 0) text = parts.join(': ')
    }
  } catch {
    // Not JSON: the text itself.
  }
  const line = text.replace(/\s+/g, ' ').trim().slice(0, REASON_CHARACTERS_MAXIMUM)
  return line === '' ? `status ${response.status}` : `status ${response.status}: ${line}`
}

/** Seconds of a Retry-After header as milliseconds; dates and nonsense give undefined. */
export function retryAfterMilliseconds(response: HttpResponse): number | undefined {
  const text = response.header('retry-after')
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined
}

/**
 * What a status other than success means for everything that is sent there:
 * 401 and 403 are about us, 404, 405, 406, 415 and 501 about the endpoint, 400, 409, 413 and 422 about the
 * item; the rest is the network's own trouble and passes.
 */
export function outcomeOfFailure(response: HttpResponse): Outcome {
  const reason = reasonOf(response)
  switch (response.status) {
    case 401:
    case 403:
      return { kind: 'paused', code: 'NETWORK_AUTH', reason, isProbed: true }
    case 404:
    case 405:
    case 406:
    case 501:
      // A proxy or a deployment in between says these in passing: looked at again slowly.
      return { kind: 'paused', code: 'NETWORK_ENDPOINT', reason, isProbed: true }
    case 415:
      return { kind: 'paused', code: 'NETWORK_ENDPOINT', reason, isProbed: false }
    case 400:
    case 409:
    case 413:
    case 422:
      return { kind: 'refused', code: 'NETWORK_REFUSED', reason }
    default: {
      const afterMilliseconds = retryAfterMilliseconds(response)
      const isBusy = response.status === 408 || response.status === 429 || response.status >= 500
      return {
        kind: 'retry',
        code: isBusy ? 'NETWORK_BUSY' : 'NETWORK_ANSWER',
        reason,
        ...(afterMilliseconds === undefined ? {} : { afterMilliseconds }),
      }
    }
  }
}

/**
 * The Authorization header from a token file, read at each try so that a renewed token works at once.
 * @throws CodedError NETWORK_TOKEN_UNREADABLE
 */
export function authorization(bearerTokenFile: string | undefined): Record<string, string> {
  if (bearerTokenFile === undefined) return {}
  let token = ''
  try {
    token = readFileSync(bearerTokenFile, 'utf8').trim()
  } catch {
    // Reported below, without the error's text: it could hold parts of the path only.
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CodedError('NETWORK_TOKEN_UNREADABLE', 'no token in the token file', { where: bearerTokenFile })
  }
  return { authorization: `Bearer ${token}` }
}

/** The outcome of an exchange that threw. */
export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof CodedError) {
    const reason = error.message
    if (error.code === 'NETWORK_TOKEN_UNREADABLE') {
      return { kind: 'paused', code: error.code, reason, isProbed: true }
    }
    if (error.code === 'OUTBOX_ASIDE_FULL') {
      return { kind: 'paused', code: 'NETWORK_ASIDE_FULL', reason, isProbed: true }
    }
    if (error.code.startsWith('NETWORK_')) return { kind: 'retry', code: error.code, reason }
  }
  const reason = error instanceof Error ? error.message : String(error)
  return { kind: 'retry', code: 'DELIVERY_FAILED', reason }
}
