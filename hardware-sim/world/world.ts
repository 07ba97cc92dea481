import { fromHex } from '../buses/hex.ts'
import type { Clock } from '../kernel/types.ts'
import { simError } from '../sim-error.ts'
import { createChannel } from './channels.ts'
import type { Channel, ChannelSpec, DoorSpec, TagInField, TagSpec, TagVisit, World } from './types.ts'

const CHANNELS_MAXIMUM = 4096
const TAGS_MAXIMUM = 10_000
const VISITS_MAXIMUM = 1000
const DOORS_MAXIMUM = 1000
const DOOR_CHANGES_MAXIMUM = 100_000
const DOOR_LISTENERS_MAXIMUM = 64
const EPC_BYTES_MAXIMUM = 62
/** Words of EPC stand in the upper five bits of the protocol control word (Gen2, 6.3.2.1.2.2). */
const PC_LENGTH_SHIFT = 11

interface Door {
  open: boolean
  listeners: ((open: boolean, atMicroseconds: number) => void)[]
}

interface Override {
  atMicroseconds: number
  value: number
}

interface FieldVisit {
  visit: TagVisit
  tag: { epc: Uint8Array; protocolControl: number }
}

/** The surroundings of all boards: channels, tags in reader fields, doors. */
export class SimulatedWorld implements World {
  private readonly clock: Clock
  private readonly channels = new Map<string, Channel>()
  private readonly overrides = new Map<string, Override[]>()
  private readonly fields = new Map<string, FieldVisit[]>()
  private readonly doors = new Map<string, Door>()
  private tags = 0

  constructor(clock: Clock) {
    this.clock = clock
  }

  addChannel(name: string, spec: ChannelSpec): void {
    if (this.channels.has(name)) throw simError('SIM_WORLD_INVALID', 'declared twice', `channel ${name}`)
    if (this.channels.size >= CHANNELS_MAXIMUM) throw simError('SIM_WORLD_INVALID', 'too many channels', name)
    this.channels.set(name, createChannel(name, spec))
  }

  hasChannel(channel: string): boolean {
    return this.channels.has(channel)
  }

  sample(channel: string, tMicroseconds: number): number {
    const found = this.channels.get(channel)
    if (found === undefined) throw simError('SIM_CHANNEL_UNKNOWN', `channel ${channel}`)
    const list = this.overrides.get(channel)
    if (list !== undefined) {
      for (let i = list.length - 1; i >= 0; i--) {
        if (list[i]!.atMicroseconds <= tMicroseconds) return list[i]!.value
      }
    }
    return found.sample(tMicroseconds)
  }

  setChannel(name: string, value: number, atMicroseconds: number): void {
    if (!this.channels.has(name)) throw simError('SIM_CHANNEL_UNKNOWN', `channel ${name}`)
    if (!Number.isFinite(value)) throw simError('SIM_CHANNEL_INVALID', `value ${value}`, name)
    const list = this.overrides.get(name) ?? []
    const kept = list.filter((entry) => entry.atMicroseconds < atMicroseconds)
    // processors run ahead of the clock by one callback at most: the last two values are enough
    this.overrides.set(name, [...kept.slice(-1), { atMicroseconds, value }])
  }

  addTag(tag: TagSpec): void {
    const epc = checkedEpc(tag)
    if (++this.tags > TAGS_MAXIMUM) throw simError('SIM_WORLD_INVALID', `over ${TAGS_MAXIMUM} tags`)
    if (tag.visits.length > VISITS_MAXIMUM) throw simError('SIM_TAG_INVALID', 'too many visits', tag.epc)
    const protocolControl = tag.protocolControl ?? (epc.length / 2) << PC_LENGTH_SHIFT
    if (protocolControl >> PC_LENGTH_SHIFT !== epc.length / 2 || protocolControl > 0xffff) {
      throw simError('SIM_TAG_INVALID', `protocol control ${protocolControl} has another length`, tag.epc)
    }
    for (const visit of tag.visits) {
      checkVisit(tag, visit)
      const list = this.fields.get(visit.field) ?? []
      list.push({ visit, tag: { epc, protocolControl } })
      this.fields.set(visit.field, list)
    }
  }

  /** In the order in which the tags were added. */
  tagsInField(field: string, tMicroseconds: number): TagInField[] {
    const found: TagInField[] = []
    for (const { visit, tag } of this.fields.get(field) ?? []) {
      if (tMicroseconds < visit.enterMicroseconds || tMicroseconds >= visit.leaveMicroseconds) continue
      const share =
        (tMicroseconds - visit.enterMicroseconds) / (visit.leaveMicroseconds - visit.enterMicroseconds)
      const end = visit.rssiEndDbm ?? visit.rssiDbm
      found.push({
        epc: tag.epc,
        protocolControl: tag.protocolControl,
        rssiDbm: visit.rssiDbm + share * (end - visit.rssiDbm),
        readProbability: visit.readProbability ?? 1,
      })
    }
    return found
  }

  addDoor(door: DoorSpec): void {
    const changes = door.changes ?? []
    if (this.doors.has(door.name)) throw simError('SIM_WORLD_INVALID', 'declared twice', `door ${door.name}`)
    if (this.doors.size >= DOORS_MAXIMUM || changes.length > DOOR_CHANGES_MAXIMUM) {
      throw simError('SIM_WORLD_INVALID', 'too many doors or changes', `door ${door.name}`)
    }
    let before = this.clock.nowMicroseconds() - 1
    for (const change of changes) {
      if (!Number.isSafeInteger(change.atMicroseconds) || change.atMicroseconds <= before) {
        throw simError(
          'SIM_WORLD_INVALID',
          `change at ${change.atMicroseconds} µs out of order`,
          `door ${door.name}`,
        )
      }
      before = change.atMicroseconds
    }
    this.doors.set(door.name, { open: door.open ?? false, listeners: [] })
    for (const change of changes) {
      this.clock.schedule(change.atMicroseconds, () => this.setDoor(door.name, change.open))
    }
  }

  setDoor(name: string, open: boolean): void {
    const door = this.door(name)
    if (door.open === open) return
    door.open = open
    for (const listener of [...door.listeners]) listener(open, this.clock.nowMicroseconds())
  }

  doorOpen(name: string): boolean {
    return this.door(name).open
  }

  onDoor(name: string, listener: (open: boolean, atMicroseconds: number) => void): () => void {
    const door = this.door(name)
    if (door.listeners.length >= DOOR_LISTENERS_MAXIMUM) {
      throw simError('SIM_WORLD_INVALID', 'too many listeners', `door ${name}`)
    }
    door.listeners.push(listener)
    return () => {
      const at = door.listeners.indexOf(listener)
      if (at >= 0) door.listeners.splice(at, 1)
    }
  }

  private door(name: string): Door {
    const door = this.doors.get(name)
    if (door === undefined) throw simError('SIM_DOOR_UNKNOWN', `door ${name}`)
    return door
  }
}

function checkedEpc(tag: TagSpec): Uint8Array {
  const whole = /^([0-9a-f]{4})+$/i.test(tag.epc) && tag.epc.length <= 2 * EPC_BYTES_MAXIMUM
  if (!whole) throw simError('SIM_TAG_INVALID', `EPC "${tag.epc.slice(0, 130)}"`)
  return fromHex(tag.epc)
}

function checkVisit(tag: TagSpec, visit: TagVisit): void {
  const { enterMicroseconds, leaveMicroseconds, rssiDbm, rssiEndDbm = 0, readProbability = 1 } = visit
  const numbers = [enterMicroseconds, leaveMicroseconds, rssiDbm, rssiEndDbm, readProbability]
  if (!numbers.every(Number.isFinite) || leaveMicroseconds <= enterMicroseconds) {
    throw simError('SIM_TAG_INVALID', `visit from ${enterMicroseconds} to ${leaveMicroseconds} µs`, tag.epc)
  }
  if (readProbability < 0 || readProbability > 1) {
    throw simError('SIM_TAG_INVALID', `read probability ${readProbability}`, tag.epc)
  }
}
