import { mqttPassword, type Sha256 } from '#protocol/keys.ts'
import { Limit } from '#protocol/limits.ts'
import { Capability, ErrorFlag, MessageNumber, ResetReason } from '#protocol/numbers.ts'
import { board } from './boards/selected.ts'
import type {
  HealthConfiguration,
  MqttLinkConfiguration,
  NodeConfiguration,
  SerialName,
} from './boards/types.ts'
import { bytesOfHex, CONFIGURATION_FILE, checkConfiguration, StartFault } from './configuration.ts'
import { bindCrypto, type NodeCrypto } from './crypto.ts'
import type { BinaryString, Gpio, I2cBus, OneWireBus, SerialPort } from './device-api.ts'
import { guardedPlatform, runGuarded } from './guard.ts'
import { type BootCount, type CounterPage, countBoot } from './journal/boot-counter.ts'
import { CHUNK_BYTES, Outbox } from './journal/outbox.ts'
import { Delivery } from './link/delivery.ts'
import type { Link } from './link/link.ts'
import { MqttLink } from './link/mqtt.ts'
import { NodeClock } from './link/node-clock.ts'
import { SerialLink } from './link/serial.ts'
import { Session, type SessionHandlers } from './link/session.ts'
import { makeJournalId, Noise, u32Bytes } from './noise.ts'
import { createStatus, type Platform } from './platform.ts'
import { batteryMillivoltsOf, type HealthOptions, HealthTask } from './tasks/health.ts'
import type { HealthFacts } from './tasks/types.ts'
import { capabilitiesOf, makeTasks, readerUarts, type Task, uartOf } from './wiring.ts'

/** A build may set it to false for a board without a radio: then the bundle carries no MQTT. */
declare const WAYPOST_HAS_WIFI: boolean | undefined

const FIRMWARE = 'waypost 0.1.0'
const HEALTH_MILLISECONDS = 60000
/** Without a turn of the idle loop for this long the board resets. */
const WATCHDOG_SECONDS = 60
/** A usual record, by which the number of records is bounded. */
const CHUNKS_A_RECORD = 2
/** Arguments that one native call takes; more than 256 are refused. */
const CHARACTERS_A_CALL = 128

/*
 * The composition root: interpreter's globals → board → drivers → tasks → outbox → link. Everything below
 * takes time, chance and devices from here.
 */

const clock: Platform = {
  nowMilliseconds: () => Math.round(getTime() * 1000),
  setTimeout: (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds),
  clearTimeout: (id: number) => clearTimeout(id),
  random: () => (E.hwRand() & 65535) / 65536,
}
const status = createStatus()
const platform = guardedPlatform(clock, status)

const crc32 = (bytes: Uint8Array): number => E.CRC32(bytes)
const toBytes = (text: BinaryString): Uint8Array => E.toUint8Array(text)

/** Binary text for sockets, which would send a Uint8Array as decimal digits. */
function toText(bytes: Uint8Array): BinaryString {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHARACTERS_A_CALL) {
    const count = Math.min(CHARACTERS_A_CALL, bytes.length - at)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + count))
  }
  return text
}

/** The named global; a board has only some of them. */
function serialPort(name: SerialName): SerialPort {
  if (name === 'Serial1') return Serial1
  return name === 'Serial2' ? Serial2 : Serial3
}

function nativeCrypto(): NodeCrypto | undefined {
  try {
    return bindCrypto(require('crypto'))
  } catch (_) {
    return undefined
  }
}

function readConfiguration(): { fault: string; configuration: NodeConfiguration | undefined } {
  const text = require('Storage').read(CONFIGURATION_FILE)
  if (!text) return { fault: StartFault.configurationMissing, configuration: undefined }
  try {
    const configuration = checkConfiguration(JSON.parse(text))
    return { fault: configuration ? StartFault.none : StartFault.configuration, configuration: configuration }
  } catch (_) {
    return { fault: StartFault.configuration, configuration: undefined }
  }
}

/** Counts this boot in the board's own flash area; whatever goes wrong there makes the board weak, not dead. */
function countThisBoot(): BootCount {
  const area = board.bootCounter
  const pages: CounterPage[] = []
  for (let i = 0; i < area.pages; i++) {
    pages.push({ address: area.address + i * area.pageBytes, length: area.pageBytes })
  }
  try {
    const flash = require('Flash')
    return countBoot(
      {
        read: (length: number, address: number) => flash.read(length, address),
        write: (bytes: Uint8Array, address: number) => flash.write(bytes, address),
        erasePage: (address: number) => flash.erasePage(address),
      },
      pages,
      crc32,
    )
  } catch (_) {
    return { counter: 1, kept: false, fresh: true }
  }
}

function makeLink(configuration: NodeConfiguration, crypto: NodeCrypto, key: Uint8Array): Link | undefined {
  const link = configuration.link
  if (!readerUarts(board, link.kind)) return undefined
  if (link.kind === 'serial') {
    const uart = uartOf(board, board.linkUart)
    if (!uart) return undefined
    const port = serialPort(board.linkUart)
    port.setup(link.baud, { tx: uart.tx, rx: uart.rx })
    return new SerialLink(port, status, crc32, toBytes)
  }
  // Kept as one dead branch: then the bundle of a board without a radio has no MQTT in it.
  if (typeof WAYPOST_HAS_WIFI === 'undefined' || WAYPOST_HAS_WIFI) {
    const mqtt = link as MqttLinkConfiguration
    const password = mqttPassword(crypto.sha256, key)
    if (!password) return undefined
    return new MqttLink(
      platform,
      status,
      {
        node: configuration.node,
        password: password,
        host: mqtt.host,
        port: mqtt.port,
        ssid: mqtt.ssid || '',
        wifiPassword: mqtt.wifiPassword || '',
      },
      {
        net: require('net'),
        wifi: mqtt.ssid ? require('Wifi') : undefined,
        toBytes: toBytes,
        toText: toText,
      },
    )
  }
  return undefined
}

/** Says why the board does not run, in plain text, where somebody with a terminal can see it. */
function refuse(fault: string): void {
  const uart = uartOf(board, board.linkUart)
  if (uart) {
    const port = serialPort(board.linkUart)
    port.setup(115200, { tx: uart.tx, rx: uart.rx })
    port.write(`\r\nwaypost: ${fault}\r\n`)
  }
}

/*
 * Each of these makes functions that stay, in a function of its own: what a function was made in stays with it,
 * and the start with the whole configuration shall not.
 */

function gpioOf(): Gpio {
  return {
    pinMode: (pin, mode) => pinMode(pin, mode),
    digitalRead: (pin) => digitalRead(pin),
    analogRead: (pin) => analogRead(pin),
    setWatch: (callback, pin, options) =>
      setWatch(
        (event) => {
          runGuarded(status, () => callback(event))
        },
        pin,
        options,
      ),
    clearWatch: (id) => clearWatch(id),
  }
}

function noiseOf(sha256: Sha256): Noise {
  return new Noise(sha256, [() => E.hwRand(), () => E.hwRand(), () => getTime() * 1000000])
}

function journalIdOf(outbox: Outbox): () => number {
  return () => outbox.journalId
}

function healthFactsOf(outbox: Outbox, resets: number, link: Link): HealthFacts {
  return {
    queueRecords: () => outbox.count,
    recordsDropped: () => outbox.dropped,
    resets: () => resets,
    resetReason: () => ResetReason.unknown,
    linkRssiDbm: () => link.rssiDbm(),
  }
}

function healthOptionsOf(health: HealthConfiguration | undefined): HealthOptions {
  const battery = health ? health.battery : undefined
  return {
    intervalMilliseconds: health ? health.intervalMilliseconds : HEALTH_MILLISECONDS,
    memoryFreeVariables: () => process.memory().free,
    errorFlags: () => E.getErrorFlags(),
    batteryMillivolts: () =>
      battery ? batteryMillivoltsOf(analogRead(battery.pin), E.getAnalogVRef(), battery.dividerPermille) : 0,
  }
}

function handlersOf(delivery: Delivery, nodeClock: NodeClock): SessionHandlers {
  return {
    onOpen: (welcome) => {
      delivery.onOpen(welcome)
      nodeClock.onOpen()
    },
    onClose: () => {
      delivery.onClose()
      nodeClock.onClose()
    },
    onMessage: (message) => {
      if (message.number === MessageNumber.ack) delivery.onAck(message)
      else nodeClock.onTime(message)
    },
  }
}

function i2cOf(): I2cBus {
  return I2C1
}

function oneWireOf(pin: string): OneWireBus {
  return new OneWire(pin)
}

function startTask(task: Task): void {
  runGuarded(status, () => task.start())
}

function run(configuration: NodeConfiguration, crypto: NodeCrypto, key: Uint8Array): string {
  const boot = countThisBoot()
  if (!boot.kept) status.heldFlags = status.heldFlags | ErrorFlag.bootCounterWeak
  const noise = noiseOf(crypto.sha256)
  noise.stir(key)
  const bootNoise = noise.take(4)
  const journalId = makeJournalId(noise, boot.counter)
  const link = makeLink(configuration, crypto, key)
  if (!bootNoise || !journalId) return StartFault.crypto
  if (!link) return StartFault.link
  const bootId = new Uint8Array(Limit.BOOT_ID_BYTES)
  bootId.set(u32Bytes(boot.counter), 0)
  bootId.set(bootNoise, 4)

  const capacityBytes = board.outboxBytes
  const outbox = new Outbox({
    journalId: journalId,
    bootId: bootId,
    resetReason: ResetReason.unknown,
    capacityBytes: capacityBytes,
    capacityRecords: Math.floor(capacityBytes / (CHUNKS_A_RECORD * CHUNK_BYTES)),
    status: status,
  })
  const session = new Session(platform, status, link, crypto, noise, {
    nodeKey: key,
    hello: {
      node: configuration.node,
      keyEpoch: configuration.keyEpoch,
      suite: board.suite,
      bootId: bootId,
      nodeRandom: bootNoise,
      board: board.board,
      firmware: FIRMWARE,
      capabilities: capabilitiesOf(board, configuration) | (boot.kept ? Capability.bootCounterKept : 0),
      monotonicMilliseconds: 0,
      journalId: 0,
      resetReason: ResetReason.unknown,
    },
    journalId: journalIdOf(outbox),
  })
  const delivery = new Delivery(platform, status, outbox, session)
  const nodeClock = new NodeClock(platform, status, session)

  const tasks = makeTasks({
    board: board,
    configuration: configuration,
    hardware: {
      serial: serialPort,
      i2c: i2cOf,
      oneWire: oneWireOf,
      gpio: gpioOf(),
      toBytes: toBytes,
    },
    platform: platform,
    status: status,
    sink: outbox,
  })
  tasks.push(
    new HealthTask(
      platform,
      outbox,
      status,
      healthFactsOf(outbox, boot.counter, link),
      healthOptionsOf(configuration.health),
    ),
  )

  session.start(handlersOf(delivery, nodeClock))
  for (let i = 0; i < tasks.length; i++) {
    const task = tasks[i]
    if (task) startTask(task)
  }
  E.enableWatchdog(WATCHDOG_SECONDS, true)
  return StartFault.none
}

/** Crypto first: a board without it must not even read its key. The console leaves before the key comes. */
function start(): void {
  const crypto = nativeCrypto()
  if (!crypto) {
    print(`waypost: ${StartFault.crypto}`)
    return
  }
  E.setConsole(null, { force: true })
  const read = readConfiguration()
  if (!read.configuration) {
    refuse(read.fault)
    // Without a configuration there is no key to guard, and the gateway may provision over the console.
    if (read.fault === StartFault.configurationMissing) E.setConsole(board.linkUart)
    return
  }
  const key = bytesOfHex(read.configuration.key, Limit.KEY_BYTES)
  const fault = key ? run(read.configuration, crypto, key) : StartFault.configuration
  if (fault !== StartFault.none) refuse(fault)
}

start()
