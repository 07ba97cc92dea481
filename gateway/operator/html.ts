import type { NodePicture, Picture, UplinkPicture } from './picture.ts'
import { duration, type StateWord } from './state.ts'

/** Text that came from a node, a network or a configuration is never markup. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const NONE = '<span class="none">–</span>'
const or = <Value>(value: Value | undefined, show: (value: Value) => string): string =>
  value === undefined ? NONE : show(value)
const instant = (utcMilliseconds: number): string => {
  const iso = new Date(utcMilliseconds).toISOString()
  return `<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
}

/** State is a shape and a word; colour only repeats it. */
const SIGNS: Record<StateWord, string> = {
  reporting: '●',
  late: '◐',
  silent: '○',
  refused: '✕',
  'never seen': '·',
}
const stateCell = (word: string, sign: string, reason: string): string =>
  `<td class="state ${word.replace(' ', '-')}"><span aria-hidden="true">${sign}</span> <strong>${word}</strong> <small>${escapeHtml(reason)}</small></td>`

const RESETS = ['unknown', 'power on', 'pin', 'software', 'watchdog', 'brown-out']

function nodeRow(node: NodePicture): string {
  const silence = or(node.silenceMilliseconds, duration)
  return [
    `<tr><th scope="row">${escapeHtml(node.node)}<br><small>${escapeHtml(node.checkpoint ?? 'no checkpoint')}</small></th>`,
    stateCell(node.state, SIGNS[node.state], node.reason),
    `<td>${or(node.lastSeenUtcMilliseconds, instant)}</td>`,
    `<td>${silence} of ${duration(node.expectedIntervalMilliseconds)}</td>`,
    `<td>${or(node.lossPercent, (percent) => `${percent.toFixed(1)} %`)} <small>${node.framesLost} of ${node.framesOk + Math.max(0, node.framesLost)} frames; ${node.recordsLost + node.recordsMissing} records lost</small></td>`,
    `<td>${or(node.resets, String)} <small>${node.resetReason === undefined ? '' : (RESETS[node.resetReason] ?? 'unknown')}</small></td>`,
    `<td>${or(node.batteryMillivolts, (millivolts) => `${(millivolts / 1000).toFixed(2)} V`)}</td>`,
    `<td>${or(node.clockOffsetMilliseconds, offset)}${node.clockUncertaintyMilliseconds === undefined ? '' : ` <small>± ${Math.ceil(node.clockUncertaintyMilliseconds)} ms</small>`}</td>`,
    `<td>${or(node.firmware, escapeHtml)}</td>`,
    `<td>${or(node.board, escapeHtml)} <small>${or(node.link, escapeHtml)}</small></td></tr>`,
  ].join('')
}

/** UTC minus a node's clock is large when the clock counts from its start: then it says when that was. */
function offset(milliseconds: number): string {
  return Math.abs(milliseconds) < 86_400_000
    ? `${Math.round(milliseconds)} ms`
    : `counts from ${instant(Math.round(milliseconds))}`
}

export const nodeRows = (picture: Picture): string =>
  picture.nodes.map(nodeRow).join('') || '<tr><td colspan="10">No node is enrolled.</td></tr>'

function uplinkRow(uplink: UplinkPicture): string {
  const sign = { delivering: '▶', failing: '✕', idle: '●' }[uplink.state]
  const reason =
    uplink.state === 'failing' && uplink.lastError !== undefined ? uplink.lastError.reason : uplink.url
  return [
    `<tr><th scope="row">${escapeHtml(uplink.name)}</th>`,
    stateCell(uplink.state, sign, reason),
    `<td>${uplink.backlog}</td>`,
    `<td>${or(uplink.oldestAgeMilliseconds, duration)}</td>`,
    `<td>${uplink.setAside}</td>`,
    `<td>${or(uplink.lastReceiptUtcMilliseconds, instant)}</td>`,
    `<td>${or(uplink.lastError, (error) => `${escapeHtml(error.code)} <small>${escapeHtml(error.reason)}, ${instant(error.atUtcMilliseconds)}</small>`)}</td></tr>`,
  ].join('')
}

export const uplinkRows = (picture: Picture): string =>
  picture.uplinks.map(uplinkRow).join('') || '<tr><td colspan="7">No network is configured.</td></tr>'

export const refusedRows = (picture: Picture): string =>
  picture.refused
    .map(
      ({ code, count, last }) =>
        `<tr><th scope="row"><code>${escapeHtml(code)}</code></th><td>${count}</td><td>${or(
          last,
          (refusal) =>
            `${escapeHtml(refusal.node ?? 'unknown node')} on ${escapeHtml(refusal.link)}: ${escapeHtml(refusal.reason)}, ${instant(refusal.atUtcMilliseconds)}`,
        )}</td></tr>`,
    )
    .join('') || '<tr><td colspan="3">Nothing was refused.</td></tr>'

/** One sentence that says how the site is; also what is announced when it changes. */
export function summaryOf(picture: Picture): string {
  const count = (word: StateWord): number => picture.nodes.filter((node) => node.state === word).length
  const nodes = (['reporting', 'late', 'silent', 'refused', 'never seen'] as const)
    .filter((word) => word === 'reporting' || count(word) > 0)
    .map((word) => `${count(word)} ${word}`)
    .join(', ')
  const failing = picture.uplinks.filter((uplink) => uplink.state === 'failing').map((uplink) => uplink.name)
  const waiting = picture.uplinks.reduce((sum, uplink) => sum + uplink.backlog, 0)
  const networks = failing.length > 0 ? `failing: ${failing.join(', ')}` : 'networks answer'
  return `Nodes: ${nodes}. Uplinks: ${networks}, ${waiting} waiting.`
}

const table = (id: string, caption: string, heads: readonly string[], rows: string): string =>
  `<section aria-labelledby="${id}-title"><h2 id="${id}-title">${caption}</h2><div class="scroll" tabindex="0" role="region" aria-labelledby="${id}-title"><table><thead><tr>${heads
    .map((head) => `<th scope="col">${head}</th>`)
    .join('')}</tr></thead><tbody id="${id}">${rows}</tbody></table></div></section>`

const NODE_HEADS = [
  'Node',
  'State',
  'Last seen',
  'Silence',
  'Frame loss',
  'Resets',
  'Battery',
  'Clock offset',
  'Firmware',
  'Board, link',
]
const UPLINK_HEADS = ['Network', 'State', 'Waiting', 'Oldest', 'Refused', 'Last receipt', 'Last error']

/** They do not change while the gateway runs, so live updates leave them alone. */
const warnings = (picture: Picture): string =>
  picture.warnings
    .map((text) => `<p class="warning"><strong>Warning:</strong> ${escapeHtml(text)}</p>\n`)
    .join('')

/** The whole page; it says everything without JavaScript, which only keeps it fresh. */
export function pageHtml(picture: Picture): string {
  const site = escapeHtml(picture.site.name)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${site} – Waypost</title>
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<header><h1>${site}</h1>
${warnings(picture)}<p id="summary">${escapeHtml(summaryOf(picture))}</p>
<p><span id="at">As of ${instant(picture.atUtcMilliseconds)}</span>. <span id="live">Reload the page for newer values.</span>
<button id="pause" type="button" aria-pressed="false" hidden>Pause live updates</button></p>
<p id="announce" class="announce" role="status" aria-live="polite" aria-atomic="true"></p></header>
<main>
${table('nodes', 'Nodes', NODE_HEADS, nodeRows(picture))}
${table('uplinks', 'Uplinks', UPLINK_HEADS, uplinkRows(picture))}
${table('refused', 'Refused frames', ['Code', 'Count', 'Last one'], refusedRows(picture))}
</main>
<footer><p>For machines: <a href="/api/nodes">nodes</a>, <a href="/api/uplinks">uplinks</a>, <a href="/metrics">metrics</a>, <a href="/healthz">health</a></p></footer>
</body>
</html>
`
}

/** What one live update carries: the bodies of the tables, made by the same functions. */
export function updateOf(picture: Picture): Record<string, string> {
  return {
    summary: escapeHtml(summaryOf(picture)),
    at: `As of ${instant(picture.atUtcMilliseconds)}`,
    nodes: nodeRows(picture),
    uplinks: uplinkRows(picture),
    refused: refusedRows(picture),
  }
}
