import { describe, expect, it } from 'vitest'
import { dropUnusedMethods } from './unused-methods.ts'

function flat(source: string): string {
  return dropUnusedMethods(source).replace(/\s+/g, ' ')
}

describe('dropUnusedMethods', () => {
  it('drops methods that nobody names, then those that only they named', () => {
    const source = 'class A { constructor() {} go() {} stop() { this.halt() } halt() {} } new A().go()'
    expect(flat(source)).toBe('class A { constructor() {} go() {} } new A().go()')
  })

  it.each([
    ['named on another object', 'class A { close() {} } x.close()'],
    ['that stand in a text', 'class A { close() {} } x["close"]()'],
    ['that the language calls', 'class A { toString() {} }'],
    ['with a computed name, and accessors', 'class A { [f()]() {} get size() {} }'],
  ])('keeps methods %s', (_, source) => {
    expect(flat(source)).toBe(source)
  })
})
