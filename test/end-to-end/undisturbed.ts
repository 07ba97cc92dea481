import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { parseConfig } from '#gateway/config/load.ts'
import { silentLog } from '#gateway/log.ts'
import { type Gateway, startGateway } from '#gateway/main.ts'
import { type ArrivedAlarm, alarmsOf } from '#hardware-sim/arrivals.ts'
import type { Scenario } from '#hardware-sim/scenarios/types.ts'
import { createSimulation } from '#hardware-sim/simulation.ts'
import { gatewayFile, keysFor, nodeConfiguration, PROFILES_YAML } from './demo-in-seconds.ts'

const OUTBOX_ITEMS = 10_000

/**
 * The alarms of the scenario when nothing goes wrong: every link in the process, on virtual time, and the
 * events taken from the outbox of a network that is never there.
 */
export async function undisturbedAlarms(
  scenario: Scenario,
  bundles: ReadonlyMap<string, string>,
  seed: number,
): Promise<ArrivedAlarm[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-undisturbed-'))
  const keys = keysFor(scenario)
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(Object.fromEntries(keys)), { mode: 0o600 })
  writeFileSync(join(folder, 'profiles.yaml'), PROFILES_YAML)
  const late: { gateway?: Gateway } = {}
  const simulation = await createSimulation({
    scenario,
    bundles,
    seed,
    portFolder: folder,
    transports: 'in-process',
    attachMqtt: (stream: Duplex, peer: string) => late.gateway?.connectMqttStream(stream, peer),
  })
  const nowhere = 'http://127.0.0.1:9'
  const serialPaths = [...simulation.sites.values()].flatMap(({ serial }) => (serial ? [serial.path] : []))
  const file = gatewayFile({
    scenario,
    folder,
    serialPaths,
    mqttPort: 0,
    captureUrl: nowhere,
    safetyUrl: nowhere,
  })
  const { config } = parseConfig(file, 'undisturbed', folder)
  const random = simulation.kernel.random('gateway')
  const gateway = await startGateway(config, {
    clock: simulation.clock as Parameters<typeof startGateway>[1]['clock'],
    randomBytes: (count) => random.bytes(count),
    log: silentLog,
    openSerial: simulation.serialOpener(() => Promise.reject(new Error('no such port'))),
  })
  late.gateway = gateway
  try {
    simulation.start((node) => nodeConfiguration(node, keys.get(node.id), 1))
    await simulation.run({
      untilMicroseconds: simulation.endMicroseconds + 20_000_000,
      outstanding: () => simulation.outstanding() + gateway.outstanding(),
    })
    return alarmsOf(
      gateway.store
        .outbox<Record<string, unknown>>('distribution')
        .peek(OUTBOX_ITEMS)
        .map((item) => item.body),
    )
  } finally {
    await gateway.close()
    await simulation.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
