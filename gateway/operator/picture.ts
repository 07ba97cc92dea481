import type { LinkView, NodeView, Refusal } from '../observe.ts'
import {
  lossPercent,
  type StateWord,
  standingRefusal,
  stateOf,
  type UplinkWord,
  uplinkState,
} from './state.ts'
import type { OperatorSources, UplinkView } from './types.ts'

/** One node as the page and the API show it. */
export interface NodePicture extends NodeView {
  state: StateWord
  reason: string
  silenceMilliseconds: number | undefined
  lossPercent: number | undefined
}

export interface UplinkPicture extends UplinkView {
  state: UplinkWord
  oldestAgeMilliseconds: number | undefined
}

/** Everything that the page shows, at one instant. */
export interface Picture {
  atUtcMilliseconds: number
  site: { id: string; name: string }
  warnings: readonly string[]
  nodes: NodePicture[]
  links: LinkView[]
  uplinks: UplinkPicture[]
  /** By code, most frequent first. */
  refused: { code: string; count: number; last: Refusal | undefined }[]
}

export function takePicture(sources: OperatorSources): Picture {
  const now = sources.clock.utcMilliseconds()
  const refusals = sources.observer.refusals()
  const links = sources.observer.links()
  return {
    atUtcMilliseconds: now,
    site: sources.site,
    warnings: sources.warnings,
    nodes: sources.observer.nodes().map((node) => {
      const link = links.find((candidate) => candidate.link === node.link)
      const { word, reason } = stateOf(node, now, standingRefusal(node, now, refusals), link)
      const seen = node.lastSeenUtcMilliseconds
      return {
        ...node,
        state: word,
        reason,
        silenceMilliseconds: seen === undefined ? undefined : Math.max(0, now - seen),
        lossPercent: lossPercent(node),
      }
    }),
    links,
    uplinks: sources.uplinks().map((uplink) => ({
      ...uplink,
      state: uplinkState(uplink),
      oldestAgeMilliseconds:
        uplink.oldestUtcMilliseconds === undefined
          ? undefined
          : Math.max(0, now - uplink.oldestUtcMilliseconds),
    })),
    refused: Object.entries(sources.observer.refusalCounts())
      .map(([code, count]) => ({ code, count, last: refusals.find((refusal) => refusal.code === code) }))
      .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
  }
}
