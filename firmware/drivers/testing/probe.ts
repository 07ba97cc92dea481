/*
 * Drivers and tasks over small fakes on a clock of its own, printed line by line: the same bundle runs in V8
 * and on the interpreter (drivers.espruino.test.ts), and the lines must be equal. In the board's dialect.
 */
import type { ContactBody, HealthBody, ReadsBody, SamplesBody } from '#protocol/records.ts'
import type { WatchEvent } from '../../device-api.ts'
import { ContactsTask } from '../../tasks/contacts.ts'
import { HealthTask } from '../../tasks/health.ts'
import { InventoryTask } from '../../tasks/inventory.ts'
import { SamplingTask } from '../../tasks/sampling.ts'
import { connect as connectContact } from '../contacts/contact.ts'
import { connect as connectR200 } from '../readers/r200.ts'
import { connect as connectDs18b20 } from '../sensors/ds18b20.ts'
import { connect as connectSht3x } from '../sensors/sht3x.ts'

declare function print(text: string): void

function say(name: string, values: unknown[]): void {
  print(`@${name} ${JSON.stringify(values)}`)
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.substring(i * 2, i * 2 + 2), 16)
  return bytes
}

function textOf(hex: string): string {
  let text = ''
  for (let i = 0; i < hex.length; i += 2) text += String.fromCharCode(parseInt(hex.substring(i, i + 2), 16))
  return text
}

function hexOf(text: string): string {
  let hex = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    hex += (code < 16 ? '0' : '') + code.toString(16)
  }
  return hex
}

function bytesOfText(text: string): Uint8Array {
  return bytesOf(hexOf(text))
}

interface ProbeTimer {
  id: number
  at: number
  callback: () => void
}

class ProbeClock {
  now: number
  next: number
  timers: ProbeTimer[]

  constructor() {
    // Beyond 32 bits, as on a board that has been told the time.
    this.now = 1700000000000
    this.next = 1
    this.timers = []
  }

  nowMilliseconds(): number {
    return this.now
  }

  setTimeout(callback: () => void, milliseconds: number): number {
    const id = this.next
    this.next++
    this.timers.push({ id: id, at: this.now + milliseconds, callback: callback })
    return id
  }

  clearTimeout(id: number): void {
    for (let i = 0; i < this.timers.length; i++) {
      if (this.timers[i]!.id === id) {
        this.timers.splice(i, 1)
        return
      }
    }
  }

  advance(milliseconds: number): void {
    const end = this.now + milliseconds
    let due = this.earliest(end)
    while (due >= 0) {
      const timer = this.timers[due]!
      this.timers.splice(due, 1)
      if (timer.at > this.now) this.now = timer.at
      timer.callback()
      due = this.earliest(end)
    }
    this.now = end
  }

  earliest(end: number): number {
    let best = -1
    for (let i = 0; i < this.timers.length; i++) {
      const timer = this.timers[i]!
      if (timer.at <= end && (best < 0 || timer.at < this.timers[best]!.at)) best = i
    }
    return best
  }
}

const clock = new ProbeClock()
const status = { errorFlags: 0, framesSent: 3, framesResent: 1 }

const sink = {
  addReads: (body: ReadsBody): void => {
    say('reads', [body.startMilliseconds, body.durationMilliseconds, body.reader, body.readCount])
    for (let i = 0; i < body.readCount; i++) {
      const table = body.reads
      const row = body.firstRead + i
      say('read', [
        hexOf(table.ids[row]!),
        table.count[row]!,
        table.firstOffsetMilliseconds[row]!,
        table.lastOffsetMilliseconds[row]!,
        table.rssiMaximumDbm[row]!,
        table.protocolControl[row]!,
        table.antenna[row]!,
      ])
    }
  },
  addSamples: (body: SamplesBody): void => {
    say('samples', [body.baseMilliseconds, body.seriesCount])
    for (let i = 0; i < body.seriesCount; i++) {
      const series = body.series[i]!
      say('series', [series.sensor, series.quantity, series.resolution, series.sampleCount])
      const table = body.samples
      let row = series.firstSample
      for (let j = 0; j < series.sampleCount; j++) {
        say('sample', [table.offsetMilliseconds[row]!, table.value[row]!, table.fault[row]!])
        row = table.next[row]!
      }
    }
  },
  addContact: (body: ContactBody): void => {
    say('contact', [body.atMilliseconds, body.contact, body.kind, body.open, body.bounces])
  },
  addHealth: (body: HealthBody): void => {
    say('health', [
      body.atMilliseconds,
      body.batteryMillivolts,
      body.errorFlags,
      body.framesSent,
      body.resets,
    ])
  },
}

// Two good answers, a refusal that is retried, a wrong CRC twice, then nobody.
const climateAnswers = ['67a2e4487fe9', '', '67adca485485', '67a2e4487fe8', '67a2e4487fe8']
let climateAt = 0
const i2c = {
  setup: (): void => {},
  writeTo: (): void => {},
  readFrom: (): Uint8Array => {
    const answer = climateAt < climateAnswers.length ? climateAnswers[climateAt]! : ''
    climateAt++
    if (answer === '') throw new Error('I2C got NACK')
    return bytesOf(answer)
  },
}

// Good, power-on then good, a bus held low, a negative value, nobody.
const probeAnswers = [
  '82014b467fff0c10e1',
  '50054b467fff0c101c',
  '81014b467fff0c1024',
  '000000000000000000',
  '000000000000000000',
  '7ffe4b467fff011035',
  'ffffffffffffffffff',
  'ffffffffffffffffff',
]
let probeAt = 0
const oneWire = {
  reset: (): boolean => true,
  skip: (): void => {},
  select: (): void => {},
  write: (): void => {},
  read: (): Uint8Array => {
    const answer = probeAt < probeAnswers.length ? probeAnswers[probeAt]! : 'ffffffffffffffffff'
    probeAt++
    return bytesOf(answer)
  },
  search: (): string[] => ['28ee94f72716018d'],
}

let onEdge: (event: WatchEvent) => void = () => {}
let level = 0
const gpio = {
  pinMode: (): void => {},
  digitalRead: (): number => level,
  analogRead: (): number => 0.5,
  setWatch: (callback: (event: WatchEvent) => void): number => {
    onEdge = callback
    return 1
  },
  clearWatch: (): void => {},
}

function edge(value: number): void {
  level = value
  onEdge({ state: value === 1, time: clock.now / 1000, lastTime: 0 })
}

let onData: (data: string) => void = () => {}
const TAG_A = 'bb02220011c934003075 1feb705c5904e3d50d703a76ef7e'.split(' ').join('')
const TAG_B = 'bb02220011c43000e200001d7315016521408fc6b83ec27e'
const NO_TAG = 'bb01ff000115167e'
let polls = 0

function answer(hex: string, milliseconds: number): void {
  clock.setTimeout(() => {
    onData(textOf(hex))
  }, milliseconds)
}

const port = {
  setup: (): void => {},
  setConsole: (): void => {},
  removeAllListeners: (): void => {},
  on: (_event: 'data', callback: (data: string) => void): void => {
    onData = callback
  },
  write: (data: unknown): void => {
    const hex = hexOf(data as string)
    if (polls < 3) say('command', [hex])
    if (hex.substring(4, 6) === '07') answer('bb0107000100097e', 5)
    else if (hex.substring(4, 6) === 'b6') answer('bb01b6000100b87e', 5)
    else {
      polls++
      if (polls % 4 === 0) answer(`00bb7e${TAG_A}${TAG_B.substring(0, 20)}${TAG_B}`, 12)
      else if (polls < 20) {
        answer(TAG_A.substring(0, 22), 10)
        answer(TAG_A.substring(22), 12)
        answer(TAG_B, 30)
      } else if (polls < 40) answer(NO_TAG, 15)
    }
  },
}

const sampling = new SamplingTask(
  clock,
  gpio,
  sink,
  status,
  [
    { sensor: 0, driver: connectSht3x(i2c, { clock: clock, address: 0x44 }) },
    { sensor: 1, driver: connectDs18b20(oneWire, { clock: clock, rom: '' }) },
  ],
  { intervalMilliseconds: 6000, batchMilliseconds: 13000, triggerPin: null },
)
const inventory = new InventoryTask(
  clock,
  sink,
  status,
  connectR200(port, { clock: clock, region: 6, powerCentiDbm: 2000 }),
  { reader: 2, antenna: 1, pollMilliseconds: 200, intervalMilliseconds: 2000, toBytes: bytesOfText },
)
const contacts = new ContactsTask(clock, sink, [
  {
    contact: 4,
    kind: 0,
    driver: connectContact('A8', { clock: clock, gpio: gpio, debounceMilliseconds: 50, openLevel: 1 }),
  },
])
const health = new HealthTask(
  clock,
  sink,
  status,
  {
    queueRecords: () => 0,
    recordsDropped: () => 0,
    resets: () => 9,
    resetReason: () => 1,
    linkRssiDbm: () => 0,
  },
  {
    intervalMilliseconds: 60000,
    memoryFreeVariables: () => 1000,
    errorFlags: () => ['FIFO_FULL'],
    batteryMillivolts: () => 3300,
  },
)

sampling.start()
inventory.start()
contacts.start()
health.start()
clock.advance(20000)
edge(1)
clock.advance(3)
edge(0)
clock.advance(3)
edge(1)
clock.advance(20000)
inventory.stop()
sampling.stop()
contacts.stop()
health.stop()
say('end', [clock.timers.length, polls > 60])
