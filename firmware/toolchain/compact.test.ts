import { describe, expect, it } from 'vitest'
import { compact, shortBooleans } from './compact.ts'

function flat(source: string): string {
  return compact(source).replace(/\s+/g, ' ').trim()
}

describe('compact', () => {
  it('puts numbers and sums of them in the places of their names', () => {
    expect(flat('var HEAD = 12, TAG = 8; var ROOM = 512 - HEAD - TAG; f(ROOM, x + HEAD * 2)')).toBe(
      'f(492, x + 24)',
    )
    expect(flat('var LOW = -3; f(5 - LOW, LOW)')).toBe('f(8, (-3))')
  })

  it('leaves what is assigned, shadowed, spelled as a key, or not of the outermost scope', () => {
    expect(flat('let a = 1; a = 2; f(a)')).toBe('let a = 1; a = 2; f(a)')
    expect(flat('var a = 1; function g(a) { return a } g(a)')).toBe('function g(a) { return a } g(1)')
    expect(flat('var a = 1; f({ a })')).toBe('var a = 1; f({ a })')
    expect(flat('function g() { var a = 1; return a }')).toBe('function g() { var a = 1; return a }')
  })

  it('puts a text in place only where it is used once or is short', () => {
    expect(flat('var A = "long text", B = "another"; f(A, A, B)')).toBe(
      'let A = "long text"; f(A, A, "another")',
    )
  })

  it('does not work out what is no whole number, and keeps other arithmetic', () => {
    expect(flat('f(1 / 3, 0.1 + 0.2, 2 ** 3, 1 + x)')).toBe('f(1 / 3, 0.1 + 0.2, 2 ** 3, 1 + x)')
  })

  it('makes const shorter and gives `this` a name where it stands often', () => {
    expect(flat('const f = () => 1; f()')).toBe('let f = () => 1; f()')
    const often = `${'this.a(); '.repeat(9)}f(() => this.b);`
    expect(flat(`var A = class { constructor() { ${often} } m() { this.a() } }`)).toBe(
      `var A = class { constructor() {let self = this; ${often.replaceAll('this', 'self')} } m() { this.a() } }`,
    )
  })

  it('gives the same results', () => {
    const source = 'var A = 3, B = A * A - 1; const add = (x) => x + B; return add(A) - -A'
    expect(new Function(compact(source))()).toBe(new Function(source)())
  })
})

describe('shortBooleans', () => {
  it('writes them with two characters', () => {
    expect(shortBooleans('function f(a){if(a===true)return false;return true}')).toBe(
      'function f(a){if(a===!0)return!1;return!0}',
    )
  })
})
