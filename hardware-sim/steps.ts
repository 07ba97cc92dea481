import { FrameDamage, injectNoise } from './faults/frame-damage.ts'
import type { ScenarioStep } from './scenarios/types.ts'
import type { SimulatedSite, Simulation } from './simulation.ts'

/** Puts every step of the scenario on the clock. */
export function scheduleSteps(simulation: Simulation): void {
  for (const [index, step] of simulation.scenario.steps.entries()) {
    const at = Math.round(step.atSeconds * 1_000_000)
    if (at > simulation.endMicroseconds) continue
    simulation.clock.schedule(Math.max(at, simulation.clock.nowMicroseconds()), () =>
      apply(simulation, step, index),
    )
  }
}

function apply(simulation: Simulation, step: ScenarioStep, index: number): void {
  if ('door' in step) simulation.world.setDoor(step.door, step.open)
  else if ('channel' in step) {
    simulation.world.setChannel(step.channel, step.value, simulation.clock.nowMicroseconds())
  } else if ('node' in step) power(simulation.sites.get(step.node), step.power)
  else if ('part' in step) partFault(simulation, step)
  else linkStep(simulation, step, index)
}

function power(site: SimulatedSite | undefined, what: 'off' | 'on' | 'reset'): void {
  if (what === 'reset') {
    site?.node?.reset()
    return
  }
  site?.board.power(what === 'on')
  if (what === 'on') site?.node?.powerOn()
  else site?.node?.powerOff()
}

function partFault(simulation: Simulation, step: Extract<ScenarioStep, { part: string }>): void {
  const part = simulation.sites.get(step.part.split('/')[0] ?? '')?.board.parts.get(step.part)
  if (part === undefined) return
  if (step.fault === 'none') {
    part.clearFault()
    return
  }
  part.setFault({
    name: step.fault,
    ...(step.count === undefined ? {} : { count: step.count }),
    ...(step.probability === undefined ? {} : { probability: step.probability }),
    ...(step.value === undefined ? {} : { value: step.value }),
  })
}

function linkStep(
  simulation: Simulation,
  step: Extract<ScenarioStep, { link: string }>,
  index: number,
): void {
  const site = simulation.sites.get(step.link)
  if (site === undefined) return
  const random = simulation.kernel.random(`steps/${index}`)
  if ('state' in step) {
    const up = step.state === 'up'
    site.node?.radio.set(up)
    if (site.serial === undefined) return
    void (up ? site.serial.restore() : site.serial.cut())
  } else if ('noiseBytes' in step) {
    const serial = site.serial
    if (serial !== undefined) injectNoise((bytes) => serial.write(bytes), step.noiseBytes, random)
  } else if (site.bridge !== undefined) {
    const direction = step.direction ?? 'up'
    const filter = step.damageFrames > 0 ? new FrameDamage(step.damageFrames, random).filter : null
    if (direction !== 'down') site.bridge.upFilter = filter
    if (direction !== 'up') site.bridge.downFilter = filter
  }
}
