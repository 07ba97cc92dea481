import { boardOf } from '../boards/boards.ts'
import type { Level } from '../buses/types.ts'
import { createKernel } from '../kernel/kernel.ts'
import { ProcessorTime } from '../kernel/local-time.ts'
import { run } from '../kernel/run.ts'
import { SimulatedNode } from './node.ts'
import type { NodeOptions, NodeWiring } from './types.ts'

/** A wire that only remembers its level; enough for the runner's own tests. */
export class PlainPin {
  readonly name: string
  private now: Level = 0
  private listeners: ((edge: { level: Level; atMicroseconds: number }) => void)[] = []
  private readonly time: () => number
  constructor(name: string, time: () => number) {
    this.name = name
    this.time = time
  }
  level(): Level {
    return this.now
  }
  setPull(): void {}
  output(level: Level | undefined): void {
    if (level !== undefined) this.set(level)
  }
  drive(_part: string, level: Level | undefined): void {
    if (level !== undefined) this.set(level)
  }
  watch(listener: (edge: { level: Level; atMicroseconds: number }) => void): () => void {
    this.listeners.push(listener)
    return () => {
      this.listeners = this.listeners.filter((one) => one !== listener)
    }
  }
  private set(level: Level): void {
    if (level === this.now) return
    this.now = level
    for (const listener of [...this.listeners]) listener({ level, atMicroseconds: this.time() })
  }
}

/** A node with a small hand-written program and nothing attached, for tests of the runner. */
export function testNode(code: string, more: Partial<NodeOptions> = {}, seed = 1) {
  const kernel = createKernel({ seed })
  const printed: string[] = []
  const pins = new Map<string, PlainPin>()
  const pin = (name: string): PlainPin => {
    const known = pins.get(name) ?? new PlainPin(name, () => kernel.clock.nowMicroseconds())
    pins.set(name, known)
    return known
  }
  const wiring: NodeWiring = {
    uart: () => undefined,
    i2c: () => undefined,
    oneWire: () => {
      throw new Error('no 1-Wire here')
    },
    pin,
  }
  const node = new SimulatedNode({
    id: 'test',
    board: boardOf('ESPRUINOWIFI'),
    code,
    files: {},
    clock: kernel.clock,
    time: new ProcessorTime(kernel.clock),
    random: kernel.random('node'),
    wiring,
    onPrint: (line) => printed.push(line),
    ...more,
  })
  node.powerOn()
  const runFor = (milliseconds: number) =>
    run(kernel, {
      untilMicroseconds: kernel.clock.nowMicroseconds() + milliseconds * 1000,
      activity: () => 0,
    })
  return { kernel, node, printed, pin, runFor }
}
