import type { UartPort } from '../buses/types.ts'
import type { Clock, RandomStream, TimerId } from '../kernel/types.ts'
import { FaultSet } from './fault-set.ts'
import { R200_FRAME, type R200Command, R200Receiver, r200Frame } from './r200-frame.ts'
import { inventoryRound, tagNotification } from './r200-round.ts'
import { R200_COMMAND, R200_ERROR, R200Settings } from './r200-settings.ts'
import type { Part, PartFault, PartOptions } from './types.ts'

/** From power to the first command taken: the module loads its firmware into RAM first. No source has a figure. */
const BOOT_MICROSECONDS = 100_000
const THINKS_MICROSECONDS = 1_000
/** Resellers quote 50 to 60 tags a second. */
const TAG_MICROSECONDS_MINIMUM = 16_500
const TAG_MICROSECONDS_MAXIMUM = 19_500
/** "At 115200 an empty round every ~20 ms." */
const EMPTY_ROUND_MICROSECONDS = 20_000
/** Commands that wait while a round is at work; further ones are lost. */
const COMMANDS_WAITING_MAXIMUM = 4
const GARBAGE_BYTES_MAXIMUM = 8
export const R200_BAUD = 115_200

export const R200_FAULTS = [
  /** Takes a command and says nothing; a chance per command. */
  'silent',
  /** The frame's SUM is one off; a chance per frame sent. */
  'wrong-checksum',
  /** One to eight random bytes before the frame; a chance per frame sent. */
  'garbage',
  /** The frame's last bytes are missing; a chance per frame sent. */
  'truncated',
  /** The tag's CRC-16 in a notification is wrong below a right SUM; a chance per notification. */
  'tag-crc',
  /** The supply dips: the module starts anew and forgets its parameters; a chance per command. */
  'brown-out',
] as const

export interface R200Options extends PartOptions {
  /** The module's own end of the serial line, 115200 unless the module was told otherwise. */
  port: UartPort
  /** Field of its antenna in the world, for example `dock-door/reader0/antenna1`. */
  field: string
  powered?: boolean
  bootMicroseconds?: number
}

/**
 * R200 / YRM100 UHF reader module by bytes: commands and replies, single inventory (a notification a tag, or error 15),
 * multi inventory until its count or stop, parameters that a power cut or sleep forgets.
 */
export class R200 implements Part {
  readonly kind = 'r200'
  readonly id: string
  readonly faultNames: readonly string[] = R200_FAULTS
  private readonly options: R200Options
  private readonly clock: Clock
  private readonly random: RandomStream
  private readonly port: UartPort
  private readonly faults: FaultSet
  private readonly receiver = new R200Receiver()
  private settings = new R200Settings()
  private state: 'off' | 'booting' | 'ready' | 'asleep' = 'off'
  private readonly waiting: R200Command[] = []
  private timers: TimerId[] = []
  private working = false
  private roundsLeft = 0

  constructor(options: R200Options) {
    this.options = options
    this.id = options.id
    this.clock = options.clock
    this.random = options.random
    this.port = options.port
    this.faults = new FaultSet(options.id, R200_FAULTS, options.random)
    this.port.setBaud(R200_BAUD)
    this.port.onReceive(() => this.received())
    if (options.powered !== false) this.power(true)
  }

  power(on: boolean): void {
    if (on === (this.state !== 'off')) return
    this.forget()
    this.port.clear()
    this.state = on ? 'booting' : 'off'
    if (!on) return
    this.after(this.options.bootMicroseconds ?? BOOT_MICROSECONDS, () => {
      this.receiver.clear()
      this.state = 'ready'
    })
  }

  setFault(fault: PartFault): void {
    this.faults.set(fault)
  }

  clearFault(name?: string): void {
    this.faults.clear(name)
  }

  private forget(): void {
    for (const timer of this.timers) this.clock.clearTimeout(timer)
    this.timers = []
    this.waiting.length = 0
    this.working = false
    this.roundsLeft = 0
    this.receiver.clear()
    this.settings = new R200Settings()
    this.port.setBaud(R200_BAUD)
  }

  private after(microseconds: number, fn: () => void): void {
    const timer = this.clock.schedule(this.clock.nowMicroseconds() + microseconds, () => {
      this.timers = this.timers.filter((other) => other !== timer)
      fn()
    })
    this.timers.push(timer)
  }

  private received(): void {
    for (const { byte } of this.port.read()) {
      if (this.state === 'asleep') {
        // any byte wakes it and is swallowed; parameters are as after power-on
        this.forget()
        this.state = 'ready'
        continue
      }
      if (this.state !== 'ready') continue
      const command = this.receiver.push(byte)
      if (command !== undefined) this.take(command)
    }
  }

  private take(command: R200Command): void {
    if (command.command === R200_COMMAND.stopMulti) {
      this.roundsLeft = 0
      this.waiting.length = 0
      this.after(THINKS_MICROSECONDS, () => this.reply(R200_COMMAND.stopMulti, [0]))
      return
    }
    if (this.working) {
      if (this.waiting.length < COMMANDS_WAITING_MAXIMUM) this.waiting.push(command)
      return
    }
    this.working = true
    this.after(THINKS_MICROSECONDS, () => this.execute(command))
  }

  private done(): void {
    this.working = false
    const next = this.waiting.shift()
    if (next !== undefined) this.take(next)
  }

  private execute({ command, parameters }: R200Command): void {
    if (this.faults.take('brown-out') !== undefined) {
      this.power(false)
      this.power(true)
      return
    }
    if (this.faults.take('silent') !== undefined) {
      this.done()
    } else if (command === R200_COMMAND.singleInventory && parameters.length === 0) {
      this.roundsLeft = 1
      this.round()
    } else if (command === R200_COMMAND.multiInventory && parameters.length === 3) {
      this.roundsLeft = (parameters[1]! << 8) | parameters[2]!
      this.round()
    } else if (command === R200_COMMAND.sleep && parameters.length === 0) {
      this.reply(command, [0])
      this.working = false
      this.state = 'asleep'
    } else if (command === R200_COMMAND.setBaud && parameters.length === 2) {
      this.settings.changeBaud(this.port, parameters)
      this.done()
    } else {
      const answer = this.settings.answer(command, parameters)
      if (answer === undefined) this.error(R200_ERROR.badCommand)
      else this.reply(command, answer)
      this.done()
    }
  }

  /** One inventory round: the tags it finds, each after its air time, or error 15; then the next round or silence. */
  private round(): void {
    if (this.roundsLeft <= 0) {
      this.done()
      return
    }
    this.roundsLeft--
    const field = this.options.world.tagsInField(this.options.field, this.clock.nowMicroseconds())
    const found = inventoryRound(field, this.settings, this.random)
    if (found.length === 0) {
      this.after(EMPTY_ROUND_MICROSECONDS, () => {
        this.error(R200_ERROR.inventoryFail)
        this.round()
      })
      return
    }
    let at = 0
    for (const tag of found) {
      at += this.random.integer(TAG_MICROSECONDS_MINIMUM, TAG_MICROSECONDS_MAXIMUM)
      this.after(at, () => {
        const damaged = this.faults.take('tag-crc') !== undefined
        this.send(
          r200Frame(R200_FRAME.notification, R200_COMMAND.singleInventory, tagNotification(tag, damaged)),
        )
      })
    }
    this.after(at, () => this.round())
  }

  private reply(command: number, parameters: ArrayLike<number>): void {
    this.send(r200Frame(R200_FRAME.response, command, parameters))
  }

  private error(code: number): void {
    this.send(r200Frame(R200_FRAME.response, R200_COMMAND.error, [code]))
  }

  private send(frame: Uint8Array): void {
    let bytes = frame
    if (this.faults.take('wrong-checksum') !== undefined) bytes[bytes.length - 2]! ^= 0x01
    if (this.faults.take('truncated') !== undefined) {
      bytes = bytes.subarray(0, this.random.integer(1, bytes.length - 1))
    }
    if (this.faults.take('garbage') !== undefined) {
      this.port.write(this.random.bytes(this.random.integer(1, GARBAGE_BYTES_MAXIMUM)))
    }
    this.port.write(bytes)
  }
}
