import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#gateway/clock.ts'
import type { GatewayConfig } from '#gateway/config/types.ts'
import type { StoredRecord } from '#gateway/intake/types.ts'
import { openSerialPort } from '#gateway/links/serial-port.ts'
import { silentLog } from '#gateway/log.ts'
import { type Gateway, type GatewayDeps, startGateway } from '#gateway/main.ts'
import { loadScenario } from '#hardware-sim/scenarios/load.ts'
import { createSimulation, type Simulation } from '#hardware-sim/simulation.ts'
import { startEspruino } from './start.ts'

export const NODE = 'bench-1'
const BOARD = 'PICO'
export const KEY = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf'
const READER_UART = 2
export const BAUD = 115200

export interface RouteRun {
  records: StoredRecord[]
  /** Lines of trouble: the interpreter's errors, the runner's crashes, what the gateway put in quarantine. */
  trouble: string[]
}

/** The scenario on V8 in virtual time, over an in-process link, to a real gateway. */
export async function runOnV8(bundle: string, seconds: number): Promise<RouteRun> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-route-'))
  const simulation = await simulationOf(bundle, folder)
  simulation.start(() => nodeConfiguration())
  const path = simulation.sites.get(NODE)?.serial?.path ?? ''
  const gateway = await startGateway(gatewayConfig(folder, path), {
    clock: simulation.clock,
    randomBytes: counted(),
    log: silentLog,
    openSerial: simulation.serialOpener(openSerialPort) as GatewayDeps['openSerial'],
  })
  try {
    await simulation.run({
      untilMicroseconds: seconds * 1_000_000,
      outstanding: () => gateway.outstanding() + simulation.outstanding(),
    })
    return result(
      gateway,
      simulation.crashes.map((crash) => JSON.stringify(crash)),
    )
  } finally {
    await gateway.close()
    await simulation.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * The same bundle on the real interpreter in real time: its link UART on a pty pair to a real gateway, its
 * reader UART on a pty to the simulated reader, whose clock is paced to the real one.
 */
export async function runOnInterpreter(bundle: string, seconds: number): Promise<RouteRun> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-route-'))
  const simulation = await simulationOf(bundle, folder)
  const running = startEspruino({ bundle, config: nodeConfiguration(), board: BOARD })
  let gateway: Gateway | undefined
  try {
    const line = simulation.sites.get(NODE)?.board.uart(READER_UART)
    if (!line) throw new Error(`UART ${READER_UART} has no reader in the scenario`)
    line.setBaud(BAUD)
    running.readerMaster.onData((bytes) => {
      line.write(bytes)
    })
    line.onReceive(() => running.readerMaster.write(Uint8Array.from(line.read(), (one) => one.byte)))
    gateway = await startGateway(gatewayConfig(folder, running.linkPath), {
      clock: systemClock,
      randomBytes: counted(),
      log: silentLog,
    })
    await simulation.run({ untilMicroseconds: seconds * 1_000_000, speed: 1 })
    return result(gateway, running.errors())
  } finally {
    await gateway?.close()
    await running.stop()
    await simulation.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function result(gateway: Gateway, trouble: string[]): RouteRun {
  const refused = gateway.quarantine(100).map((entry) => JSON.stringify(entry))
  return { records: gateway.records(NODE), trouble: [...trouble, ...refused] }
}

function simulationOf(bundle: string, folder: string): Promise<Simulation> {
  return createSimulation({
    scenario: loadScenario(join(import.meta.dirname, 'route.yaml')),
    bundles: new Map([[BOARD, bundle]]),
    seed: 1,
    portFolder: folder,
    transports: 'in-process',
  })
}

function nodeConfiguration(): object {
  const node = loadScenario(join(import.meta.dirname, 'route.yaml')).nodes[0]
  return { node: NODE, key: KEY, keyEpoch: 1, link: { kind: 'serial', baud: BAUD }, ...node?.firmware }
}

export function gatewayConfig(folder: string, path: string): GatewayConfig {
  const keys = join(folder, 'keys.json')
  writeFileSync(keys, JSON.stringify({ [NODE]: { key: KEY, keyEpoch: 1, suite: 1, board: BOARD } }), {
    mode: 0o600,
  })
  return {
    site: { id: 'bench', name: 'Bench', timeZoneOffset: '+09:00' },
    store: { folder: join(folder, 'store'), recordsKept: 10_000 },
    keys: { file: keys },
    links: { serial: [{ path, baud: BAUD }] },
    profiles: {},
    checkpoints: [],
    networks: {},
    operator: { host: '127.0.0.1', port: 0 },
  }
}

/** Bytes that differ at each call and repeat with each run; nothing here needs real chance. */
export function counted(): (count: number) => Uint8Array {
  let calls = 0
  return (count) => {
    calls++
    const bytes = createHash('sha512').update(`route ${calls}`).digest()
    return new Uint8Array(bytes.subarray(0, count))
  }
}
