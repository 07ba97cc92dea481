import { expect, it } from 'vitest'
import { breakLines } from './lines.ts'

it('breaks long text between statements and methods only', () => {
  const source = `var a=1;function f(){${'g();'.repeat(60)}}class A{${'mm(){return"x;y"}'.repeat(20)}}f()`
  const broken = breakLines(source)
  expect(broken.replaceAll('\n', '')).toBe(source)
  expect(Math.max(...broken.split('\n').map((line) => line.length))).toBeLessThan(100)
  expect(broken).not.toMatch(/return\n/)
})

it('leaves short text alone', () => {
  expect(breakLines('var a=1;f()')).toBe('var a=1;f()')
})
