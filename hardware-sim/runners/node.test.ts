import { describe, expect, it } from 'vitest'
import { boardOf } from '../boards/boards.ts'
import { testNode } from './testing.ts'

describe('the V8 context of a node', () => {
  it('has nothing that the interpreter has not', async () => {
    const { printed, runFor } = testNode(`
      print(typeof Map, typeof Set, typeof Symbol, typeof WeakMap, typeof Date, typeof Reflect, typeof Proxy,
        typeof BigInt, typeof Intl, typeof setImmediate, typeof queueMicrotask, typeof Buffer, typeof module)
      print(typeof Number.isInteger, typeof Math.imul, typeof Math.trunc, typeof Array.from, typeof [].flat,
        typeof [].keys, typeof ''.codePointAt, typeof Object.freeze, typeof new ArrayBuffer(1).slice,
        typeof Promise.prototype.finally, typeof process.exit, typeof Uint8Array.from)
      print(typeof Math.floor, typeof [].map, typeof ''.padStart, typeof Object.assign, typeof new Uint8Array(1).fill)
      for (const x of [1, 2]) print(x)
      print(new Uint8Array([1, 2, 3]).slice(1) instanceof Array)
      print(print.constructor === Function, Object.getPrototypeOf(E) === Object.prototype)`)
    await runFor(100)
    expect(printed[0]).toBe(Array(13).fill('undefined').join(' '))
    expect(printed[1]).toBe(Array(12).fill('undefined').join(' '))
    expect(printed[2]).toBe('function function function function function')
    expect(printed.slice(3)).toEqual(['1', '2', 'true', 'true true'])
  })

  it('gives no way back to Node through what it offers', async () => {
    const { printed, runFor } = testNode(`
      var objects = [print, E.getErrorFlags(), process.env, require('crypto').SHA256('a'), new Pin('A0'), E.CRC32,
        require('Flash').read(4, 0x08004000), require('Storage').list(), process.memory()]
      for (var i = 0; i < objects.length; i++) {
        var f = objects[i].constructor
        while (f.constructor !== f) f = f.constructor
        print(f('return typeof process.exit + typeof globalThis.Map')())
      }`)
    await runFor(100)
    expect(printed).toEqual(Array(9).fill('undefinedundefined'))
  })

  it('is the same for the same seed and another for another', async () => {
    const code = 'print(Math.random(), E.hwRand(), Math.randInt(1000))'
    const lines: string[] = []
    for (const seed of [1, 1, 2]) {
      const test = testNode(code, {}, seed)
      await test.runFor(100)
      lines.push(test.printed[0]!)
    }
    expect(lines[0]).toBe(lines[1])
    expect(lines[2]).not.toBe(lines[0])
  })
})

describe('time and order', () => {
  it('runs timers on virtual time and lets an interval live through an exception', async () => {
    const { printed, node, runFor } = testNode(`
      var n = 0
      setInterval(function () { n++; print(n, Math.round(getTime() * 1000)); if (n === 2) throw new Error('boom') }, 50)
      setTimeout(function (a, b) { print('args', a, b) }, 120, 7, 'x')`)
    await runFor(20 + 205)
    expect(printed).toEqual(['1 50', '2 100', 'args 7 x', '3 150', '4 200'])
    expect(node.crashCount).toBe(1)
    expect(node.crashes[0]!.text).toContain('boom')
  })

  it('runs promise reactions at the end of a callback, zero timers of a hardware callback first', async () => {
    const { printed, pin, runFor } = testNode(`
      function both(name) {
        Promise.resolve(1).then(function () { print(name, 'promise') })
        setTimeout(function () { print(name, 'timer') }, 0)
      }
      setTimeout(function () { both('timer:') }, 10)
      setWatch(function () { both('watch:') }, A0, { repeat: true, edge: 'rising' })`)
    await runFor(100)
    pin('A0').drive('test', 1)
    await runFor(10)
    expect(printed).toEqual(['timer: promise', 'timer: timer', 'watch: timer', 'watch: promise'])
  })

  it('counts an exception while loading, and one of a promise reaction does not end the run', async () => {
    const { printed, node, runFor } = testNode('print(1); undefinedName()')
    await runFor(100)
    expect(printed).toEqual(['1'])
    expect(node.crashes[0]!.text).toContain('undefinedName')
  })

  it('drifts as told', async () => {
    const { printed, runFor } = testNode(
      'setTimeout(function () { print(Math.round(getTime() * 1000)) }, 10000)',
      { clockDriftPpm: 100_000 },
    )
    await runFor(20 + 9100)
    expect(printed).toEqual(['10000'])
  })

  it('debounces watches', async () => {
    const { printed, pin, kernel, runFor } = testNode(`
      setWatch(function (e) { print(e.state, Math.round(e.time * 1000)) }, A8, { repeat: true, edge: 'both', debounce: 50 })`)
    await runFor(120)
    for (const [at, level] of [
      [0, 1],
      [5, 0],
      [10, 1],
      [200, 0],
      [205, 1],
      [400, 0],
    ] as const) {
      kernel.clock.setTimeout(() => pin('A8').drive('test', level), at)
    }
    await runFor(1000)
    expect(printed).toEqual(['true 110', 'false 500'])
  })
})

describe('power', () => {
  it('keeps flash and files over a power cut and forgets everything else', async () => {
    const { printed, node, runFor } = testNode(`
      var s = require('Storage'), f = require('Flash')
      var n = Number(s.read('n') || 0) + 1
      s.write('n', String(n))
      f.write(new Uint8Array([255 - n]), 0x08004000)
      print(n, f.read(1, 0x08004000)[0], Math.round(getTime() * 1000))
      setInterval(function () { print('alive', n) }, 1000)`)
    await runFor(500)
    node.powerOff()
    await runFor(5000)
    node.powerOn()
    await runFor(500)
    expect(printed).toEqual(['1 254 0', '2 252 0'])
    expect(node.starts).toBe(2)
    node.flash.erasePage(0x0800_4000)
    expect(node.flash.read(1, 0x0800_4000)[0]).toBe(0xff)
  })

  it('restarts by E.reboot and by a watchdog that is not kicked', async () => {
    const { printed, runFor } = testNode(`
      print('start')
      var n = Number(require('Storage').read('n') || 0) + 1
      require('Storage').write('n', String(n))
      if (n === 1) setTimeout(function () { E.reboot() }, 100)
      if (n === 2) E.enableWatchdog(2, false)`)
    await runFor(10_000)
    expect(printed.length).toBe(3)
  })

  it('refuses to touch flash that is no program area', async () => {
    const { printed, runFor } = testNode(
      `try { require('Flash').write(new Uint8Array(4), 0) } catch (e) { print(e.message) }`,
      { board: boardOf('ESP32') },
    )
    await runFor(100)
    expect(printed[0]).toContain('not a program')
  })
})
