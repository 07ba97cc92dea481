import type { ContactBody } from '#protocol/records.ts'
import type { Clock } from '../device-api.ts'
import type { Contact, ContactChange } from '../drivers/contacts/contact.ts'
import type { RecordSink } from './types.ts'

/** Between two looks at every contact, for an edge that the interpreter lost. */
const CHECK_MILLISECONDS = 60000

export interface ContactSlot {
  /** Number of the contact on the wire. */
  contact: number
  /** ContactKind */
  kind: number
  driver: Contact
}

/** Each confirmed change of a door or tamper contact becomes one record; so does each state at start. */
export class ContactsTask {
  clock: Clock
  sink: RecordSink
  slots: ContactSlot[]
  body: ContactBody
  timer: number
  tick: () => void

  constructor(clock: Clock, sink: RecordSink, slots: ContactSlot[]) {
    this.clock = clock
    this.sink = sink
    this.slots = slots
    this.body = { atMilliseconds: 0, contact: 0, kind: 0, open: 0, bounces: 0 }
    this.timer = 0
    this.tick = () => {
      this.check()
    }
  }

  /** A function of its own, so that each listener holds its own slot: loops share one binding on the board. */
  listen(slot: ContactSlot): void {
    slot.driver.onChange = (change) => {
      this.report(slot, change)
    }
    slot.driver.begin()
  }

  start(): void {
    for (let i = 0; i < this.slots.length; i++) this.listen(this.slots[i]!)
    this.timer = this.clock.setTimeout(this.tick, CHECK_MILLISECONDS)
  }

  check(): void {
    this.timer = this.clock.setTimeout(this.tick, CHECK_MILLISECONDS)
    for (let i = 0; i < this.slots.length; i++) this.slots[i]!.driver.check()
  }

  report(slot: ContactSlot, change: ContactChange): void {
    const body = this.body
    body.atMilliseconds = change.atMilliseconds
    body.contact = slot.contact
    body.kind = slot.kind
    body.open = change.open
    body.bounces = change.bounces
    this.sink.addContact(body)
  }

  stop(): void {
    if (this.timer) this.clock.clearTimeout(this.timer)
    this.timer = 0
    for (let i = 0; i < this.slots.length; i++) this.slots[i]!.driver.close()
  }
}
