import { connect, type MqttClient } from 'mqtt'
import { joinBatch, splitBatch } from '#gateway/links/mqtt-batch.ts'
import type { RandomStream } from '#hardware-sim/kernel/types.ts'
import { mqttPassword } from '#protocol/keys.ts'
import { MessageNumber } from '#protocol/numbers.ts'
import { sha256Node } from '#protocol/seal-node.ts'
import { NodeClient, sampleRecord } from '#test/support/node-client.ts'

const TURN_MILLISECONDS = 20
const RECONNECT_MILLISECONDS = 100
/** A node may say hello once a second. */
const HELLO_MILLISECONDS = 1_050
const RESEND_MILLISECONDS = 400
const RECORDS_A_FRAME = 4
const FRAMES_A_TURN = 8
/** Of the turns, in which a record that was acknowledged already is sent once more. */
const REPEAT_PROBABILITY = 0.1

/** `urn:epc:tag:sgtin-96`: header 30, filter 1, partition 5, company 9521141, item 012345 and a serial number. */
export function tagOf(serial: number): Uint8Array {
  const company = 9_521_141n
  const item = 12_345n
  const value = (0x30n << 88n) | (1n << 85n) | (5n << 82n) | (company << 58n) | (item << 38n) | BigInt(serial)
  return new Uint8Array(Buffer.from(value.toString(16).padStart(24, '0'), 'hex'))
}

/**
 * A node on MQTT that makes a record every turn, one of reads with a tag of its own or one sample with a value
 * of its own, and knows exactly what was acknowledged. It repeats what was not, and now and then what was.
 */
export class StreamingNode {
  readonly node: NodeClient
  readonly acknowledged = new Set<number>()
  /** By sequence: serial number of the tag, or the value in thousandths of a degree. */
  readonly reads = new Map<number, number>()
  readonly samples = new Map<number, number>()
  readonly #records = new Map<number, unknown[]>()
  readonly #random: RandomStream
  readonly #mqtt: MqttClient
  readonly #timer: NodeJS.Timeout
  #next = 1
  #making = true
  #isUp = false
  #helloAt = 0
  #acksSeen = 0
  #welcomesSeen = 0
  #sentAt = new Map<number, number>()

  constructor(port: number, name: string, key: Uint8Array, random: RandomStream) {
    this.#random = random
    const mqtt = connect({
      host: '127.0.0.1',
      port,
      clientId: name,
      username: name,
      password: mqttPassword(sha256Node, key) as string,
      reconnectPeriod: RECONNECT_MILLISECONDS,
      connectTimeout: 2000,
      queueQoSZero: false,
    })
    this.#mqtt = mqtt
    const up = `waypost/1/${name}/up`
    this.node = new NodeClient({
      node: name,
      key,
      send: (frame) => void mqtt.publish(up, joinBatch([frame]), { qos: 0 }),
    })
    mqtt.on('connect', () =>
      mqtt.subscribe(`waypost/1/${name}/down`, () => {
        this.#isUp = true
      }),
    )
    mqtt.on('close', () => {
      this.#isUp = false
      this.node.welcome = undefined
    })
    mqtt.on('error', () => undefined)
    mqtt.on('message', (_topic, payload) => {
      splitBatch(new Uint8Array(payload), (frame) => this.node.receive(new Uint8Array(frame)))
      this.#heard()
    })
    this.#keep(this.node.bootRecord())
    this.#timer = setInterval(() => this.#turn(), TURN_MILLISECONDS)
  }

  /** Highest sequence that was made. */
  get made(): number {
    return this.#next - 1
  }

  get waiting(): number {
    return this.made - this.acknowledged.size
  }

  /** Makes no more of its own. */
  rest(): void {
    this.#making = false
  }

  /** An interval without tags, so that dwells before it can close. */
  addEmptyReads(): void {
    this.#keep([MessageNumber.reads, this.#next, 0, this.node.now(), 10, 0, []])
  }

  end(): void {
    clearInterval(this.#timer)
    this.#mqtt.end(true)
  }

  #keep(record: unknown[]): void {
    this.#records.set(this.#next, record)
    this.#next++
  }

  #heard(): void {
    const { acks, welcomes, whos } = this.node
    for (const ack of acks.slice(this.#acksSeen)) {
      this.#acknowledge(1, ack.through)
      for (const { from, to } of ack.ranges) this.#acknowledge(from, to)
    }
    this.#acksSeen = acks.length
    if (welcomes.length > this.#welcomesSeen) {
      this.#welcomesSeen = welcomes.length
      this.#acknowledge(1, welcomes.at(-1)?.through ?? 0)
      this.#sentAt.clear()
      this.node.askTime()
    }
    if (whos.splice(0).length > 0) this.node.welcome = undefined
  }

  #acknowledge(from: number, to: number): void {
    for (let sequence = from; sequence <= to; sequence++) this.acknowledged.add(sequence)
  }

  #turn(): void {
    if (this.#making) this.#make()
    if (!this.#isUp) return
    const now = performance.now()
    if (!this.node.welcome) {
      if (now - this.#helloAt < HELLO_MILLISECONDS) return
      this.#helloAt = now
      this.node.hello()
      return
    }
    const due: number[] = []
    for (
      let sequence = 1;
      sequence < this.#next && due.length < FRAMES_A_TURN * RECORDS_A_FRAME;
      sequence++
    ) {
      if (this.acknowledged.has(sequence)) continue
      if (now - (this.#sentAt.get(sequence) ?? -RESEND_MILLISECONDS) >= RESEND_MILLISECONDS)
        due.push(sequence)
    }
    if (this.acknowledged.size > 0 && this.#random.chance(REPEAT_PROBABILITY)) {
      due.push(this.#random.integer(1, this.acknowledged.size))
    }
    for (let at = 0; at < due.length; at += RECORDS_A_FRAME) {
      const sequences = due.slice(at, at + RECORDS_A_FRAME)
      for (const sequence of sequences) this.#sentAt.set(sequence, now)
      this.node.sendRecords(sequences.map((sequence) => this.#records.get(sequence) as unknown[]))
    }
  }

  #make(): void {
    const sequence = this.#next
    const now = this.node.now()
    if (sequence % 2 === 0) {
      this.samples.set(sequence, sequence)
      this.#keep(sampleRecord(sequence, now, sequence))
      return
    }
    this.reads.set(sequence, sequence)
    const read = [0, tagOf(sequence), 1, 3, 0, 5, -55, 0x3000]
    this.#keep([MessageNumber.reads, sequence, 0, now, 10, 0, [read]])
  }
}
