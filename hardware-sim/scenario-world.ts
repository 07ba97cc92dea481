import type { CsvChannel } from './csv-channels.ts'
import type { Kernel } from './kernel/types.ts'
import { sgtin96Hex } from './scenarios/sgtin.ts'
import type { Scenario, ScenarioChannel, ScenarioTag } from './scenarios/types.ts'
import { seriesPoints } from './world/csv-series.ts'
import type { ChannelSpec } from './world/types.ts'
import { SimulatedWorld } from './world/world.ts'

const MICROSECONDS_A_MINUTE = 60_000_000
const MICROSECONDS_A_SECOND = 1_000_000
const RSSI_DEFAULT: [number, number] = [-62, -48]

function specOf(channel: ScenarioChannel): ChannelSpec {
  if (channel.kind === 'constant') return channel
  if (channel.kind === 'sine') {
    return {
      kind: 'sine',
      mean: channel.mean,
      amplitude: channel.amplitude,
      periodMicroseconds: Math.round(channel.periodMinutes * MICROSECONDS_A_MINUTE),
      phaseMicroseconds: Math.round((channel.phaseMinutes ?? 0) * MICROSECONDS_A_MINUTE),
    }
  }
  const points = channel.points.map(({ atMinutes, value }) => ({
    atMicroseconds: Math.round(atMinutes * MICROSECONDS_A_MINUTE),
    value,
  }))
  return { kind: channel.kind, points }
}

/** The tags of a scenario, generated ones included, drawn from the kernel's seed. */
export function tagsOf(scenario: Scenario, kernel: Kernel): ScenarioTag[] {
  const tags = [...scenario.world.tags]
  for (const [index, maker] of scenario.world.tagGenerators.entries()) {
    const random = kernel.random(`world/tag-generator-${index}`)
    const draw = ([from, to]: readonly [number, number]): number => from + random.next() * (to - from)
    for (let i = 0; i < maker.count; i++) {
      const enterSeconds = draw(maker.enterSeconds)
      tags.push({
        epc: sgtin96Hex(maker.companyPrefix, maker.itemReference, maker.firstSerial + i, maker.filter ?? 1),
        field: maker.field,
        enterSeconds,
        leaveSeconds: enterSeconds + draw(maker.staySeconds),
        rssiDbm: Math.round(draw(maker.rssiDbm ?? RSSI_DEFAULT)),
        readProbability: maker.readProbability ?? 1,
      })
    }
  }
  return tags
}

/** Channels, doors and tags of the scenario; a CSV series takes the place of its channel. */
export function buildWorld(
  scenario: Scenario,
  kernel: Kernel,
  csv: readonly CsvChannel[],
  startUtcMilliseconds: number,
): { world: SimulatedWorld; tags: ScenarioTag[] } {
  const world = new SimulatedWorld(kernel.clock)
  for (const [name, channel] of Object.entries(scenario.world.channels)) {
    const replaced = csv.find((one) => one.channel === name)
    world.addChannel(
      name,
      replaced === undefined
        ? specOf(channel)
        : { kind: 'series', points: seriesPoints(replaced.series, startUtcMilliseconds) },
    )
  }
  for (const door of scenario.world.doors) world.addDoor(door)
  const tags = tagsOf(scenario, kernel)
  for (const tag of tags) {
    world.addTag({
      epc: tag.epc,
      visits: [
        {
          field: tag.field,
          enterMicroseconds: Math.round(tag.enterSeconds * MICROSECONDS_A_SECOND),
          leaveMicroseconds: Math.round(tag.leaveSeconds * MICROSECONDS_A_SECOND),
          rssiDbm: tag.rssiDbm ?? RSSI_DEFAULT[1],
          readProbability: tag.readProbability ?? 1,
        },
      ],
    })
  }
  return { world, tags }
}
