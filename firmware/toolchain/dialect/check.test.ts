import { describe, expect, it } from 'vitest'
import { checkDialect } from './check.ts'

function rules(source: string): string[] {
  return checkDialect(source).map((finding) => finding.rule)
}

describe('what does not parse on the board', () => {
  it.each([
    ['function f(a = 2) {}', 'default-parameter'],
    ['function f(...r) {}', 'rest-parameter'],
    ['f(...r)', 'spread'],
    ['x = [1, ...r]', 'spread'],
    ['x = { ...r }', 'spread'],
    ['var { a } = o', 'destructuring'],
    ['var [a] = o', 'destructuring'],
    ['x = { [k]: 1 }', 'computed-key'],
    ['class A { [k]() {} }', 'computed-key'],
    ['class A { "m"() {} }', 'method-name'],
    ['class A { of() {} }', 'method-name'],
    ['class A { ; }', 'class-semicolon'],
    ['class A { #p = 1 }', 'private-name'],
    ['class A { static { x = 1 } }', 'static-block'],
    ['a: for (;;) break a', 'label'],
    ['switch (x) { default: y(); case 1: z() }', 'switch-default-not-last'],
    ['x = 2 ** 3', 'exponent'],
    ['x **= 3', 'exponent'],
    ['x = a?.b', 'optional-chain'],
    ['x ??= 1', 'logical-assignment'],
    ['async function f() {}', 'async'],
    ['function* g() { yield 1 }', 'generator'],
    ['x = t`a`', 'tagged-template'],
    ['function F() { new.target }', 'meta-property'],
    ['x = 10n', 'bigint'],
    ['x = /a/', 'regular-expression'],
    ['class A extends f() {}', 'class-extends-expression'],
    ['do if (x) y(); while (z)', 'do-if'],
    ['import a from "b"', 'module'],
    ['var \u00e9 = 1', 'identifier-characters'],
    ['x = "\\u{1F600}"', 'unicode-escape'],
    ['var 1', 'not-javascript'],
  ])('%s', (source, rule) => {
    expect(rules(source)).toContain(rule)
  })

  it.each([
    'function f(a, b) { return a === undefined ? b : a }',
    'x = { a: 1, "b-c": 2, m() { return 1 }, get g() { return 2 } }',
    'class A { constructor(x) { this.x = x } m() { return this.x } static s() { return 1 } get() { return 2 } }',
    'switch (x) { case 1: y(); break; default: z() }',
    'x = `a`; y = a ?? b; try { f() } catch { g() }',
    'do { if (x) y() } while (z)',
  ])('is silent on %s', (source) => {
    expect(rules(source)).toEqual([])
  })
})

describe('built-ins', () => {
  it.each([
    ['x = new Map()', 'missing-global'],
    ['queueMicrotask(f)', 'missing-global'],
    ['throw new RangeError("x")', 'missing-global'],
    ['x = Math.imul(2, 3)', 'missing-static'],
    ['x = Number.isInteger(3)', 'missing-static'],
    ['x = Array.from(y)', 'missing-static'],
    ['x = [1].flatMap(f)', 'missing-method'],
    ['const u = new Uint8Array(3); u.copyWithin(0, 1)', 'missing-method'],
    ['x = y.padEnd(3).trimStart()', 'missing-method'],
    ['x = Array.prototype.slice.call(y)', 'builtin-prototype'],
    ['try { f() } catch (e) { g(e.name) }', 'error-name'],
  ])('%s', (source, rule) => {
    expect(rules(source)).toContain(rule)
  })

  it.each([
    'function Map() {} x = new Map()',
    'x = Math.floor(3); y = Object.keys(z); w = Array.isArray(z)',
    'x = [1, 2].map(f).filter(g).indexOf(2)',
    'const u = new Uint8Array(3); u.set([1], 0); u.fill(2); u.subarray(1); u.indexOf(3)',
    'wire.search(); store.keys(); x = o.name',
    'class A { flat() { return 1 } } x = y.flat()',
  ])('is silent on %s', (source) => {
    expect(rules(source)).toEqual([])
  })
})

describe('closures over the variables of a loop', () => {
  it.each([
    'for (let i = 0; i < 3; i++) f(() => i)',
    'for (const k of list) f(function () { return k })',
    'for (const k in o) { setTimeout(() => g(k), 1) }',
  ])('%s', (source) => {
    expect(rules(source)).toEqual(['loop-variable-capture'])
  })

  it.each([
    'for (let i = 0; i < 3; i++) { const j = i; f(() => j) }',
    'for (let i = 0; i < 3; i++) f(i)',
    'for (let i = 0; i < 3; i++) (function () { f(i) })()',
    'function h(i) { f(() => i) } for (let i = 0; i < 3; i++) h(i)',
  ])('is silent on %s', (source) => {
    expect(rules(source)).toEqual([])
  })
})

describe('use before the declaration', () => {
  it.each([
    ['f(); function f() {}', 'function-before-declaration'],
    ['(function () { return g(); function g() {} })()', 'function-before-declaration'],
    ['function a() { b() } a(); function b() {}', 'function-before-declaration'],
    ['const a = () => b(); a(); function b() {}', 'function-before-declaration'],
    ['[1].forEach(() => b()); function b() {}', 'function-before-declaration'],
    ['x = 1; var x', 'var-before-declaration'],
  ])('%s', (source, rule) => {
    expect(rules(source)).toContain(rule)
  })

  it.each([
    'function f() {} f()',
    'function a() { b() } function b() {} a()',
    'function even(n) { return n === 0 || odd(n - 1) } function odd(n) { return n !== 0 && even(n - 1) } even(2)',
    'function f(n) { return n ? f(n - 1) : 0 } f(2)',
    'var x; function g() { return x } x = 1; g()',
  ])('is silent on %s', (source) => {
    expect(rules(source)).toEqual([])
  })
})

describe('classes', () => {
  it.each([
    ['class A { x = 1 }', 'class-field'],
    ['class A { y }', 'class-field'],
    ['class A { static z = 1 }', 'class-field'],
    ['class A extends Error {}', 'class-extends-builtin'],
    ['class A extends Array {}', 'class-extends-builtin'],
    ['var A = class B { m() { return B } }', 'class-inner-name'],
    ['class A { m() {} } class B extends A { m() { return () => super.m() } }', 'super-in-arrow'],
    [
      'class A { m() {} } class B extends A { m() { super.m() } } class C extends B { m() { super.m() } }',
      'super-three-levels',
    ],
  ])('%s', (source, rule) => {
    expect(rules(source)).toContain(rule)
  })

  it('is silent on two levels with assignments in the constructor', () => {
    const source =
      'class A { constructor() { this.x = 1 } m() { return this.x } } class B extends A { constructor() { super(); this.y = 2 } m() { return super.m() + this.y } }'
    expect(rules(source)).toEqual([])
  })
})

describe('what runs and answers otherwise', () => {
  it.each([
    ['a.length = 0', 'length-assignment'],
    ['x = Math.pow(2, 3)', 'math-pow'],
    ['const u = new Uint8Array(3); x = u.slice(1)', 'typed-array-slice'],
    ['x = 0.1', 'float-literal'],
    ['switch (x) { case 1: let y = 2 }', 'switch-declaration'],
    ['function f() { try { g() } finally { return 1 } }', 'finally-leaves'],
    ['function f() {\n return\n 5 }', 'return-line-break'],
    ['clearTimeout(undefined)', 'clear-undefined'],
    ['x = { b: 1, 1: 2 }', 'key-order'],
    ['x = () => arguments[0]', 'arguments-in-arrow'],
    ['x = JSON.stringify(o, null, 2)', 'json-arguments'],
    ['x.sort((a, b) => a > b)', 'sort-boolean'],
    ['x = String.fromCharCode(8364)', 'character-beyond-255'],
  ])('%s', (source, rule) => {
    expect(rules(source)).toContain(rule)
  })

  it.each([
    'class A { constructor() { this.length = 0 } } function f(a) { a.length = 2 }',
    'f({ length: 1 }); x = y.pow; z = Math.round(w)',
    'switch (x) { case 1: { let y = 2; f(y); break } } x = [3, 1].sort((a, b) => a - b)',
  ])('is silent on %s', (source) => {
    expect(rules(source)).toEqual([])
  })

  it('says where, counted from 1', () => {
    expect(checkDialect('var a\n  a.length = 2')).toEqual([
      {
        line: 2,
        column: 3,
        rule: 'length-assignment',
        message: 'length cannot be assigned: it throws; use splice',
      },
    ])
  })

  it('lists at most a thousand findings and says that there are more', () => {
    const findings = checkDialect('x = 2 ** 2;'.repeat(1001))
    expect(findings).toHaveLength(1001)
    expect(findings.at(-1)?.rule).toBe('too-many')
  })
})
