import { createHash } from 'node:crypto'
import { type CapReason, type CapSummary, checkCap } from './cap-check.ts'
import { createApp, openApp, realWait, type StandInOptions } from './http-stand-in.ts'
import { JournalFile } from './journal-file.ts'
import { breakOff, type Misbehaviour, MisbehaviourPlan } from './misbehaviour.ts'
import { XML_BYTES_MAXIMUM } from './xml-tree.ts'

/** One alert that the safety network holds. */
export interface StoredAlert {
  /** What the sender got as proof. */
  receipt: string
  alert: CapSummary
  xml: string
  receivedAt: string
  /** How often the very same document came; the network acts on it once. */
  arrivals: number
}

export interface RefusedAlert {
  reasons: CapReason[]
  receivedAt: string
}

export interface SafetyReceiverOptions extends StandInOptions {
  onAlert?: (alert: StoredAlert) => void
  onRefused?: (refused: RefusedAlert) => void
}

export interface SafetyReceiver {
  /** Base URL; alerts go to `${url}/cap`. */
  url: string
  alerts(): readonly StoredAlert[]
  refused(): readonly RefusedAlert[]
  misbehave(what: Misbehaviour, times?: number): void
  /** Lets planned misbehaviour be forgotten: the network is well again. */
  recover(): void
  outstanding(): number
  close(): Promise<void>
}

export const ALERTS_MAXIMUM = 100_000
export const REFUSALS_MAXIMUM = 1_000
const MEDIA_TYPES = ['application/cap+xml', 'application/xml', 'text/xml']

/**
 * Stand-in for the national safety network: takes CAP 1.2 alerts, and only valid ones. An alert is
 * identified by sender, identifier and sent (CAP 3.2.1); the same bytes again get the same receipt,
 * other bytes under the same identity are a conflict.
 */
export async function startSafetyReceiver(options: SafetyReceiverOptions = {}): Promise<SafetyReceiver> {
  const nowIso = (): string => new Date(options.clock?.utcMilliseconds() ?? Date.now()).toISOString()
  const plan = new MisbehaviourPlan(options.wait ?? realWait)
  const alerts = new Map<string, StoredAlert>()
  const refused: RefusedAlert[] = []
  const keyOf = (alert: CapSummary): string => `${alert.sender},${alert.identifier},${alert.sent}`
  const journal = new JournalFile(options.file, (value) => {
    const stored = value as StoredAlert
    alerts.set(keyOf(stored.alert), stored)
  })
  const { app, inFlight } = createApp(XML_BYTES_MAXIMUM)
  const outstanding = (): number => inFlight() - plan.parked

  app.post('/cap', async (request, reply) => {
    const met = await plan.meet(request, reply)
    if (met === 'answered') return reply
    const mediaType = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
    if (!MEDIA_TYPES.includes(mediaType))
      return reply.code(415).send({ status: 415, reasons: [{ message: `send ${MEDIA_TYPES[0]}` }] })
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const verdict = checkCap(body)
    if (!verdict.ok) {
      const refusal = { reasons: verdict.reasons, receivedAt: nowIso() }
      if (refused.length < REFUSALS_MAXIMUM) refused.push(refusal)
      options.onRefused?.(refusal)
      return reply.code(400).send({ status: 400, reasons: verdict.reasons })
    }
    const xml = body.toString('utf8')
    const known = alerts.get(keyOf(verdict.alert))
    if (known !== undefined && known.xml !== xml)
      return reply.code(409).send({
        status: 409,
        reasons: [{ message: 'another document has this sender, identifier and sent', path: '', line: 1 }],
      })
    if (known === undefined && alerts.size >= ALERTS_MAXIMUM)
      return reply.code(503).send({ status: 503, reasons: [{ message: 'the stand-in is full' }] })
    const stored = known ?? {
      receipt: createHash('sha256').update(body).digest('hex').slice(0, 32),
      alert: verdict.alert,
      xml,
      receivedAt: nowIso(),
      arrivals: 0,
    }
    stored.arrivals += 1
    if (known === undefined) {
      journal.append(stored)
      alerts.set(keyOf(verdict.alert), stored)
      options.onAlert?.(stored)
    }
    if (met === 'loseAnswer') {
      breakOff(request, reply)
      return reply
    }
    return reply.code(200).send({
      receipt: stored.receipt,
      identifier: stored.alert.identifier,
      sender: stored.alert.sender,
      sent: stored.alert.sent,
      receivedAt: stored.receivedAt,
    })
  })
  app.get('/alerts', async () => ({ alerts: [...alerts.values()], refused: refused.length }))

  const open = await openApp(app, options)
  return {
    url: open.url,
    alerts: () => [...alerts.values()],
    refused: () => refused,
    misbehave: (what, times) => plan.add(what, times),
    recover: () => plan.clear(),
    outstanding,
    close: async () => {
      await open.close()
      journal.close()
    },
  }
}
