import { bindCrypto } from '../crypto.ts'
import { Outbox } from '../journal/outbox.ts'
import { Delivery } from '../link/delivery.ts'
import { NodeClock } from '../link/node-clock.ts'
import { Session } from '../link/session.ts'
import { Noise } from '../noise.ts'
import { createStatus } from '../platform.ts'
import { FakeGateway } from './fake-gateway.ts'
import { FakePlatform } from './fake-platform.ts'
import { nativeCrypto } from './native-crypto.ts'

export const KEY = new Uint8Array(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'))

/** Outbox, delivery, clock and session of one node, wired as main.ts does, with a gateway at the other end. */
export function makeNode() {
  const platform = new FakePlatform()
  const status = createStatus()
  const crypto = bindCrypto(nativeCrypto)!
  const gateway = new FakeGateway(KEY)
  const noise = new Noise(crypto.sha256, [() => 4])
  const bootId = new Uint8Array([0, 0, 0, 7, 1, 2, 3, 4])
  const outbox = new Outbox({
    journalId: 77,
    bootId,
    resetReason: 0,
    capacityBytes: 100_000,
    capacityRecords: 500,
    status,
  })
  const session = new Session(platform, status, gateway, crypto, noise, {
    nodeKey: KEY,
    hello: {
      node: 'dock-1',
      keyEpoch: 1,
      suite: 1,
      bootId,
      nodeRandom: new Uint8Array(8),
      board: 'ESP32',
      firmware: 'test',
      capabilities: 0,
      monotonicMilliseconds: 0,
      journalId: 0,
      resetReason: 0,
    },
    journalId: () => outbox.journalId,
  })
  const delivery = new Delivery(platform, status, outbox, session)
  const clock = new NodeClock(platform, status, session)
  const start = (): void =>
    session.start({
      onOpen: (welcome) => {
        delivery.onOpen(welcome)
        clock.onOpen()
      },
      onClose: () => {
        delivery.onClose()
        clock.onClose()
      },
      onMessage: (message) => {
        if (message.number === 18) delivery.onAck(message)
        else clock.onTime(message)
      },
    })
  const add = (count: number): void => {
    for (let i = 0; i < count; i++) {
      outbox.addContact({ atMilliseconds: platform.now, contact: 0, kind: 0, open: i % 2, bounces: 0 })
    }
  }
  return { platform, status, gateway, outbox, session, delivery, clock, start, add }
}
