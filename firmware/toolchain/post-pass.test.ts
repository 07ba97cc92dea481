import { describe, expect, it } from 'vitest'
import { postPass } from './post-pass.ts'

function flat(source: string): string {
  return postPass(source).replace(/\s+/g, ' ').replaceAll('{ }', '{}').trim()
}

describe('postPass', () => {
  it('moves function declarations to the head of their scope, after directives', () => {
    expect(flat('"use strict"; a(); function a() { b(); function b() {} }')).toBe(
      '"use strict"; function a() { function b() {} b(); } a();',
    )
  })

  it('moves them inside blocks and nested functions too', () => {
    expect(flat('if (x) { f(); function f() {} }')).toBe('if (x) { function f() {} f(); }')
    expect(flat('var g = () => { f(); function f() {} };')).toBe('var g = () => { function f() {} f(); };')
  })

  it('drops the inner names of class expressions and gives their uses the outer name', () => {
    const source = 'var A = class _A { m() { return _A.n } };'
    expect(flat(source)).toBe('var A = class { m() { return A.n } };')
  })

  it('keeps shorthand properties whole, and spells one out whose value is renamed', () => {
    expect(flat('f({ cbc, ecb });')).toBe('f({ cbc, ecb });')
    expect(flat('var A = class _A { m() { return { _A } } };')).toBe(
      'var A = class { m() { return { _A: A } } };',
    )
  })

  it('joins neighbouring declarations, drops needless braces and undefined', () => {
    expect(flat('const a = 1; const b = 2; let c; let d = 3; f();')).toBe(
      'const a = 1, b = 2; let c, d = 3; f();',
    )
    expect(flat('if (a) { b(); } else { if (c) d(); }')).toBe('if (a) b(); else { if (c) d(); }')
    expect(flat('function f() { return void 0; }')).toBe('function f() { return; }')
  })

  it('refuses an inner name that nothing replaces', () => {
    expect(() => postPass('f(class B { m() { return B } })')).toThrowError(
      expect.objectContaining({ code: 'CLASS_NAME_NOT_REMOVABLE' }),
    )
  })

  it('refuses what does not parse', () => {
    expect(() => postPass('var 1')).toThrowError(expect.objectContaining({ code: 'BUNDLE_FAILED' }))
  })
})
