import type { DatabaseSync } from 'node:sqlite'
import type { ConnectorHold, Outcome, ParkedDelivery, Toward } from '../store.ts'
import { prepare } from './database.ts'
import type { Delivered } from './delivered.ts'
import { IS_OPEN, QUEUE_COLUMNS, prepareQueue } from './queue.ts'
import type { QueueRow } from './queue.ts'
import { ENTRY_COLUMNS } from './rows.ts'
import type { AppendRow, DeliveryRow } from './rows.ts'
import type { Routes } from './routes.ts'
import type { Windows } from './windows.ts'

/** A hold that ends only when an operator replays. */
const FOREVER = Number.MAX_SAFE_INTEGER

const DELIVERY_COLUMNS = `d.key, d.id AS delivery, d.site, d.connector, c.id AS conversation,
  d.attempts, d.created, d.at, ${ENTRY_COLUMNS}`
const DELIVERY_TABLES = `FROM deliveries d
  JOIN entries e ON e.conversation = d.conversation AND e.seq = d.seq
  JOIN conversations c ON c.key = d.conversation`

type DoneOutcome = Extract<Outcome, { readonly kind: 'done' }>

export interface BehindRow extends DeliveryRow {
  readonly key: number
  readonly at: number
  readonly state: string
}

/** A lease, as its holder knows it: what Delivery says of itself. */
export interface Lease {
  readonly id: string
  readonly conversation: string
  readonly worker: string
  readonly attempts: number
}

/**
 * Deliveries, each in one of five states:
 *
 *   due ──claim──▶ claimed ──settle──▶ done | parked ──replay──▶ due
 *    ▲                │ ▲
 *    └──── retry ─────┤ └──claim── unknown
 *                     └─ may have arrived ─▶
 *
 * Of each queue (see queue.ts) only the first is looked at: a claim costs what is due, however long
 * the log and the queues behind a stuck one are.
 */
export function prepareDeliveries(
  db: DatabaseSync,
  routes: Routes,
  windows: Windows,
  delivered: Delivered,
) {
  const queue = prepareQueue(db)
  const isReached = (connector: string, conversation: string): boolean => {
    const address = routes.thread(connector, conversation)
    return address !== undefined && !windows.optedOut(connector, address)
  }
  const insertDelivery = prepare(
    db,
    `INSERT INTO deliveries (id, site, connector, conversation, seq, state, turn, at, created)
     SELECT ?1, ?2, ?3, ?4, ?5, 'due', NOT EXISTS (
       SELECT 1 FROM deliveries WHERE connector = ?3 AND conversation = ?4 AND ${IS_OPEN}
     ), ?6, ?7`,
  )
  // One row per connector that has something to send, found by leaps over the index.
  const selectConnectors = prepare<{ connector: string; until: number }>(
    db,
    `WITH RECURSIVE waiting (connector) AS (
       SELECT min(connector) FROM deliveries WHERE turn = 1
       UNION ALL
       SELECT (SELECT min(connector) FROM deliveries WHERE turn = 1 AND connector > w.connector)
       FROM waiting w WHERE w.connector IS NOT NULL
     )
     SELECT w.connector, coalesce(h.until, 0) AS until
     FROM waiting w LEFT JOIN connector_holds h ON h.connector = w.connector
     WHERE w.connector IS NOT NULL`,
  )
  const selectDue = prepare<DeliveryRow & { key: number; at: number }>(
    db,
    `SELECT ${DELIVERY_COLUMNS}, d.state <> 'due' AS unsure
     ${DELIVERY_TABLES}
     WHERE d.turn = 1 AND d.connector = ? AND d.at <= ? ORDER BY d.at LIMIT ? + 0`,
  )
  const claimOne = prepare(
    db,
    `UPDATE deliveries SET state = 'claimed', worker = ?, at = ?, attempts = attempts + 1
     WHERE key = ?`,
  )
  const selectLease = prepare<QueueRow>(
    db,
    `SELECT ${QUEUE_COLUMNS} FROM deliveries
     WHERE id = ? AND state = 'claimed' AND worker = ? AND attempts = ? + 1`,
  )
  // Nothing was tried, so no try is counted.
  const uncountTry = prepare(db, 'UPDATE deliveries SET attempts = attempts - 1 WHERE key = ?')
  const endAllLeases = prepare(
    db,
    "UPDATE deliveries SET at = 0 WHERE turn = 1 AND state = 'claimed'",
  )
  const selectFirst = prepare<{ at: number }>(
    db,
    'SELECT min(at) AS at FROM deliveries WHERE turn = 1 AND connector = ?',
  )
  const selectParked = prepare<ParkedDelivery>(
    db,
    `SELECT d.id, d.connector, c.id AS conversation, d.seq, d.attempts,
       coalesce(d.reason, '') AS reason, d.at AS time
     FROM deliveries d JOIN conversations c ON c.key = d.conversation
     WHERE d.state = 'parked' AND d.site = ? ORDER BY d.at, d.key`,
  )
  const releaseWaiting = prepare(
    db,
    `UPDATE deliveries SET at = min(at, ?1) WHERE turn = 1 AND connector = ?2
     AND state IN ('due', 'unknown')
     AND (?3 IS NULL OR conversation = (SELECT key FROM conversations WHERE id = ?3))`,
  )
  const selectBehind = prepare<BehindRow>(
    db,
    `SELECT ${DELIVERY_COLUMNS}, d.state, 0 AS unsure
     ${DELIVERY_TABLES}
     WHERE d.connector = ? AND d.conversation = ? AND d.${IS_OPEN} AND d.seq > ?
     ORDER BY d.seq LIMIT ? + 0`,
  )
  const selectTogether = prepare<BehindRow>(
    db,
    `SELECT ${DELIVERY_COLUMNS}, d.state, 1 AS unsure
     ${DELIVERY_TABLES}
     WHERE d.leader = ? ORDER BY d.seq`,
  )
  const putBehind = prepare(
    db,
    `UPDATE deliveries SET state = 'claimed', worker = ?, leader = ? WHERE key = ?`,
  )
  const selectWaiting = prepare<{ seq: number }>(
    db,
    `SELECT seq FROM deliveries WHERE connector = ?1 AND ${IS_OPEN}
       AND conversation = (SELECT key FROM conversations WHERE id = ?2)
     UNION ALL
     SELECT seq FROM deliveries WHERE connector = ?1 AND state = 'parked'
       AND conversation = (SELECT key FROM conversations WHERE id = ?2)`,
  )
  const upsertHold = prepare(
    db,
    `INSERT INTO connector_holds (connector, until, reason) VALUES (?, ?, ?)
     ON CONFLICT (connector) DO UPDATE SET until = excluded.until, reason = excluded.reason
     WHERE until < excluded.until`,
  )
  const selectHolds = prepare<ConnectorHold>(
    db,
    'SELECT connector, until, reason FROM connector_holds WHERE until > ? ORDER BY connector',
  )
  const deleteHold = prepare<{ until: number }>(
    db,
    'DELETE FROM connector_holds WHERE connector = ? RETURNING until',
  )
  const bringForward = prepare(
    db,
    `UPDATE deliveries SET at = ? WHERE turn = 1 AND connector = ? AND at >= ? AND state <> 'claimed'`,
  )

  const claim = (
    worker: string,
    limit: number,
    leaseMs: number,
    now: number,
  ): readonly DeliveryRow[] => {
    const rows = selectConnectors
      .all()
      .filter(({ until }) => until <= now)
      .flatMap(({ connector }) => selectDue.all(connector, now, limit))
      .toSorted((a, b) => a.at - b.at)
      .slice(0, limit)
    for (const row of rows) claimOne.run(worker, now + leaseMs, row.key)
    return rows
  }

  const hold = (connector: string, until: number, reason: string): void => {
    upsertHold.run(connector, until, reason)
  }

  const settle = (
    lease: Lease,
    outcome: Outcome,
    now: number,
    held: { readonly until: number; readonly reason: string } | null,
    toward: Toward | null,
  ): boolean => {
    const row = selectLease.get(lease.id, lease.worker, lease.attempts)
    if (!row) return settleLate(lease, outcome, toward)
    if (held) hold(row.connector, held.until, held.reason)
    switch (outcome.kind) {
      case 'done':
        bind(row, lease, outcome, toward)
        queue.put(row, 'done', now, null)
        break
      case 'retry':
        queue.put(row, 'due', outcome.at, outcome.reason)
        break
      case 'wait':
        queue.put(row, outcome.unsure ? 'unknown' : 'due', outcome.at, outcome.reason)
        uncountTry.run(row.key)
        break
      case 'unknown':
        queue.put(row, 'unknown', outcome.at, outcome.reason)
        break
      case 'parked': {
        const seqs = delivered.seqsOf(row)
        queue.put(row, 'parked', now, outcome.reason)
        if (!toward) break
        delivered.givenUp(row, seqs, toward, outcome.code ?? null, outcome.reason)
        break
      }
    }
    queue.pass(row)
    return true
  }

  /** The far side said that it arrived before its own answer did: what that one brings is kept. */
  const settleLate = (lease: Lease, outcome: Outcome, toward: Toward | null): boolean => {
    const row = queue.find(lease.id)
    if (row?.state !== 'done' || outcome.kind !== 'done') return false
    bind(row, lease, outcome, toward)
    return true
  }

  const bind = (
    row: QueueRow,
    { conversation }: Lease,
    { receipt }: DoneOutcome,
    toward: Toward | null,
  ): void => {
    const { thread, externalIds } = receipt
    if (thread !== undefined) routes.link(row.connector, conversation, thread)
    // Also where the thread is bound to another one: something of this one is there all the same.
    routes.linkNameless(row.connector, conversation)
    const seq = queue.lastSeq(row)
    routes.remember(row.connector, externalIds, { conversation, seq, delivery: row.id })
    if (toward?.sure) delivered.arrived(row, toward.side, seq)
  }

  /** What was put off to the hold's end need not wait for it any more. */
  const liftHold = (connector: string, now: number): boolean => {
    const hold = deleteHold.get(connector)
    if (hold) bringForward.run(now, connector, hold.until)
    return hold !== undefined
  }

  const replay = (id: string, now: number): boolean => {
    const row = queue.find(id)
    if (!row || row.state === 'done') return false
    // The operator wants it to go now: whatever held the connector is dealt with.
    const lifted = liftHold(row.connector, now)
    if (row.state !== 'parked') return lifted
    queue.put(row, 'due', now, null)
    queue.reorder(row)
    return true
  }

  /** What waits for a person to write again need not wait any more. */
  const release = (connector: string, conversation: string | null, now: number): void => {
    releaseWaiting.run(now, connector, conversation)
  }

  /** Up to `limit` that stand right behind a leased one and are due by then; there is no gap. */
  const behind = (lease: Lease, limit: number, dueBy: number): readonly BehindRow[] => {
    const row = selectLease.get(lease.id, lease.worker, lease.attempts)
    if (!row) return []
    const rows = selectBehind.all(row.connector, row.conversation, row.seq, limit)
    const end = rows.findIndex(({ state, at }) => state !== 'due' || at > dueBy)
    return end < 0 ? rows : rows.slice(0, end)
  }

  const claimBehind = (lease: Lease, count: number, dueBy: number): readonly DeliveryRow[] => {
    const row = selectLease.get(lease.id, lease.worker, lease.attempts)
    if (!row) return []
    const rows = behind(lease, count, dueBy)
    for (const each of rows) putBehind.run(lease.worker, row.key, each.key)
    return rows
  }

  const together = (lease: Lease): readonly DeliveryRow[] => {
    const row = selectLease.get(lease.id, lease.worker, lease.attempts)
    return row ? selectTogether.all(row.key) : []
  }

  const nextDue = (): number | undefined => {
    let next: number | undefined
    for (const { connector, until } of selectConnectors.all()) {
      const at = selectFirst.get(connector)?.at
      if (at === undefined || until >= FOREVER) continue
      next = Math.min(next ?? FOREVER, Math.max(at, until))
    }
    return next
  }

  return {
    /** To those of its desks, and where the visitor can be reached and wants to be. */
    queue: (row: AppendRow, conversation: number, seq: number, desks: string | null) => {
      const chosen = desks === null ? undefined : (JSON.parse(desks) as readonly string[])
      for (const { id, connector, role, waitMs } of row.deliveries) {
        if (role === 'desk' && chosen && !chosen.includes(connector)) continue
        if (role === 'reach' && !isReached(connector, row.conversation)) continue
        insertDelivery.run(id, row.site, connector, conversation, seq, row.now + waitMs, row.now)
      }
    },
    claim,
    behind,
    claimBehind,
    together,
    settle,
    release,
    /** Seqs that are owed there and were not brought. */
    waiting: (connector: string, conversation: string) =>
      selectWaiting.all(connector, conversation).map(({ seq }) => seq),
    /** Owe an entry that is in the log already. */
    owe: (id: string, connector: string, to: OwedRow, now: number) => {
      insertDelivery.run(id, to.site, connector, to.key, to.seq, now, now)
    },
    nextDue,
    parked: (site: string) => selectParked.all(site),
    holds: (now: number) => selectHolds.all(now),
    replay,
    hold,
    liftHold,
    /** Every lease runs out now. */
    endLeases: () => {
      endAllLeases.run()
    },
  }
}

/** An entry of a conversation, by their keys. */
export interface OwedRow {
  readonly key: number
  readonly site: string
  readonly seq: number
}

export type Deliveries = ReturnType<typeof prepareDeliveries>
