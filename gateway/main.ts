import type { Duplex } from 'node:stream'
import { CodedError } from '#protocol/coded-error.ts'
import type { Clock } from './clock.ts'
import { loadProfiles } from './condition/profiles.ts'
import type { GatewayConfig } from './config/types.ts'
import { Feeder, withOwnBytes } from './intake/feeder.ts'
import { Intake, type RecordRow } from './intake/intake.ts'
import { Journals } from './intake/journals.ts'
import { Quarantine } from './intake/quarantine.ts'
import type { StoredRecord } from './intake/types.ts'
import { createInterpreter } from './interpret/index.ts'
import { makeLinks } from './links/make.ts'
import { isLoopback } from './links/mqtt.ts'
import { openSerialPort } from './links/serial-port.ts'
import type { Link, LinkCounters, LinkEvents, SerialOpener } from './links/types.ts'
import type { Logger } from './log.ts'
import { createNetworks, DISTRIBUTION_OUTBOX, type Networks, SAFETY_OUTBOX } from './networks/index.ts'
import { Observer } from './observe.ts'
import { startOperator } from './operator/server.ts'
import type { Operator, UplinkView } from './operator/types.ts'
import { Boots } from './sessions/boots.ts'
import { FailedOpens } from './sessions/failed-opens.ts'
import { loadNodeKeys } from './sessions/node-keys.ts'
import { Sessions } from './sessions/sessions.ts'
import { FINDINGS_MAXIMUM } from './store/keys.ts'
import { lockStore } from './store/lock.ts'
import { BoundedRing } from './store/ring.ts'
import { LmdbStore } from './store/store.ts'
import type { QuarantineEntry, Store } from './store/types.ts'

export interface GatewayDeps {
  clock: Clock
  /** Cryptographically strong in the product; seeded in the simulator. */
  randomBytes(count: number): Uint8Array
  log: Logger
  /** Stands for real ports in tests and in the simulator. */
  openSerial?: SerialOpener
}

/** A running gateway. */
export interface Gateway {
  /** Takes no new frames, flushes and acknowledges what it has, closes links, networks and store. */
  close(): Promise<void>
  /** Frames in handling, commits, effects and requests under way: virtual time waits until it is 0. */
  outstanding(): number
  /** Undefined without an MQTT link, and while it cannot listen. */
  readonly mqttPort: number | undefined
  /** Undefined when the page could not be served. */
  readonly operatorUrl: string | undefined
  /** An MQTT connection that does not come over TCP. */
  connectMqttStream(stream: Duplex, peer: string): void
  /** Bytes and frames of every port and MQTT connection. */
  linkCounters(): LinkCounters[]
  readonly observer: Observer
  readonly store: Store
  /** What is stored of a node, in order; for tests, demo and command line. */
  records(node: string): StoredRecord[]
  /** Newest first. */
  quarantine(maximum: number): QuarantineEntry[]
  /** Newest first. */
  findings(maximum: number): (object & { id: number })[]
}

/** Stored records of one node in order; boots by the journal's own boot records. */
function readRecords(store: LmdbStore, journals: Journals, node: string): StoredRecord[] {
  const out: StoredRecord[] = []
  for (const [journalId] of journals.list(node)) {
    const bootRefs: Record<number, string> = {}
    for (const { key, value } of store.records.getRange({
      start: [node, journalId, 0],
      end: [node, journalId, Number.MAX_SAFE_INTEGER],
    })) {
      const sequence = (key as [string, number, number])[2]
      const row = value as RecordRow
      const record = withOwnBytes(row.record)
      if (record.kind === 'boot') bootRefs[record.bootRef] = Buffer.from(record.bootId).toString('hex')
      const bootId = bootRefs[record.bootRef] ?? row.via
      out.push({
        node,
        journalId,
        sequence,
        record,
        receivedUtcMilliseconds: row.receivedUtcMilliseconds,
        bootId,
      })
    }
  }
  return out
}

/** What links tell, handed on: frames to the sessions, all else to the observer and the log. */
function linkEvents(parts: {
  sessions(): Sessions
  observer: Observer
  log: Logger
  ended(): boolean
}): LinkEvents {
  const { observer, log } = parts
  return {
    frame(link, node, frame) {
      if (!parts.ended()) parts.sessions().frame(link, node, frame)
    },
    refused(link, node, code, reason, sample) {
      parts.sessions().refuse(link, node, code, reason, sample)
    },
    state(link, state, code, reason) {
      observer.linkState(link.id, link.kind, state, code, reason)
      if (code === undefined) log.info({ link: link.id, state }, 'link')
      else log.warn({ code, link: link.id, state, reason }, 'link')
    },
    gone(_link, node) {
      observer.gone(node)
    },
  }
}

/** What the operator's page shows of the networks. */
function uplinkViews(config: GatewayConfig, networks: Networks, utcMilliseconds: number): UplinkView[] {
  const urls: Record<string, string | undefined> = {
    [DISTRIBUTION_OUTBOX]: config.networks.distribution?.url,
    [SAFETY_OUTBOX]: config.networks.safety?.url,
  }
  return networks.statuses().map((status) => {
    const { name, backlog, setAside, lastError, lastReceiptUtcMilliseconds: receipt } = status
    const failedLast = lastError !== null && lastError.atUtcMilliseconds >= (receipt ?? 0)
    return {
      name,
      url: urls[name] ?? '',
      backlog,
      setAside,
      oldestUtcMilliseconds: backlog === 0 ? undefined : utcMilliseconds - status.oldestAgeMilliseconds,
      lastReceiptUtcMilliseconds: receipt ?? undefined,
      lastError: lastError
        ? { code: lastError.code, reason: lastError.message, atUtcMilliseconds: lastError.atUtcMilliseconds }
        : undefined,
      failing: status.state === 'paused' || (backlog > 0 && failedLast),
    }
  })
}

/** What others in the network can reach; the operator should see that it is so (WIRE.md, "Links"). */
function warningsOf({ links: { mqtt }, operator }: GatewayConfig): string[] {
  const out: string[] = []
  if (mqtt !== undefined && !isLoopback(mqtt.host)) {
    out.push(
      `MQTT listens on ${mqtt.host} without TLS (links.mqtt.plaintextLan): frames are sealed, but their sizes and times can be seen in the network, and so can the MQTT passwords.`,
    )
  }
  if (!isLoopback(operator.host)) {
    out.push(`This page listens on ${operator.host} and has no accounts: whoever reaches it can read it.`)
  }
  return out
}

/**
 * Starts a gateway. A port that does not open or an operator page that cannot listen is reported and does
 * not stop the rest; what cannot work at all is thrown.
 * @throws CodedError KEYS_FILE_*, STORE_OPEN_FAILED, STORE_IN_USE, MQTT_PLAINTEXT, and those of profiles, interpreter and CAP
 */
export async function startGateway(config: GatewayConfig, deps: GatewayDeps): Promise<Gateway> {
  const { clock, randomBytes, log } = deps
  const keys = loadNodeKeys(config.keys.file, log)
  for (const { node } of config.checkpoints.flatMap((checkpoint) => checkpoint.nodes)) {
    if (!keys.get(node)) log.warn({ code: 'NODE_WITHOUT_KEY', node }, 'the key file does not have this node')
  }
  const profiles = loadProfiles(config.profiles.file)
  const { timeZoneOffset } = config.site
  const interpreter = createInterpreter({ timeZoneOffset, checkpoints: config.checkpoints, profiles })
  const observer = new Observer(clock, config, keys.names())
  let ended = false
  // Before the store is opened: a refused configuration must leave nothing open.
  const { serial, mqtt } = makeLinks(
    config.links,
    {
      clock,
      randomBytes,
      open: deps.openSerial ?? openSerialPort,
      checkPassword: (node, password) => keys.checkPassword(node, password),
    },
    linkEvents({ sessions: () => sessions, observer, log, ended: () => ended }),
  )
  const links: Link[] = mqtt ? [...serial, mqtt] : serial

  observer.countWith(() => links.flatMap((link) => link.counters()))

  const unlock = lockStore(config.store.folder)
  let store: LmdbStore | undefined
  let networks: Networks
  try {
    store = await LmdbStore.open(config.store.folder, clock)
    networks = createNetworks(config.networks, { store, clock, randomBytes, log })
  } catch (error) {
    await store?.close()
    unlock()
    throw error
  }
  const quarantine = new Quarantine(store, clock, log)
  const findings = new BoundedRing<object>(store.findings, FINDINGS_MAXIMUM)
  const journals = new Journals(store, randomBytes)
  const boots = new Boots(store)
  const feeder = new Feeder({
    store,
    journals,
    boots,
    interpreter,
    distribution: config.networks.distribution ? store.outbox(DISTRIBUTION_OUTBOX) : undefined,
    safety: config.networks.safety ? store.outbox(SAFETY_OUTBOX) : undefined,
    findings,
    quarantine,
    observer,
    clock,
    log,
    recordsKept: config.store.recordsKept,
  })
  const changed = (node: string) => feeder.changed(node)
  const intake = new Intake({ store, journals, quarantine, observer, clock, log, changed })
  const failedOpens = new FailedOpens(store, observer, log)
  const sessions = new Sessions({
    keys,
    boots,
    journals,
    intake,
    quarantine,
    observer,
    failedOpens,
    clock,
    log,
    randomBytes,
    clockChanged: changed,
  })

  async function serveOperator(): Promise<Operator | undefined> {
    const uplinks = () => uplinkViews(config, networks, clock.utcMilliseconds())
    try {
      return await startOperator(config.operator, {
        site: config.site,
        observer,
        uplinks,
        warnings: warningsOf(config),
        clock,
        log,
      })
    } catch (error) {
      // Nodes and networks do not need the page.
      log.error(
        { code: error instanceof CodedError ? error.code : 'OPERATOR_LISTEN', error },
        'no operator page',
      )
      return undefined
    }
  }

  networks.start()
  feeder.start()
  await Promise.all(links.map((link) => link.start()))
  const operator = await serveOperator()

  return {
    observer,
    store,
    get mqttPort() {
      return mqtt?.port
    },
    operatorUrl: operator?.url,
    connectMqttStream: (stream, peer) => (mqtt ? mqtt.connectStream(stream, peer) : void stream.destroy()),
    linkCounters: () => links.flatMap((link) => link.counters()),
    outstanding: () =>
      links.reduce((sum, link) => sum + link.outstanding(), 0) +
      intake.outstanding() +
      feeder.outstanding() +
      networks.outstanding() +
      store.outstanding(),
    records: (node) => readRecords(store, journals, node),
    quarantine: (maximum) => quarantine.list(maximum),
    findings: (maximum) => findings.list(maximum),
    async close() {
      if (ended) return
      ended = true
      await intake.drained()
      await Promise.all(links.map((link) => link.close()))
      await feeder.close()
      await networks.close()
      await operator?.close()
      await store.close()
      unlock()
    },
  }
}
