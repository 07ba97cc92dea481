import { describe, expect, it } from 'vitest'
import { alarmsOf, epcKeyOfHex, epcKeyOfUri } from './arrivals.ts'
import { type Judged, judge } from './expectations.ts'
import { junitXml } from './record/junit.ts'
import { sgtin96Hex } from './scenarios/sgtin.ts'

const epcs = [1, 2, 3].map((serial) => sgtin96Hex('9521141', '012345', serial, 1))
const link = (serial: number) => `https://id.gs1.org/01/09521141123454/21/${serial}`
const alarm = { rule: 'high-single', start: 'a', fired: 'b', end: null, minutes: 60, extremeCelsius: 9 }
const element = (more: object) => ({
  sensorMetadata: { deviceID: 'd' },
  'waypost:alarm': { ...alarm, ...more },
})
const base: Judged = { events: [], alerts: [], epcs, starts: new Map([['a', 1]]), replayed: false }

describe('the far end of a run', () => {
  it('knows an SGTIN in all its forms', () => {
    expect(epcKeyOfHex(epcs[0]!)).toBe('09521141123454/1')
    expect(epcKeyOfUri(link(1))).toBe('09521141123454/1')
    expect(epcKeyOfUri('urn:epc:id:sgtin:9521141.012345.1')).toBe('09521141123454/1')
    expect(epcKeyOfHex('e280')).toBe('e280')
    // Tag Data Standard, example E.3.
    expect(epcKeyOfHex('3074257bf7194e4000001a85')).toBe('80614141123458/6789')
  })

  it('takes the last word about an alarm', () => {
    const events = [{}, { end: 'c' }].map((more) => ({ sensorElementList: [element(more)] }))
    expect(alarmsOf(events)).toEqual([expect.objectContaining({ rule: 'high-single', end: 'c' })])
    expect(alarmsOf([...events].reverse())).toEqual([expect.objectContaining({ end: 'c' })])
  })

  it('passes what is right and names what is not', () => {
    const each = { network: 'distribution', tags: 'each-once', epcs: 3 } as const
    const good = { ...base, events: [{ epcList: [link(1), link(2)] }, { epcList: [link(3)] }] }
    expect(judge([each], good)[0]).toMatchObject({ passed: true })
    const doubled = { ...base, events: [{ epcList: [link(1), link(2)] }, { epcList: [link(2), link(9)] }] }
    expect(judge([each], doubled)[0]).toMatchObject({ passed: false })
    const { found } = judge([each], doubled)[0]!
    expect(found).toContain('1 missing: 09521141123454/3')
    expect(found).toContain('/2 2 times')
    expect(found).toContain('1 not in the world')
    expect(judge([{ network: 'distribution', alarm: 'high-single' }], base)[0]).toMatchObject({
      passed: false,
    })
    expect(judge([{ network: 'safety', count: { minimum: 1 } }], { ...base, alerts: [1] })[0]).toMatchObject({
      passed: true,
    })
    expect(judge([{ node: 'a', starts: { minimum: 2 } }], base)[0]).toMatchObject({ passed: false })
    expect(judge([{ network: 'distribution', alarm: 'x' }], { ...base, replayed: true })[0]).toMatchObject({
      passed: true,
      skipped: true,
    })
  })

  it('writes JUnit that escapes what it is given', () => {
    const xml = junitXml({
      name: 'a & b',
      seconds: 1.5,
      properties: { seed: '1' },
      cases: [{ name: 'x < y' }, { name: 'z', failure: 'found "2"' }, { name: 's', skipped: 'csv' }],
      output: 'npx waypost sim run',
    })
    expect(xml).toContain('tests="3" failures="1" errors="0" skipped="1"')
    expect(xml).toContain('name="x &lt; y"')
    expect(xml).toContain('<failure message="found &quot;2&quot;"/>')
  })
})
