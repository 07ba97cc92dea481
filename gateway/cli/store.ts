import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '#protocol/coded-error.ts'
import { systemClock } from '../clock.ts'
import { loadConfig } from '../config/load.ts'
import { QUARANTINE_ENTRIES_MAXIMUM } from '../store/keys.ts'
import { BoundedRing } from '../store/ring.ts'
import { LmdbStore } from '../store/store.ts'
import type { OutboxItem, QuarantineEntry, SetAsideItem } from '../store/types.ts'
import type { CommandIo, ExitCode } from './io.ts'

export const OUTBOXES = ['distribution', 'safety'] as const
/** Lines that one call lists; the counts above them are always whole. */
export const LIST_MAXIMUM = 1_000

async function withStore<Result>(configFile: string, use: (store: LmdbStore) => Result): Promise<Result> {
  const { folder } = loadConfig(configFile).store
  if (!existsSync(join(folder, 'data.mdb')))
    throw new CodedError('CLI_NO_STORE', 'no store here yet', {
      where: folder,
      action: 'check store.folder, or run the gateway first',
    })
  const store = await LmdbStore.open(folder, systemClock)
  try {
    return use(store)
  } finally {
    await store.close()
  }
}

interface ListedItem {
  outbox: string
  id: number
  state: 'waiting' | 'setAside'
  appendedAt: string
  note?: unknown
  code?: string
  reason?: string
}

/** `waypost outbox list --config FILE`: what still waits for each network, and what it refused. Reads only; the gateway may run. */
export function runOutboxList(options: { config: string; json?: boolean }, io: CommandIo): Promise<ExitCode> {
  return withStore(options.config, (store) => {
    for (const name of OUTBOXES) {
      const outbox = store.outbox(name)
      const items = [
        ...outbox.peek(LIST_MAXIMUM).map((item) => listed(name, 'waiting', item)),
        ...outbox.listSetAside(LIST_MAXIMUM).map((item) => listed(name, 'setAside', item)),
      ]
      if (options.json) for (const item of items) io.out(JSON.stringify(item))
      else {
        io.out(`${name}: ${outbox.size()} waiting, ${outbox.setAsideSize()} set aside as refused`)
        for (const item of items)
          io.out(
            `  ${item.id}  ${item.appendedAt}  ${item.state === 'waiting' ? 'waiting' : `refused ${item.code}: ${item.reason}`}`,
          )
      }
    }
    return 0
  })
}

function listed(outbox: string, state: ListedItem['state'], item: OutboxItem | SetAsideItem): ListedItem {
  const base = {
    outbox,
    id: item.id,
    state,
    appendedAt: new Date(item.appendedUtcMilliseconds).toISOString(),
  }
  return {
    ...base,
    ...(item.note === undefined ? {} : { note: item.note }),
    ...('code' in item ? { code: item.code, reason: item.reason } : {}),
  }
}

/** `waypost quarantine list --config FILE`: what was refused, newest first, with its code. Reads only. */
export function runQuarantineList(
  options: { config: string; json?: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  return withStore(options.config, (store) => {
    const ring = new BoundedRing<Omit<QuarantineEntry, 'id'>>(store.quarantine, QUARANTINE_ENTRIES_MAXIMUM)
    if (!options.json) io.out(`${ring.size()} refused frames and records are kept`)
    for (const entry of ring.list(LIST_MAXIMUM)) {
      const at = new Date(entry.atUtcMilliseconds).toISOString()
      if (options.json) io.out(JSON.stringify({ ...entry, at }))
      else
        io.out(
          `  ${entry.id}  ${at}  ${entry.code}  ${entry.node ?? 'unknown node'} on ${entry.link}: ${entry.reason} (${entry.lengthBytes} bytes: ${entry.sampleHex})`,
        )
    }
    return 0
  })
}
