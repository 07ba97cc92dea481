import { Capability, ContactKind, ErrorFlag } from '#protocol/numbers.ts'
import type {
  ContactConfiguration,
  NodeConfiguration,
  R200Configuration,
  RuntimeBoard,
  SerialName,
  UartDescription,
} from './boards/types.ts'
import type { BinaryString, Gpio, I2cBus, OneWireBus, SerialPort } from './device-api.ts'
import { connect as connectContact } from './drivers/contacts/contact.ts'
import { connect as connectR200 } from './drivers/readers/r200.ts'
import { connect as connectDs18b20 } from './drivers/sensors/ds18b20.ts'
import { connect as connectSht3x } from './drivers/sensors/sht3x.ts'
import type { NodeStatus, Platform } from './platform.ts'
import { type ContactSlot, ContactsTask } from './tasks/contacts.ts'
import { InventoryTask } from './tasks/inventory.ts'
import { SamplingTask, type SensorSlot } from './tasks/sampling.ts'
import type { RecordSink } from './tasks/types.ts'

const READER_BAUD = 115200

/** The board's buses, as main.ts takes them from the interpreter's globals. */
export interface Hardware {
  serial: (name: SerialName) => SerialPort
  i2c: () => I2cBus
  oneWire: (pin: string) => OneWireBus
  gpio: Gpio
  toBytes: (text: BinaryString) => Uint8Array
}

/** What all tasks are made with. */
export interface TaskContext {
  board: RuntimeBoard
  configuration: NodeConfiguration
  hardware: Hardware
  /** Its callbacks run guarded. */
  platform: Platform
  status: NodeStatus
  sink: RecordSink
}

export interface Task {
  start(): void
}

/** @returns the named UART with its pins, or undefined where the board has none of that name */
export function uartOf(board: RuntimeBoard, name: SerialName): UartDescription | undefined {
  for (let i = 0; i < board.uarts.length; i++) {
    const uart = board.uarts[i] as UartDescription
    if (uart.device === name) return uart
  }
  return undefined
}

/** @returns the UARTs that the link leaves for readers; undefined when the board has no such link */
export function readerUarts(board: RuntimeBoard, link: string): SerialName[] | undefined {
  for (let i = 0; i < board.wirings.length; i++) {
    const wiring = board.wirings[i]
    if (wiring && wiring.link === link) return wiring.readers
  }
  return undefined
}

/** Capability bits that follow from what is configured. */
export function capabilitiesOf(board: RuntimeBoard, configuration: NodeConfiguration): number {
  const sensors = configuration.sensors || []
  let bits = board.uartBurst64 ? Capability.uartBurst64 : 0
  if ((configuration.readers || []).length > 0) bits = bits | Capability.reader
  if ((configuration.contacts || []).length > 0) bits = bits | Capability.contact
  for (let i = 0; i < sensors.length; i++) {
    const sensor = sensors[i]
    if (sensor) bits = bits | (sensor.kind === 'sht3x' ? Capability.climate : Capability.oneWire)
  }
  return bits
}

/** A climate or 1-Wire sensor that cannot be made is told as a fault; the others go on. */
function samplingTask(context: TaskContext): SamplingTask | undefined {
  const configuration = context.configuration
  const sensors = configuration.sensors || []
  const sampling = configuration.sampling
  if (sensors.length === 0 || !sampling) return undefined
  const slots: SensorSlot[] = []
  const clock = context.platform
  const pins: string[] = []
  const buses: OneWireBus[] = []
  let i2c: I2cBus | undefined
  for (let i = 0; i < sensors.length; i++) {
    const sensor = sensors[i]
    if (sensor && sensor.kind === 'sht3x') {
      if (!i2c) {
        const pinout = context.board.i2c
        i2c = context.hardware.i2c()
        i2c.setup({ scl: pinout.scl, sda: pinout.sda, bitrate: pinout.bitrate })
      }
      slots.push({
        sensor: sensor.sensor,
        driver: connectSht3x(i2c, { clock: clock, address: sensor.address }),
      })
    } else if (sensor && sensor.kind === 'ds18b20') {
      let at = pins.indexOf(sensor.pin)
      if (at < 0) {
        at = pins.length
        pins.push(sensor.pin)
        buses.push(context.hardware.oneWire(sensor.pin))
      }
      const rom = sensor.rom || ''
      const driver = connectDs18b20(buses[at] as OneWireBus, { clock: clock, rom: rom })
      slots.push({ sensor: sensor.sensor, driver: driver })
    }
  }
  return new SamplingTask(clock, context.hardware.gpio, context.sink, context.status, slots, {
    intervalMilliseconds: sampling.intervalMilliseconds,
    batchMilliseconds: sampling.batchMilliseconds,
    triggerPin: sampling.triggerPin || null,
  })
}

function inventoryTask(
  context: TaskContext,
  reader: R200Configuration,
  name: SerialName,
): InventoryTask | undefined {
  const uart = uartOf(context.board, name)
  if (!uart) return undefined
  const port = context.hardware.serial(name)
  port.setup(READER_BAUD, { tx: uart.tx, rx: uart.rx })
  const driver = connectR200(port, {
    clock: context.platform,
    region: reader.region,
    powerCentiDbm: reader.powerCentiDbm,
  })
  return new InventoryTask(context.platform, context.sink, context.status, driver, {
    reader: reader.reader,
    antenna: reader.antenna,
    pollMilliseconds: reader.pollMilliseconds,
    intervalMilliseconds: reader.intervalMilliseconds,
    toBytes: context.hardware.toBytes,
  })
}

function contactsTask(context: TaskContext): ContactsTask | undefined {
  const contacts = context.configuration.contacts || []
  if (contacts.length === 0) return undefined
  const slots: ContactSlot[] = []
  for (let i = 0; i < contacts.length; i++) {
    const contact = contacts[i] as ContactConfiguration
    slots.push({
      contact: contact.contact,
      kind: contact.kind === 'tamper' ? ContactKind.tamper : ContactKind.door,
      driver: connectContact(contact.pin, {
        clock: context.platform,
        gpio: context.hardware.gpio,
        debounceMilliseconds: contact.debounceMilliseconds,
        openLevel: contact.openLevel,
      }),
    })
  }
  return new ContactsTask(context.platform, context.sink, slots)
}

/** Which of a configuration's parts a task is made for. */
const enum Part {
  sampling = 0,
  reader = 1,
  contacts = 2,
}

function makeTask(
  context: TaskContext,
  part: number,
  reader?: R200Configuration,
  uart?: SerialName,
): Task | undefined {
  if (part === Part.sampling) return samplingTask(context)
  if (part === Part.contacts) return contactsTask(context)
  return reader && uart ? inventoryTask(context, reader, uart) : undefined
}

/**
 * Adds a task, if the configuration has it; one that cannot be made is a fault and stops no other. Made by calls
 * and not by functions passed on: so the build sees that only the start needs the makers.
 */
function addTask(
  context: TaskContext,
  tasks: Task[],
  part: number,
  reader?: R200Configuration,
  uart?: SerialName,
): void {
  try {
    const task = makeTask(context, part, reader, uart)
    if (task) tasks.push(task)
  } catch (_) {
    context.status.heldFlags = context.status.heldFlags | ErrorFlag.sensorFault
  }
}

/** Drivers and tasks of everything that the configuration names, not started. */
export function makeTasks(context: TaskContext): Task[] {
  const tasks: Task[] = []
  const readers = context.configuration.readers || []
  const left = (readerUarts(context.board, context.configuration.link.kind) || []).slice()
  addTask(context, tasks, Part.sampling)
  for (let i = 0; i < readers.length; i++) {
    const reader = readers[i] as R200Configuration
    const at = reader.uart ? left.indexOf(reader.uart) : 0
    const uart = left[at]
    if (uart) {
      left.splice(at, 1)
      addTask(context, tasks, Part.reader, reader, uart)
    } else context.status.heldFlags = context.status.heldFlags | ErrorFlag.readerSilent
  }
  addTask(context, tasks, Part.contacts)
  return tasks
}
