import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type SafetyReceiver, type SafetyReceiverOptions, startSafetyReceiver } from './safety-receiver.ts'
import { capDocument } from './testing.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
async function start(options: SafetyReceiverOptions = {}): Promise<SafetyReceiver> {
  const receiver = await startSafetyReceiver({
    clock: { utcMilliseconds: () => 1_700_000_000_000 },
    ...options,
  })
  closers.push(() => receiver.close())
  return receiver
}
const post = (receiver: SafetyReceiver, body: string, type = 'application/cap+xml'): Promise<Response> =>
  fetch(`${receiver.url}/cap`, { method: 'POST', headers: { 'Content-Type': type }, body })

describe('safety network stand-in', () => {
  it('gives a receipt for a valid alert and shows it', async () => {
    const receiver = await start()
    const answer = await post(receiver, capDocument())
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      receipt: expect.stringMatching(/^[0-9a-f]{32}$/),
      identifier: 'waypost-demo-0001',
      sender: 'waypost@demo.example',
    })
    const shown = (await (await fetch(`${receiver.url}/alerts`)).json()) as { alerts: unknown[] }
    expect(shown.alerts).toMatchObject([{ arrivals: 1, alert: { event: 'Cold-chain excursion' } }])
  })

  it('says 400 with the reasons, and holds nothing', async () => {
    const receiver = await start()
    const answer = await post(receiver, capDocument({ restriction: undefined, sent: '2026-11-23T00:30:00Z' }))
    expect(answer.status).toBe(400)
    const { reasons } = (await answer.json()) as { reasons: { path: string; message: string }[] }
    expect(reasons.map((reason) => reason.path)).toEqual(['alert/sent[1]', 'alert/restriction'])
    expect(receiver.alerts()).toHaveLength(0)
    expect(receiver.refused()).toHaveLength(1)
  })

  it('refuses other media types, oversize and unknown places', async () => {
    const receiver = await start()
    expect((await post(receiver, capDocument(), 'application/json')).status).toBe(415)
    expect((await post(receiver, capDocument({ restriction: 'x'.repeat(300_000) }))).status).toBe(413)
    expect((await fetch(`${receiver.url}/else`)).status).toBe(404)
  })

  it('takes the same document again for the same alert, and another under its name for a conflict', async () => {
    const receiver = await start()
    const first = (await (await post(receiver, capDocument())).json()) as { receipt: string }
    const second = (await (await post(receiver, capDocument())).json()) as { receipt: string }
    expect(second.receipt).toBe(first.receipt)
    expect(receiver.alerts()).toMatchObject([{ arrivals: 2 }])
    expect((await post(receiver, capDocument({ restriction: 'everyone' }))).status).toBe(409)
    expect(receiver.alerts()).toHaveLength(1)
  })

  it('misbehaves as told and keeps alerts over a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waypost-safety-'))
    closers.push(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'alerts.jsonl')
    const receiver = await startSafetyReceiver({ file })
    receiver.misbehave({ kind: 'status', status: 503, retryAfterSeconds: 5 })
    const refused = await post(receiver, capDocument())
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '5'])
    receiver.misbehave({ kind: 'loseAnswer' })
    await expect(post(receiver, capDocument())).rejects.toThrow()
    expect(receiver.alerts()).toHaveLength(1)
    await receiver.close()
    const again = await start({ file })
    expect(again.alerts()).toMatchObject([{ alert: { identifier: 'waypost-demo-0001' } }])
  })
})
