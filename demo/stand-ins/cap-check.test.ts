import { describe, expect, it } from 'vitest'
import { checkCap } from './cap-check.ts'
import { capDocument } from './testing.ts'

const check = (text: string) => checkCap(Buffer.from(text))
const reasonsOf = (text: string): string[] => {
  const verdict = check(text)
  return verdict.ok ? [] : verdict.reasons.map((reason) => `${reason.path}: ${reason.message}`)
}
const info = (inner: string): string =>
  `<category>Health</category><event>e</event><urgency>Past</urgency><severity>Minor</severity><certainty>Observed</certainty>${inner}`
const area = (inner: string): string => info(`<area><areaDesc>Hall</areaDesc>${inner}</area>`)

describe('CAP 1.2 checker', () => {
  it('accepts a valid alert and says what it is', () => {
    const verdict = check(capDocument())
    expect(verdict).toMatchObject({
      ok: true,
      alert: {
        identifier: 'waypost-demo-0001',
        scope: 'Restricted',
        event: 'Cold-chain excursion',
        areaDesc: 'Demo site',
      },
    })
  })

  it('accepts prefixes, UTC as -00:00, Private with addresses, Update with references, a closed polygon', () => {
    const prefixed = capDocument()
      .replace(/<(\/?)([a-zA-Z])/g, '<$1cap:$2')
      .replace('xmlns=', 'xmlns:cap=')
    expect(reasonsOf(prefixed)).toEqual([])
    expect(reasonsOf(capDocument({ sent: '2026-11-23T00:30:00-00:00' }))).toEqual([])
    expect(
      reasonsOf(
        capDocument({ scope: 'Private', restriction: undefined, info: undefined }, [
          ['addresses', 'someone@example.org'],
        ]),
      ),
    ).toEqual([])
    expect(
      reasonsOf(
        capDocument({ msgType: 'Update', info: undefined }, [
          [
            'references',
            'a@b.example,one,2026-11-23T00:00:00-00:00 a@b.example,two,2026-11-23T00:00:00-00:00',
          ],
        ]),
      ),
    ).toEqual([])
    expect(reasonsOf(capDocument({ info: area('<polygon>1,1 1,2 2,2 1,1</polygon>') }))).toEqual([])
  })

  const broken: [string, string, RegExp][] = [
    ['not XML', 'hello', /not well-formed/],
    ['empty', '', /not well-formed/],
    ['cut in the middle', capDocument().slice(0, 300), /not well-formed/],
    [
      'a DOCTYPE',
      capDocument().replace('<alert', '<!DOCTYPE alert [<!ENTITY a "b">]><alert'),
      /document type/,
    ],
    ['CAP 1.1', capDocument().replace('cap:1.2', 'cap:1.1'), /root is/],
    ['no namespace', capDocument().replace(/ xmlns="[^"]*"/, ''), /root is/],
    ['another root', capDocument().replace(/alert/g, 'alarm'), /root is/],
    ['no identifier', capDocument({ identifier: undefined }), /identifier: is missing/],
    ['identifier with space', capDocument({ identifier: 'a b' }), /white space/],
    ['identifier with comma', capDocument({ identifier: 'a,b' }), /comma/],
    ['identifier with &', capDocument({ identifier: 'a&amp;b' }), /&/],
    ['identifier with <', capDocument({ identifier: 'a&lt;b' }), /</],
    ['empty sender', capDocument({ sender: '' }), /sender\[1\]: is empty/],
    ['sent with Z', capDocument({ sent: '2026-11-23T00:30:00Z' }), /no Z/],
    ['sent with milliseconds', capDocument({ sent: '2026-11-23T00:30:00.000+09:00' }), /no fractions/],
    ['sent on 30 February', capDocument({ sent: '2026-02-30T00:30:00+09:00' }), /no date/],
    ['sent at 25 h', capDocument({ sent: '2026-02-03T25:30:00+09:00' }), /time of day/],
    ['sent with a comma for a sign', capDocument({ sent: '2026-02-03T05:30:00,09:00' }), /not YYYY/],
    ['unknown status', capDocument({ status: 'Real' }), /not one of Actual/],
    ['status in small letters', capDocument({ status: 'exercise' }), /not one of/],
    ['unknown scope', capDocument({ scope: 'Secret' }), /not one of Public/],
    ['Restricted without restriction', capDocument({ restriction: undefined }), /Restricted/],
    ['Restricted with an empty one', capDocument({ restriction: ' ' }), /Restricted/],
    ['Private without addresses', capDocument({ scope: 'Private' }), /Private/],
    ['Update without references', capDocument({ msgType: 'Update' }), /Update/],
    ['Cancel without references', capDocument({ msgType: 'Cancel' }), /Cancel/],
    [
      'references of two parts',
      capDocument({ msgType: 'Cancel', info: undefined }, [['references', 'a,b']]),
      /not sender,identifier,sent/,
    ],
    [
      'two senders',
      capDocument().replace('</sender>', '</sender><sender>x</sender>'),
      /not in its place|more than/,
    ],
    ['elements out of order', capDocument({ info: undefined }, [['source', 'late']]), /not in its place/],
    ['an element nobody knows', capDocument({ info: undefined }, [['colour', 'red']]), /unknown/],
    [
      'info without category',
      capDocument({ info: info('').replace(/<category>.*?<\/category>/, '') }),
      /category/,
    ],
    ['info with two urgencies', capDocument({ info: info('<urgency>Past</urgency>') }), /not in its place/],
    ['markup in a text', capDocument({ identifier: '<b>x</b>' }), /elements inside/],
    ['circle without radius', capDocument({ info: area('<circle>37.5,126.9</circle>') }), /not latitude/],
    [
      'circle with a negative radius',
      capDocument({ info: area('<circle>37.5,126.9 -1</circle>') }),
      /length/,
    ],
    ['circle beyond the pole', capDocument({ info: area('<circle>97.5,126.9 1</circle>') }), /within ±90/],
    ['polygon of two pairs', capDocument({ info: area('<polygon>1,1 1,1</polygon>') }), /at least 4/],
    ['polygon not closed', capDocument({ info: area('<polygon>1,1 1,2 2,2 2,1</polygon>') }), /not closed/],
    [
      'polygon of words',
      capDocument({ info: area('<polygon>here there 1,1 1,1</polygon>') }),
      /not latitude/,
    ],
    ['ceiling without altitude', capDocument({ info: area('<ceiling>10</ceiling>') }), /without altitude/],
    [
      'parameter without value',
      capDocument({ info: info('<parameter><valueName>a</valueName></parameter>') }),
      /value/,
    ],
    ['language with a space', capDocument({ info: `<language>en GB</language>${info('')}` }), /language tag/],
  ]
  it.each(broken)('refuses %s', (_name, text, reason) => {
    expect(reasonsOf(text).join('\n')).toMatch(reason)
  })

  it('never opens what a DOCTYPE points to, whatever the encoding', () => {
    const text = capDocument()
      .replace('UTF-8', 'UTF-16')
      .replace('<alert', '<!DOCTYPE alert SYSTEM "file:///etc/passwd"><alert')
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
    const verdict = checkCap(utf16)
    expect(verdict.ok ? 'accepted' : verdict.reasons[0]?.message).toMatch(/document type|not well-formed/)
  })

  it('is bounded: bytes, depth, elements', () => {
    expect(reasonsOf(capDocument({ restriction: 'x'.repeat(300_000) })).join()).toMatch(/bytes, more than/)
    expect(reasonsOf(capDocument({ info: '<a>'.repeat(40) + '</a>'.repeat(40) })).join()).toMatch(
      /nested deeper/,
    )
    expect(reasonsOf(capDocument({ info: '<a/>'.repeat(21_000) })).join()).toMatch(/elements/)
  })

  it('lets a signature stand at the end and nothing after it', () => {
    const signed = capDocument().replace(
      '</alert>',
      '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></alert>',
    )
    expect(reasonsOf(signed)).toEqual([])
    expect(reasonsOf(signed.replace('</alert>', '<note>late</note></alert>')).join()).toMatch(
      /after a signature/,
    )
  })
})
