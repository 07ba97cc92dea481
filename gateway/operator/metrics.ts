import { Gauge, Registry } from 'prom-client'
import type { Picture } from './picture.ts'

/**
 * The picture in Prometheus' text format, from a registry of its own each time: nothing of the process or
 * of another gateway in it gets in. Base units (seconds, volts) as Prometheus wants them. What grows is a
 * gauge too, because a late frame takes a loss back.
 */
export async function metricsText(picture: Picture): Promise<{ contentType: string; text: string }> {
  const registry = new Registry()
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    rows: readonly (readonly [Record<Label, string>, number | undefined])[],
  ): void => {
    const made = new Gauge({ name: `waypost_${name}`, help, labelNames, registers: [registry] })
    for (const [labels, value] of rows) if (value !== undefined) made.set(labels, value)
  }
  const { nodes, uplinks, refused, links } = picture
  const seconds = (milliseconds: number | undefined): number | undefined =>
    milliseconds === undefined ? undefined : milliseconds / 1000
  const perNode = (
    name: string,
    help: string,
    of: (node: (typeof nodes)[number]) => number | undefined,
  ): void =>
    gauge(
      `node_${name}`,
      help,
      ['node'],
      nodes.map((node) => [{ node: node.node }, of(node)] as const),
    )
  const perUplink = (
    name: string,
    help: string,
    of: (uplink: (typeof uplinks)[number]) => number | undefined,
  ): void =>
    gauge(
      `uplink_${name}`,
      help,
      ['uplink'],
      uplinks.map((uplink) => [{ uplink: uplink.name }, of(uplink)] as const),
    )

  gauge(
    'node_state',
    '1 for the state that the node is in',
    ['node', 'state'],
    nodes.map((node) => [{ node: node.node, state: node.state }, 1] as const),
  )
  gauge(
    'node_info',
    'Board, firmware and checkpoint of the node',
    ['node', 'board', 'firmware', 'checkpoint'],
    nodes.map(
      (node) =>
        [
          {
            node: node.node,
            board: node.board ?? '',
            firmware: node.firmware ?? '',
            checkpoint: node.checkpoint ?? '',
          },
          1,
        ] as const,
    ),
  )
  perNode('last_seen_seconds', 'UTC of the last good frame', (node) => seconds(node.lastSeenUtcMilliseconds))
  perNode('silence_seconds', 'Time since the last good frame', (node) => seconds(node.silenceMilliseconds))
  perNode('expected_interval_seconds', 'Silence that is expected at most', (node) =>
    seconds(node.expectedIntervalMilliseconds),
  )
  perNode('frames', 'Frames that opened', (node) => node.framesOk)
  perNode('frames_lost', 'Frame counters that never came', (node) => node.framesLost)
  perNode('records_accepted', 'Records made durable', (node) => node.recordsAccepted)
  perNode('records_repeated', 'Records that came again and were recognised', (node) => node.recordsRepeated)
  perNode(
    'records_lost',
    'Records dropped by the node (tombstones) or missing for ever',
    (node) => node.recordsLost + node.recordsMissing,
  )
  perNode(
    'fields_skipped',
    'Fields of a later minor version: the node is newer than the gateway',
    (node) => node.fieldsSkipped,
  )
  perNode('records_waiting', 'Records that wait for a clock or a gap', (node) => node.recordsWaiting)
  perNode('queue_records', 'Records that wait on the node', (node) => node.queueRecords)
  perNode('resets', 'Boot counter of the last health report', (node) => node.resets)
  perNode('battery_volts', 'Battery', (node) => seconds(node.batteryMillivolts))
  perNode('clock_offset_seconds', 'UTC minus the clock of the node', (node) =>
    seconds(node.clockOffsetMilliseconds),
  )
  perNode('clock_uncertainty_seconds', 'Half width of the last exchange of time', (node) =>
    seconds(node.clockUncertaintyMilliseconds),
  )
  gauge(
    'frames_refused',
    'Refused frames, publishes and connections by code',
    ['code'],
    refused.map(({ code, count }) => [{ code }, count] as const),
  )
  gauge(
    'link_open',
    '1 when the link is open',
    ['link', 'kind'],
    links.map((link) => [{ link: link.link, kind: link.kind }, link.state === 'open' ? 1 : 0] as const),
  )
  perUplink('backlog', 'Items that wait for a receipt', (uplink) => uplink.backlog)
  perUplink('set_aside', 'Items that the network refused for good', (uplink) => uplink.setAside)
  perUplink('oldest_seconds', 'Age of the oldest item', (uplink) => seconds(uplink.oldestAgeMilliseconds))
  perUplink('last_receipt_seconds', 'UTC of the last receipt', (uplink) =>
    seconds(uplink.lastReceiptUtcMilliseconds),
  )
  perUplink('failing', '1 when the last try failed', (uplink) => (uplink.failing ? 1 : 0))
  return { contentType: registry.contentType, text: await registry.metrics() }
}
