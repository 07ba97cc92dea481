import { describe, expect, it } from 'vitest'
import { runCli } from '#gateway/cli/program.ts'
import { runDemo } from './demo.ts'

type Json = Record<string, unknown>
const never = (): Promise<void> => new Promise(() => {})

describe('waypost demo', () => {
  it('--once --json shows what reached each network, and nothing else, within a minute', async () => {
    const lines: Json[] = []
    const started = performance.now()
    const code = await runDemo(
      { once: true, json: true },
      { out: (line) => lines.push(JSON.parse(line)), interrupted: never },
    )
    expect(code).toBe(0)
    expect(performance.now() - started).toBeLessThan(60_000)
    const events = lines.filter((line) => line.kind === 'event').map((line) => line.event as Json)
    const alerts = lines.filter((line) => line.kind === 'alert')
    expect(lines.map((line) => line.kind)).toEqual(expect.arrayContaining(['event', 'alert', 'summary']))
    expect(lines.at(-1)).toMatchObject({
      kind: 'summary',
      passed: true,
      refused: [],
      epcs: 40,
      events: events.length,
    })
    expect(lines).toHaveLength(events.length + alerts.length + 1)

    // At least one excursion, with its limit's URI and the alarm.
    const elements = events.flatMap((event) => (event.sensorElementList ?? []) as Json[])
    const alarmed = elements.filter((element) =>
      (element.sensorReport as Json[]).some((report) => report.exception === 'ALARM_CONDITION'),
    )
    expect(alarmed.length).toBeGreaterThanOrEqual(1)
    for (const element of alarmed) {
      expect((element.sensorMetadata as Json).bizRules).toMatch(/^https:\/\/id\.gs1\.org\/253\/\d{13}/)
      expect(element['waypost:alarm']).toMatchObject({ rule: 'high-single', start: expect.any(String) })
    }
    expect(alerts[0]).toMatchObject({ alert: { msgType: 'Alert', scope: 'Restricted' }, arrivals: 1 })

    // Each of the dock door's 40 EPCs in exactly one event, counted as they came.
    const epcs = events.flatMap((event) => (event.epcList ?? []) as string[])
    expect(epcs).toHaveLength(40)
    expect(new Set(epcs).size).toBe(40)
    const ids = events.map((event) => event.eventID)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('live: tells where its pages are, and ends 0 when asked', async () => {
    const lines: string[] = []
    let end = (): void => {}
    const code = await runDemo(
      {},
      {
        out: (line) => {
          lines.push(line)
          if (/distribution {2}receiving/.test(line)) end()
        },
        interrupted: () =>
          new Promise((resolve) => {
            end = resolve
          }),
      },
    )
    expect(code).toBe(0)
    expect(lines.join('\n')).toMatch(/Operator page +http:\/\/127\.0\.0\.1:\d+/)
    expect(lines.join('\n')).toMatch(/cold-room-1 +PICO, serial \(pty\)/)
    expect(lines.join('\n')).toMatch(/events reached the distribution network/)
  })

  it('--once says with its code, and ends 1, when it did not come to its end', async () => {
    const out: string[] = []
    const err: string[] = []
    const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) }
    const code = await runCli(['demo', '--once', '--json'], { ...io, interrupted: () => Promise.resolve() })
    expect(code).toBe(1)
    expect(err.join('\n')).toMatch(/^waypost: DEMO_SCENARIO_FAILED: interrupted/)
    expect(JSON.parse(out.at(-1) ?? '{}')).toMatchObject({ kind: 'summary', passed: false })
  })
})
