import { describe, expect, it } from 'vitest'
import { forgetStart } from './forget.ts'

function forgotten(source: string): string {
  return forgetStart(source).slice(source.length).trim()
}

describe('forgetStart', () => {
  it('empties what only the start calls, and its tables', () => {
    const source =
      'var table = [1]; function scan() { return table[0] } function start() { scan() } start();\n'
    expect(forgotten(source)).toBe('scan = start = table = 0;')
  })

  it.each([
    ['a method', 'function help() {} var A = class { m() { help() } }; new A();\n', 'A = 0;'],
    [
      'a function inside another one',
      'function help() {} function start() { on(() => help()) } start();\n',
      'start = 0;',
    ],
    ['what such a function calls', 'function deep() {} function help() { deep() } on(() => help());\n', ''],
    [
      'the code of a function that is passed on',
      'function deep() {} function help() { deep() } on(help);\n',
      'help = 0;',
    ],
    [
      'a table that a kept function reads',
      'var table = [1]; function help() { table } on(() => help());\n',
      '',
    ],
  ])('keeps for %s what it needs', (_, source, expected) => {
    expect(forgotten(source)).toBe(expected)
  })

  it('forgets the class of a driver that was not made, as an instance keeps its own', () => {
    const source =
      'var Used = class { m() { return 7 } }, Unused = class {};' +
      'function start(kind) { if (kind === 1) return new Used(); return new Unused() }' +
      'var one = start(1); later(() => one.m());\n'
    expect(forgotten(source)).toBe('Unused = Used = start = 0;')
    let callback = (): unknown => undefined
    new Function('later', forgetStart(source))((given: () => unknown) => {
      callback = given
    })
    expect(callback()).toBe(7)
  })
})
