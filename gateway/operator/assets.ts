/** Style and script of the page: small enough to stand here, apart from the page so that its policy can forbid inline code. */

export const PAGE_CSS = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #8c959f; --faint: #57606a; --good: #116329; --warn: #7d4e00; --bad: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #6e7681; --faint: #a0a9b3; --good: #56d364; --warn: #e3b341; --bad: #ff8f87; } }
* { box-sizing: border-box; }
body { margin: 1rem; font: 1rem/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 1.5rem 0 .5rem; font-size: 1.15rem; }
#summary { font-size: 1.15rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
tbody th { font-weight: 600; }
small, .none { color: var(--faint); font-weight: 400; }
td.state { min-width: 13rem; } td.state small { display: block; }
.reporting strong, .idle strong, .delivering strong { color: var(--good); }
.late strong, .warning strong { color: var(--warn); }
.silent strong, .refused strong, .failing strong { color: var(--bad); }
button { font: inherit; padding: .3rem .8rem; min-height: 2rem; }
:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
a { color: inherit; }
.announce { min-height: 1.45em; margin: 0; color: var(--faint); }
`

/** At most one announcement in ten seconds, and only when a state has changed. */
export const PAGE_JS = `'use strict'
const byId = (id) => document.getElementById(id)
const pause = byId('pause')
let source, latest, timer, announced = byId('summary').textContent, announcedAt = 0
const states = () => byId('summary').textContent.replace(/, \\d+ waiting/, '')
function show(update) {
  for (const [id, html] of Object.entries(update)) byId(id).innerHTML = html
  if (states() !== announced && Date.now() - announcedAt > 10000) {
    announced = states()
    announcedAt = Date.now()
    byId('announce').textContent = 'Changed. ' + byId('summary').textContent
  }
}
announced = states()
function open() {
  source = new EventSource('/events')
  source.onopen = () => { byId('live').textContent = 'Live.' }
  source.onerror = () => { byId('live').textContent = 'Connection lost, trying again.' }
  source.addEventListener('update', (event) => {
    latest = event.data
    // An accelerated demo sends many pictures a second; the newest one counts.
    timer ||= setTimeout(() => { timer = 0; show(JSON.parse(latest)) }, 250)
  })
}
pause.hidden = false
pause.addEventListener('click', () => {
  const paused = pause.getAttribute('aria-pressed') !== 'true'
  pause.setAttribute('aria-pressed', String(paused))
  if (paused) { source.close(); clearTimeout(timer); timer = 0; byId('live').textContent = 'Paused.' } else open()
})
open()
`
