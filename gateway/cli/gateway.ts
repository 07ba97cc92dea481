import { randomBytes } from 'node:crypto'
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'
import { systemClock } from '../clock.ts'
import { loadConfig } from '../config/load.ts'
import { startGateway } from '../main.ts'
import type { CommandIo, ExitCode } from './io.ts'

/** One JSON object a line, with the code, text and causes of an error, which pino alone writes as `{}`. */
export function gatewayLog(destination: DestinationStream): PinoLogger {
  const { isoTime } = pino.stdTimeFunctions
  return pino(
    { base: null, timestamp: isoTime, serializers: { error: pino.stdSerializers.err } },
    destination,
  )
}

/**
 * `waypost gateway --config FILE`: runs until Ctrl-C or SIGTERM, then closes what is open and ends 0. Says on
 * standard output when it is ready and where; its log goes to standard error, one JSON object a line.
 */
export async function runGateway(
  options: { config: string; json?: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const config = loadConfig(options.config)
  const log = gatewayLog(pino.destination({ dest: 2, sync: true }))
  const gateway = await startGateway(config, {
    clock: systemClock,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    log,
  })
  const ready = {
    kind: 'ready',
    site: config.site.id,
    ...(gateway.operatorUrl === undefined ? {} : { operatorUrl: gateway.operatorUrl }),
    ...(gateway.mqttPort === undefined ? {} : { mqttPort: gateway.mqttPort }),
  }
  if (options.json) io.out(JSON.stringify(ready))
  else {
    io.out(`gateway of ${config.site.name} is ready; Ctrl-C ends it`)
    if (gateway.operatorUrl !== undefined) io.out(`  operator page  ${gateway.operatorUrl}`)
    if (gateway.mqttPort !== undefined) io.out(`  MQTT broker    port ${gateway.mqttPort}`)
    for (const port of config.links.serial) io.out(`  serial port    ${port.path}`)
  }
  await io.interrupted()
  await gateway.close()
  return 0
}
