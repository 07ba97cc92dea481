import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CaptureServer, startCaptureServer } from '#demo/stand-ins/capture-server.ts'
import { type SafetyReceiver, startSafetyReceiver } from '#demo/stand-ins/safety-receiver.ts'
import type { EpcisEvent } from '#gateway/epcis/types.ts'
import { silentLog } from '#gateway/log.ts'
import { createNetworks, DISTRIBUTION_OUTBOX, type Networks, SAFETY_OUTBOX } from '#gateway/networks/index.ts'
import { TestClock } from '#gateway/networks/test-support.ts'
import { LmdbStore } from '#gateway/store/store.ts'
import { everythingEmitted } from '#test/reference/emitted.ts'

/**
 * Everything that interpret makes, through the real store and real HTTP into stand-ins that another hand
 * wrote as strictly as the standards allow.
 */
describe('from the outbox to the networks', () => {
  const effects = everythingEmitted('+09:00')
  let folder = ''
  let clock: TestClock
  let store: LmdbStore
  let capture: CaptureServer
  let safety: SafetyReceiver
  let networks: Networks

  async function open(): Promise<void> {
    store = await LmdbStore.open(folder, clock)
    networks = createNetworks(
      {
        distribution: { url: capture.url, pollMilliseconds: 500 },
        safety: {
          url: `${safety.url}/cap`,
          sender: 'waypost@demo.example',
          scope: 'Restricted',
          restriction: 'health authorities',
          areaDescription: 'Demo site',
        },
      },
      { store, clock, randomBytes: (count) => new Uint8Array(count), log: silentLog },
    )
    networks.start()
  }

  /** Waits until nothing is under way, then lets the next timer come, until all is delivered. */
  async function run(until: () => boolean): Promise<void> {
    for (let turn = 0; turn < 3000; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (networks.outstanding() > 0 || store.outstanding() > 0) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        continue
      }
      if (until()) return
      if (clock.next() !== undefined) clock.step()
    }
    throw new Error(`not done: ${JSON.stringify(networks.statuses())}`)
  }

  function isEmpty(): boolean {
    return networks.statuses().every((status) => status.backlog === 0)
  }

  async function append(): Promise<void> {
    await store.transaction(() => {
      for (const event of effects.events) store.outbox<EpcisEvent>(DISTRIBUTION_OUTBOX).append(event)
      for (const alert of effects.alerts) store.outbox(SAFETY_OUTBOX).append(alert)
    })
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waypost-delivery-'))
    clock = new TestClock()
    clock.now += 86_400_000
    capture = await startCaptureServer({ clock, eventsMaximum: 7 })
    safety = await startSafetyReceiver({ clock })
    await open()
  })
  afterEach(async () => {
    await networks.close()
    await store.close()
    await capture.close()
    await safety.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function expectAllOnce(): void {
    const ids = capture.events().map((stored) => stored.event.eventID)
    expect([...ids].sort()).toEqual(effects.events.map((event) => event.eventID).sort())
    expect(safety.alerts()).toHaveLength(effects.alerts.length)
    expect(networks.statuses().map((status) => status.setAside)).toEqual([0, 0])
  }

  it('strict receivers take every kind of event and alert', async () => {
    await append()
    await run(isEmpty)
    expect(capture.refused()).toEqual([])
    expect(safety.refused()).toEqual([])
    expectAllOnce()
  })

  it('each arrives once though answers are lost, servers fail and lines break', async () => {
    capture.misbehave({ kind: 'loseAnswer' }, 2)
    capture.misbehave({ kind: 'status', status: 503 }, 2)
    capture.misbehave({ kind: 'reset' })
    capture.misbehave({ kind: 'loseAnswer' })
    capture.misbehave({ kind: 'garbage' })
    capture.misbehaveOnPoll({ kind: 'status', status: 500 }, 2)
    capture.misbehaveOnPoll({ kind: 'reset' })
    await append()
    await run(isEmpty)
    expectAllOnce()
  })

  it('a restart with a job under way goes on with that job', async () => {
    await append()
    await run(() => capture.jobs().length === 1)
    await networks.close()
    await store.close()
    await open()
    await run(isEmpty)
    expectAllOnce()
  })
})
