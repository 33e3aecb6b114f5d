import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HomingError, isStatus, uuidv7 } from '@homing/core'
import type { RandomBytes } from '@homing/core'
import type { BackupDone, BackupSettings } from './backup-worker.ts'
import { toError } from './sqlite/batch.ts'
import { DATABASE_FILE } from './sqlite/database.ts'
import type { Lease } from './sqlite/deliveries.ts'
import { createJobQueue } from './sqlite/job-queue.ts'
import type { JobQueue } from './sqlite/job-queue.ts'
import {
  fromSession,
  fromSite,
  toConversation,
  toConversationLine,
  toDelivery,
  toEntry,
  toSent,
  toSession,
  toSite,
  toVisitorCard,
} from './sqlite/rows.ts'
import type { AppendRow, AppendedRow } from './sqlite/rows.ts'
import type { WorkerSettings } from './sqlite-worker.ts'
import { MAX_CAUGHT_UP } from './store.ts'
import type { Appended, Delivery, NewEntry, Store } from './store.ts'

const EPOCH_BYTES = 16
const SECRET_BYTES = 32

export interface SqliteStoreOptions {
  /** Made, for its owner only, when it is not there. One relay per directory. */
  readonly directory: string
  readonly now: () => number
  readonly randomBytes: RandomBytes
}

/**
 * The log in one SQLite file, behind a thread of its own: the caller's thread never waits for the
 * disk, and what it asks in one turn, or while the disk is busy, shares one commit.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { now, randomBytes } = options
  const directory = resolve(options.directory)
  const settings: WorkerSettings = {
    directory,
    birth: { epoch: newEpoch(randomBytes), secret: randomBytes(SECRET_BYTES), now: now() },
  }
  const queue = await createJobQueue(
    new Worker(threadFile('sqlite-worker'), { workerData: settings }),
  )
  return createSqliteStore(queue, {
    now,
    randomBytes,
    backup: (path) => backUp({ directory, to: path }),
  })
}

/** The store over the log's thread, wherever that is. */
export function createSqliteStore(
  queue: JobQueue,
  options: Pick<SqliteStoreOptions, 'now' | 'randomBytes'> & Pick<Store, 'backup'>,
): Store {
  const { now, randomBytes, backup } = options
  const { call } = queue

  return {
    epoch: queue.epoch,
    secret: queue.secret,

    sites: async () => (await call('sites')).map(toSite),
    saveSite: (site) => call('saveSite', fromSite(site)),

    visitor: async (site, tokenHash) => {
      const row = await call('visitor', site, new Uint8Array(tokenHash))
      return row && toVisitorCard(row)
    },
    deviceCounter: (site, visitor, device) => call('deviceCounter', site, visitor, device),
    skipCounter: (site, visitor, device, n) => call('skipCounter', site, visitor, device, n),

    append: async (entry) => {
      const row = toAppendRow(entry, now(), randomBytes)
      return toAppended(entry, await call('append', row))
    },
    readAfter: async (conversation, after, limit) =>
      (await call('readAfter', conversation, after, limit)).map(toEntry),
    readBefore: async (conversation, before, limit) =>
      (await call('readBefore', conversation, before, limit)).map(toEntry),

    conversation: async (id) => {
      const row = await call('conversation', id)
      return row && toConversation(row)
    },
    conversations: async (filter) => (await call('conversations', filter)).map(toConversationLine),
    mark: (conversation, by, seq) => call('mark', conversation, by, seq),
    kept: (conversation, by, seq) => call('kept', conversation, by, seq),
    setDesks: (conversation, { desks, entering, leaving }, at) => {
      const ids = () => Array.from({ length: MAX_CAUGHT_UP }, () => uuidv7(at, randomBytes))
      const coming = entering.map((desk) => ({ ...desk, deliveryIds: ids() }))
      const chosen = desks ? JSON.stringify(desks) : null
      return call('setDesks', conversation, chosen, coming, leaving, at)
    },
    setPage: (conversation, page) => call('setPage', conversation, JSON.stringify(page)),

    claim: async (worker, limit, leaseMs, at) =>
      (await call('claim', worker, limit, leaseMs, at)).map((row) => toDelivery(row, worker)),
    settle: (delivery, outcome, at, hold, toward) =>
      call('settle', leaseOf(delivery), outcome, at, hold ?? null, toward ?? null),
    behind: async (delivery, limit, dueBy) =>
      (await call('behind', leaseOf(delivery), limit, dueBy)).map((row) =>
        toDelivery(row, delivery.worker),
      ),
    claimBehind: async (delivery, count, dueBy) =>
      (await call('claimBehind', leaseOf(delivery), count, dueBy)).map((row) =>
        toDelivery(row, delivery.worker),
      ),
    together: async (delivery) =>
      (await call('together', leaseOf(delivery))).map((row) => toDelivery(row, delivery.worker)),
    confirm: (connector, delivery, word, at, toward) =>
      call('confirm', connector, delivery, word, at, toward ?? null),
    deny: (connector, delivery, word, outcome, at, toward) =>
      call('deny', connector, delivery, word, outcome, at, toward ?? null),
    arrivedPart: ({ id, connector, conversation, entry: { seq } }, part, receipt) =>
      call('arrivedPart', { id, connector, conversation, seq }, part, receipt),
    arrivedParts: async (delivery) => {
      const parts = await call('arrivedParts', delivery)
      return new Map(parts.map(({ part, externalIds }) => [part, { externalIds }]))
    },
    release: (connector, conversation, at) => call('release', connector, conversation ?? null, at),
    waiting: (connector, conversation) => call('waiting', connector, conversation),
    nextDue: () => call('nextDue'),
    parked: (site) => call('parked', site),
    replay: (delivery, at) => call('replay', delivery, at),
    holds: (at) => call('holds', at),
    holdConnector: (connector, until, reason) => call('holdConnector', connector, until, reason),
    liftHold: (connector, at) => call('liftHold', connector, at),

    thread: (connector, conversation) => call('thread', connector, conversation),
    conversationOf: (connector, thread) => call('conversationOf', connector, thread),
    link: (connector, conversation, thread) => call('link', connector, conversation, thread),
    bind: (connector, conversation, thread) => call('bind', connector, conversation, thread),
    opened: (connector, conversation) => call('opened', connector, conversation),
    unlink: (connector, conversation) => call('unlink', connector, conversation),
    moveThread: (connector, from, to) => call('moveThread', connector, from, to),
    sent: async (connector, externalId) => {
      const row = await call('sent', connector, externalId)
      return row && toSent(row)
    },
    onLine: (site, connector, limit) => call('onLine', site, connector, limit),

    openWindow: (connector, address, at) => call('openWindow', connector, address, at),
    closeWindow: (connector, address) => call('closeWindow', connector, address),
    woke: (connector, address, at) => call('woke', connector, address, at),
    window: (connector, address) => call('window', connector, address),
    opt: (connector, address, out, at) => call('opt', connector, address, out, at),
    optedOut: (connector, address) => call('optedOut', connector, address),
    saveHandOver: (codeHash, handOver, at) =>
      call('saveHandOver', new Uint8Array(codeHash), handOver, at),
    handOver: (codeHash, site, at) => call('handOver', new Uint8Array(codeHash), site, at),
    takeHandOver: (codeHash, to, at) => call('takeHandOver', new Uint8Array(codeHash), to, at),

    admitGuest: (conversation, site, visitor, at) =>
      call('admitGuest', conversation, site, visitor, at),
    leaveAddress: (of, place, at) => call('leaveAddress', of, place, at),
    optAllOut: (connector, address, at) => call('optAllOut', connector, address, at),

    connectors: () => call('connectors'),
    saveConnector: (connector) => call('saveConnector', connector),
    dropConnector: (id) => call('dropConnector', id),

    cursor: (connector) => call('cursor', connector),
    saveCursor: (connector, cursor) => call('saveCursor', connector, cursor),

    saveSession: (session) => call('saveSession', fromSession(session), now()),
    session: async (tokenHash, at) => {
      const row = await call('session', new Uint8Array(tokenHash), at)
      return row && toSession(row)
    },
    dropSession: (tokenHash) => call('dropSession', new Uint8Array(tokenHash)),

    backup,
    figures: () => call('figures'),
    check: () => call('check'),
    close: queue.close,
  }
}

export function newEpoch(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(EPOCH_BYTES)).toString('hex')
}

const leaseOf = ({ id, conversation, worker, attempts }: Delivery): Lease => ({
  id,
  conversation,
  worker,
  attempts,
})

/** A thread's file beside this one: .ts in the sources, .js when compiled. */
function threadFile(name: string): URL {
  return new URL(`./${name}${import.meta.url.slice(-3)}`, import.meta.url)
}

/** Copies the log of a directory; a relay may be at work there. */
export function backUp(files: { readonly directory: string; readonly to: string }): Promise<void> {
  const settings: BackupSettings = {
    from: join(resolve(files.directory), DATABASE_FILE),
    to: resolve(files.to),
  }
  const worker = new Worker(threadFile('backup-worker'), { workerData: settings })
  return new Promise((done, reject) => {
    worker.once('message', ({ failure }: BackupDone) =>
      failure ? reject(toError(failure)) : done(),
    )
    worker.once('error', reject)
    worker.once('exit', () => reject(new HomingError('unavailable', 'The backup was cut short.')))
  })
}

function toAppendRow(entry: NewEntry, now: number, randomBytes: RandomBytes): AppendRow {
  const { visitor, author } = entry
  return {
    site: entry.site,
    conversation: entry.conversation,
    id: entry.id,
    role: author.role,
    author: author.id,
    name: author.name ?? null,
    time: entry.time,
    body: JSON.stringify(entry.body),
    status: statusEffect(entry),
    visitor: visitor
      ? {
          // A copy: a Buffer may be a view of a large shared pool, which would be cloned whole.
          tokenHash: new Uint8Array(visitor.tokenHash),
          device: visitor.device,
          n: visitor.n,
          locale: visitor.locale ?? null,
        }
      : null,
    page: entry.page ? JSON.stringify(entry.page) : null,
    contact: entry.contact
      ? { name: entry.contact.name ?? null, email: entry.contact.email ?? null }
      : null,
    deliveries: [
      ...entry.connectors.map((connector) => ({ connector, role: 'desk' as const })),
      ...(entry.reaches ?? []).map((connector) => ({ connector, role: 'reach' as const })),
    ].map(({ connector, role }) => ({
      id: uuidv7(now, randomBytes),
      connector,
      role,
      waitMs: entry.waits?.[connector] ?? 0,
    })),
    event: entry.event ?? null,
    now,
  }
}

/** A resolved conversation is open again as soon as its visitor says something. */
function statusEffect({ author, body }: NewEntry): AppendRow['status'] {
  if (!isStatus(body)) return author.role === 'visitor' ? 'reopen' : 'keep'
  return body.status === 'joined' ? 'keep' : body.status
}

function toAppended(asked: NewEntry, row: AppendedRow): Appended {
  const { fresh, visitor, created, statusChanged } = row
  const outcome = { fresh, visitor, created, statusChanged }
  if (row.first) return { ...outcome, entry: toEntry(row.first) }
  if (!fresh) return outcome
  const { id, author, time, body } = asked
  return { ...outcome, entry: { seq: row.seq, id, author, time, body } }
}
