// Loaded into a gateway process with `node --import`: its whole clock runs so many times as fast, so that
// nodes that are simulated faster than real time and their gateway agree on what a second is. The process is
// otherwise the real one.
const speed = Number(process.env.WAYPOST_TEST_CLOCK_SPEED ?? '1')
const realStart = Number(process.env.WAYPOST_TEST_CLOCK_REAL_START ?? Date.now())
const utcStart = Number(process.env.WAYPOST_TEST_CLOCK_UTC_START ?? Date.now())

const realUtc = Date.now.bind(Date)
const realMonotonic = performance.now.bind(performance)
const realTimeout = globalThis.setTimeout
const realInterval = globalThis.setInterval

Date.now = () => Math.floor(utcStart + (realUtc() - realStart) * speed)
Object.defineProperty(performance, 'now', { value: () => realMonotonic() * speed })
const scaled = (milliseconds) => (milliseconds === undefined ? undefined : milliseconds / speed)
globalThis.setTimeout = Object.assign((callback, milliseconds, ...rest) => {
  return realTimeout(callback, scaled(milliseconds), ...rest)
}, realTimeout)
globalThis.setInterval = Object.assign((callback, milliseconds, ...rest) => {
  return realInterval(callback, scaled(milliseconds), ...rest)
}, realInterval)
