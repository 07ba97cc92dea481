import { CodedError } from '#protocol/coded-error.ts'
import type { LinksConfig } from '../config/types.ts'
import { isLoopback, MqttLink, type MqttLinkDeps } from './mqtt.ts'
import { SerialLink, type SerialLinkDeps } from './serial.ts'
import type { LinkEvents } from './types.ts'

export interface OpenedLinks {
  serial: SerialLink[]
  mqtt: MqttLink | undefined
}

/**
 * Makes the configured links; nothing is opened before their `start`.
 * @throws CodedError MQTT_PLAINTEXT
 */
export function makeLinks(
  config: LinksConfig,
  deps: SerialLinkDeps & MqttLinkDeps,
  events: LinkEvents,
): OpenedLinks {
  const { mqtt } = config
  if (mqtt && !mqtt.plaintextLan && !isLoopback(mqtt.host)) {
    throw new CodedError('MQTT_PLAINTEXT', `MQTT on ${mqtt.host} would be open to the network without TLS`, {
      where: 'links.mqtt.host',
      action: 'keep 127.0.0.1, or set links.mqtt.plaintextLan: true',
    })
  }
  return {
    serial: config.serial.map((port) => new SerialLink(port, deps, events)),
    mqtt: mqtt ? new MqttLink(mqtt, deps, events) : undefined,
  }
}
