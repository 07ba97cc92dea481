import { describe, expect, it } from 'vitest'
import { testNode } from './testing.ts'

// Answers of the real interpreter (2v29.277, Linux build) to the same calls.
const MEASURED: [call: string, answer: string][] = [
  ['A.encrypt(n(0),k,{mode:"ECB"})', ''],
  ['A.encrypt(n(5),k,{mode:"ECB"})', '0000000000'],
  ['A.encrypt(n(17),k,{mode:"ECB"})', 'c63ab5506d34a83ca6069cff2ccd742100'],
  ['A.encrypt(n(32),k,{mode:"ECB"})', 'c63ab5506d34a83ca6069cff2ccd7421e925d09c849d6f0c0c3d9ca3f02e19dc'],
  ['A.encrypt(n(5),k,{iv:n(16),mode:"CBC"})', 'undefined'],
  [
    'A.encrypt(n(32),k,{iv:n(16),mode:"CBC"})',
    'dbf184112eb9111659712bafcff2ab24ae36962496ab7725a9ff34a610123817',
  ],
  ['A.decrypt(n(17),k,{mode:"ECB"})', '7f348caecd2c3b87e8bd27f4d2f6a6e700'],
  [
    'A.decrypt(n(32),k,{iv:n(16),mode:"CBC"})',
    '7e3c83b8d00810b5d1fd60ba87aac58d94f17c9c7ad24de7524e0377c814574e',
  ],
  ['A.encrypt(n(16),k,{mode:"CBC"})', 'c63ab5506d34a83ca6069cff2ccd7421'],
  ['A.encrypt(n(16),k,{iv:n(4),mode:"CBC"})', 'f36b69e0eb98411819242a29dce67a2e'],
  ['A.encrypt(n(16),k,{iv:n(20),mode:"CBC"})', 'dbf184112eb9111659712bafcff2ab24'],
  ['A.encrypt(n(16),k)', 'c63ab5506d34a83ca6069cff2ccd7421'],
  ['A.encrypt(n(20),k,{iv:n(16),mode:"CTR"})', 'daf98b07339d3a2460316ce19aaec84eeb02799f'],
  ['A.encrypt(n(20),k,{iv:n(4),mode:"CTR"})', 'daf98b07339d3a2460316ce19aaec84eeb02799f'],
  ['A.encrypt(n(20),k,{iv:n(16),mode:"CFB"})', 'c7a0e099402ff947e3e8b7a399faf6e61bd51997'],
  ['A.encrypt(n(20),k,{iv:n(16),mode:"OFB"})', 'undefined'],
  ['A.encrypt(n(16),n(15),{mode:"ECB"})', 'undefined'],
  ['A.encrypt(n(16),n(24),{mode:"ECB"})', '2c64288d7697af72ba4616189addfbc9'],
  ['A.encrypt(n(16),n(32),{mode:"ECB"})', '04e103012dc77f1a3f131315f00556ff'],
  ['A.encrypt("0123456789abcdef",k,{mode:"ECB"})', '2f5c4a71e95a5ce3f9e58cfaff542095'],
  ['c.SHA256(n(5))', '9bd7abda3405cf987d067870c68ac01c5371272b8df8389e10b403556b2604cf'],
  ['c.SHA256()', 'undefined'],
  ['c.SHA1(n(5))', '5fb9947192bcfed3f9fbd49a4134c8ec27195e93'],
]

describe('crypto as the interpreter has it', () => {
  it('answers as the real one did, its faults included', async () => {
    const { printed, runFor } = testNode(`
      var c = require('crypto'), A = c.AES
      var k = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
      function n(l) { var u = new Uint8Array(l); for (var i = 0; i < l; i++) u[i] = i * 7 + 1; return u }
      function h(x) {
        if (x === undefined) return 'undefined'
        if (!(x instanceof ArrayBuffer)) return 'no ArrayBuffer'
        var u = new Uint8Array(x), s = ''
        for (var i = 0; i < u.length; i++) s += (256 + u[i]).toString(16).substr(1)
        return s
      }
      ${MEASURED.map(([call]) => `print('= ' + h(${call}))`).join('\n')}
      try { A.encrypt(n(16), k, { mode: 'XYZ' }) } catch (e) { print('= ' + e.message) }
      print('= ' + E.CRC32('123456789'))`)
    await runFor(100)
    const answers = printed.filter((line) => line.startsWith('= ')).map((line) => line.slice(2))
    expect(answers).toEqual([
      ...MEASURED.map(([, answer]) => answer),
      'Unknown Crypto mode "XYZ"',
      '3421780262',
    ])
    expect(printed).toContain('ERROR: Invalid input length')
    expect(printed).toContain('ERROR: Feature unavailable')
  })
})
