import type { LinkView, NodeView } from '../observe.ts'
import type { UplinkView } from './types.ts'

/** A node's state in one word, with the reason that an operator needs to act. */
export type StateWord = 'reporting' | 'late' | 'silent' | 'refused' | 'never seen'

export interface NodeState {
  word: StateWord
  reason: string
}

/** Silent for this many expected intervals is no longer only late. */
const SILENT_INTERVALS = 3

/**
 * @param now UTC milliseconds
 * @param refusedCode code of a refusal of this node that is newer than its last good frame, if there is one
 */
export function stateOf(
  node: NodeView,
  now: number,
  refusedCode: string | undefined,
  link: LinkView | undefined,
): NodeState {
  const cut = link !== undefined && link.state !== 'open' ? `; link ${link.link} is ${link.state}` : ''
  if (refusedCode !== undefined)
    return { word: 'refused', reason: `last frames refused: ${refusedCode}${cut}` }
  if (node.lastSeenUtcMilliseconds === undefined)
    return { word: 'never seen', reason: `nothing since the gateway started${cut}` }
  const silence = now - node.lastSeenUtcMilliseconds
  const expected = node.expectedIntervalMilliseconds
  if (silence <= expected) {
    const waiting =
      node.recordsWaiting > 0 ? `; ${node.recordsWaiting} records wait for its clock or a gap` : ''
    return { word: 'reporting', reason: `within ${duration(expected)}${waiting}` }
  }
  const reason = `nothing for ${duration(silence)}, expected every ${duration(expected)}${cut}`
  return { word: silence > expected * SILENT_INTERVALS ? 'silent' : 'late', reason }
}

/**
 * The refusal that stands against a node: newer than anything good from it, and not so old that the node has
 * been silent since.
 * @param now UTC milliseconds
 */
export function standingRefusal(
  node: NodeView,
  now: number,
  refusals: readonly { node: string | undefined; atUtcMilliseconds: number; code: string }[],
): string | undefined {
  const newest = refusals.find((refusal) => refusal.node === node.node)
  if (newest === undefined) return undefined
  if (now - newest.atUtcMilliseconds > node.expectedIntervalMilliseconds * SILENT_INTERVALS) return undefined
  return newest.atUtcMilliseconds > (node.lastSeenUtcMilliseconds ?? 0) ? newest.code : undefined
}

export type UplinkWord = 'delivering' | 'failing' | 'idle'

export function uplinkState(uplink: UplinkView): UplinkWord {
  if (uplink.failing) return 'failing'
  return uplink.backlog > 0 ? 'delivering' : 'idle'
}

/** For people: two units at most. */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

/** Frames that never came, of all that were sent, in per cent; undefined before the first frame. */
export function lossPercent(node: NodeView): number | undefined {
  const sent = node.framesOk + Math.max(0, node.framesLost)
  return sent === 0 ? undefined : (100 * Math.max(0, node.framesLost)) / sent
}
