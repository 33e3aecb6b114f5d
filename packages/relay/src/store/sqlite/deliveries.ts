import type { DatabaseSync } from 'node:sqlite'
import type { ConnectorHold, Outcome, ParkedDelivery } from '../store.ts'
import { prepare } from './database.ts'
import { ENTRY_COLUMNS } from './rows.ts'
import type { AppendRow, DeliveryRow } from './rows.ts'
import type { Routes } from './routes.ts'
import type { Windows } from './windows.ts'

/** A hold that ends only when an operator replays. */
const FOREVER = Number.MAX_SAFE_INTEGER

// Word for word the condition of the index `deliveries_open`, so that SQLite uses it.
const IS_OPEN = "state IN ('due', 'claimed', 'unknown')"

interface QueueRow {
  readonly key: number
  readonly seq: number
  readonly id: string
  readonly connector: string
  readonly conversation: number
  readonly state: string
}

/** What becomes of a delivery that a far side said later did not arrive. */
export type Denial = Extract<Outcome, { readonly kind: 'retry' | 'parked' }>

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
 * A conversation's deliveries to one connector stand in a queue of their own, by seq, and only the
 * one with `turn = 1` is looked at: a claim costs what is due, however long the log and the queues
 * behind a stuck one are.
 */
export function prepareDeliveries(db: DatabaseSync, routes: Routes, windows: Windows) {
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
    `SELECT d.key, d.id AS delivery, d.site, d.connector, c.id AS conversation, d.attempts, d.created, d.at,
       d.state <> 'due' AS unsure, ${ENTRY_COLUMNS}
     FROM deliveries d
     JOIN entries e ON e.conversation = d.conversation AND e.seq = d.seq
     JOIN conversations c ON c.key = d.conversation
     WHERE d.turn = 1 AND d.connector = ? AND d.at <= ? ORDER BY d.at LIMIT ?`,
  )
  const claimOne = prepare(
    db,
    `UPDATE deliveries SET state = 'claimed', worker = ?, at = ?, attempts = attempts + 1
     WHERE key = ?`,
  )
  const selectLease = prepare<QueueRow>(
    db,
    `SELECT key, id, connector, conversation, seq, state FROM deliveries
     WHERE id = ? AND state = 'claimed' AND worker = ? AND attempts = ? + 1`,
  )
  const settleOne = prepare(
    db,
    `UPDATE deliveries SET state = ?, turn = 0, at = ?, reason = ?, worker = NULL WHERE key = ?`,
  )
  const passTurn = prepare(
    db,
    `UPDATE deliveries SET turn = 1 WHERE key = (
       SELECT key FROM deliveries WHERE connector = ? AND conversation = ? AND ${IS_OPEN}
       ORDER BY seq LIMIT 1)`,
  )
  const takeTurnBack = prepare(
    db,
    `UPDATE deliveries SET turn = 0
     WHERE connector = ? AND conversation = ? AND ${IS_OPEN} AND turn = 1 AND state <> 'claimed'`,
  )
  const selectClaimed = prepare<{ key: number }>(
    db,
    `SELECT key FROM deliveries WHERE connector = ? AND conversation = ? AND ${IS_OPEN}
     AND state = 'claimed'`,
  )
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
  const selectDelivery = prepare<QueueRow>(
    db,
    'SELECT key, id, connector, conversation, seq, state FROM deliveries WHERE id = ?',
  )
  const makeDue = prepare(
    db,
    `UPDATE deliveries SET state = 'due', at = ?, reason = NULL WHERE key = ?`,
  )
  const selectConversationId = prepare<{ id: string }>(
    db,
    'SELECT id FROM conversations WHERE key = ?',
  )
  const releaseWaiting = prepare(
    db,
    `UPDATE deliveries SET at = min(at, ?1) WHERE turn = 1 AND connector = ?2
     AND state IN ('due', 'unknown')
     AND (?3 IS NULL OR conversation = (SELECT key FROM conversations WHERE id = ?3))`,
  )
  const selectHead = prepare<{ key: number; site: string; seq: number; owed: number }>(
    db,
    `SELECT c.key, c.site, c.head AS seq, EXISTS (
       SELECT 1 FROM deliveries d WHERE d.conversation = c.key AND d.connector = ?2 AND d.seq = c.head
     ) AS owed
     FROM conversations c WHERE c.id = ?1 AND c.head > 0`,
  )
  const selectBehind = prepare<DeliveryRow & { key: number; at: number }>(
    db,
    `SELECT d.key, d.id AS delivery, d.site, d.connector, c.id AS conversation, d.attempts, d.created, d.at,
       0 AS unsure, ${ENTRY_COLUMNS}
     FROM deliveries d
     JOIN entries e ON e.conversation = d.conversation AND e.seq = d.seq
     JOIN conversations c ON c.key = d.conversation
     WHERE d.connector = ? AND d.conversation = ? AND d.${IS_OPEN} AND d.seq > ?
       AND d.state = 'due' AND d.at <= ? ORDER BY d.seq LIMIT ?`,
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

  const settle = (lease: Lease, outcome: Outcome, now: number): boolean => {
    const row = selectLease.get(lease.id, lease.worker, lease.attempts)
    if (!row) return false
    switch (outcome.kind) {
      case 'done': {
        const { thread, externalIds } = outcome.receipt
        settleOne.run('done', now, null, row.key)
        if (thread === undefined) routes.linkNameless(row.connector, lease.conversation)
        else routes.link(row.connector, lease.conversation, thread)
        routes.remember(row.connector, externalIds, {
          conversation: lease.conversation,
          seq: row.seq,
          delivery: row.id,
        })
        break
      }
      case 'retry':
        settleOne.run('due', outcome.at, outcome.reason, row.key)
        break
      case 'unknown':
        settleOne.run('unknown', outcome.at, outcome.reason, row.key)
        break
      case 'parked':
        settleOne.run('parked', now, outcome.reason, row.key)
        break
    }
    passTurn.run(row.connector, row.conversation)
    return true
  }

  /** What was put off to the hold's end need not wait for it any more. */
  const liftHold = (connector: string, now: number): boolean => {
    const hold = deleteHold.get(connector)
    if (hold) bringForward.run(now, connector, hold.until)
    return hold !== undefined
  }

  const replay = (id: string, now: number): boolean => {
    const row = selectDelivery.get(id)
    if (!row || row.state === 'done') return false
    // The operator wants it to go now: whatever held the connector is dealt with.
    const lifted = liftHold(row.connector, now)
    if (row.state !== 'parked') return lifted
    makeDue.run(now, row.key)
    // It is likely older than what waits now, so it goes first; but not while one is under way.
    if (selectClaimed.get(row.connector, row.conversation)) return true
    takeTurnBack.run(row.connector, row.conversation)
    passTurn.run(row.connector, row.conversation)
    return true
  }

  /** A far side said later that it arrived after all; a settled one learns its further ids. */
  const confirm = (
    connector: string,
    id: string,
    externalIds: readonly string[],
    now: number,
  ): boolean => {
    const row = selectDelivery.get(id)
    if (row?.connector !== connector) return false
    const conversation = row && selectConversationId.get(row.conversation)?.id
    if (conversation === undefined) return false
    routes.remember(row.connector, externalIds, { conversation, seq: row.seq, delivery: row.id })
    if (row.state === 'done') return true
    settleOne.run('done', now, null, row.key)
    passTurn.run(row.connector, row.conversation)
    return true
  }

  /** A far side said later that it did not arrive. Due again, or parked with the reason. */
  const deny = (connector: string, id: string, outcome: Denial, now: number): boolean => {
    const row = selectDelivery.get(id)
    if (row?.connector !== connector) return false
    if (row.state === 'parked' || row.state === 'claimed') return false
    if (outcome.kind === 'parked') settleOne.run('parked', now, outcome.reason, row.key)
    else settleOne.run('due', outcome.at, outcome.reason, row.key)
    takeTurnBack.run(row.connector, row.conversation)
    if (!selectClaimed.get(row.connector, row.conversation)) {
      passTurn.run(row.connector, row.conversation)
    }
    return true
  }

  /** What waits for a person to write again need not wait any more. */
  const release = (connector: string, conversation: string | null, now: number): void => {
    releaseWaiting.run(now, connector, conversation)
  }

  /** Owe the newest entry to a connector that was not owed it yet. False: it was. */
  const owe = (id: string, connector: string, conversation: string, now: number): boolean => {
    const head = selectHead.get(conversation, connector)
    if (!head || head.owed) return false
    insertDelivery.run(id, head.site, connector, head.key, head.seq, now, now)
    return true
  }

  /** Lease what stands behind a leased delivery in its queue as well. */
  const claimBehind = (lease: Lease, limit: number, leaseMs: number, now: number) => {
    const row = selectLease.get(lease.id, lease.worker, lease.attempts)
    if (!row) return []
    const rows = selectBehind.all(row.connector, row.conversation, row.seq, now, limit)
    for (const each of rows) claimOne.run(lease.worker, now + leaseMs, each.key)
    return rows
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
    claimBehind,
    settle,
    confirm,
    deny,
    release,
    owe,
    nextDue,
    parked: (site: string) => selectParked.all(site),
    holds: (now: number) => selectHolds.all(now),
    replay,
    hold: (connector: string, until: number, reason: string) => {
      upsertHold.run(connector, until, reason)
    },
    /** Every lease runs out now. */
    endLeases: () => {
      endAllLeases.run()
    },
  }
}

export type Deliveries = ReturnType<typeof prepareDeliveries>
