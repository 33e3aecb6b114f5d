import { isDeepStrictEqual } from 'node:util'
import type { DatabaseSync } from 'node:sqlite'
import { HomingError } from '@homing/core'
import type { ConversationStatus } from '@homing/core'
import { prepare } from './database.ts'
import type { Deliveries } from './deliveries.ts'
import type { Desks } from './desks.ts'
import type { Guests } from './guests.ts'
import { ENTRY_COLUMNS } from './rows.ts'
import type { AppendRow, AppendedRow, EntryRow } from './rows.ts'
import type { Visitors } from './visitors.ts'

interface DraftRow extends EntryRow {
  readonly conversation: string
}

interface OwnerRow {
  readonly key: number
  readonly site: string
  readonly visitor: string
  readonly status: ConversationStatus
  readonly desks: string | null
}

/** The log itself: adding an entry, and reading runs of them. */
export function prepareLog(
  db: DatabaseSync,
  visitors: Visitors,
  guests: Pick<Guests, 'isGuest'>,
  deliveries: Deliveries,
  desks: Desks,
) {
  const selectEvent = prepare<{ visitor: string | null }>(
    db,
    `SELECT c.visitor FROM inbound_events i LEFT JOIN conversations c ON c.id = i.conversation
     WHERE i.connector = ? AND i.id = ?`,
  )
  const insertEvent = prepare(
    db,
    'INSERT INTO inbound_events (connector, id, conversation, time) VALUES (?, ?, ?, ?)',
  )
  const selectDraft = prepare<DraftRow>(
    db,
    `SELECT c.id AS conversation, ${ENTRY_COLUMNS}
     FROM entries e JOIN conversations c ON c.key = e.conversation
     WHERE e.id = ? AND e.author = ? AND e.site = ?`,
  )
  const selectOwner = prepare<OwnerRow>(
    db,
    'SELECT key, site, visitor, status, desks FROM conversations WHERE id = ?',
  )
  const insertConversation = prepare<{ key: number }>(
    db,
    `INSERT INTO conversations (id, site, visitor, head, status, page, created, updated)
     VALUES (?, ?, ?, 0, 'open', ?, ?, ?) RETURNING key`,
  )
  // In the same transaction as the insert of the entry: commit order is seq order.
  const takeSeq = prepare<{ head: number }>(
    db,
    `UPDATE conversations SET head = head + 1, status = ?, updated = max(updated, ?)
     WHERE key = ? RETURNING head`,
  )
  const insertEntry = prepare(
    db,
    `INSERT INTO entries (conversation, seq, id, site, role, author, name, time, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const selectAfter = prepare<EntryRow>(
    db,
    `SELECT ${ENTRY_COLUMNS} FROM entries e
     WHERE e.conversation = (SELECT key FROM conversations WHERE id = ?) AND e.seq > ?
     ORDER BY e.seq LIMIT ? + 0`,
  )
  const selectBefore = prepare<EntryRow>(
    db,
    `SELECT ${ENTRY_COLUMNS} FROM entries e
     WHERE e.conversation = (SELECT key FROM conversations WHERE id = ?) AND e.seq < ?
     ORDER BY e.seq DESC LIMIT ? + 0`,
  )

  const takeCounter = ({ site, author, visitor }: AppendRow): HomingError | undefined =>
    visitor ? visitors.take(site, author, visitor.device, visitor.n) : undefined

  const applyEvent = ({ event, conversation, now }: AppendRow): void => {
    if (event) insertEvent.run(event.connector, event.id, conversation, now)
  }

  const owns = (owner: OwnerRow, { site, role, author }: AppendRow): boolean =>
    owner.site === site &&
    (role !== 'visitor' || owner.visitor === author || guests.isGuest(owner.key, author))

  /** A conversation begins with its visitor's first entry, and so does the visitor's row. */
  const open = (row: AppendRow): OwnerRow | HomingError => {
    if (!visitors.ensure(row)) return FOREIGN_TOKEN()
    const { conversation, site, author, page, now, time } = row
    const key = insertConversation.get(conversation, site, author, page, now, time)?.key ?? 0
    return { key, site, visitor: author, status: 'open', desks: null }
  }

  const append = (row: AppendRow): AppendedRow | HomingError => {
    const event = row.event && selectEvent.get(row.event.connector, row.event.id)
    if (event) return known(event.visitor ?? '', null)

    const draft = selectDraft.get(row.id, row.author, row.site)
    const owner = selectOwner.get(row.conversation)
    if (draft && isSame(draft, row)) {
      takeCounter(row)
      applyEvent(row)
      return known(owner?.visitor ?? '', draft)
    }

    const skipped = takeCounter(row)
    if (skipped) return skipped
    // From here on a refusal is returned and not thrown: the counter stays taken.
    if (draft) return CONFLICT()
    if (owner ? !owns(owner, row) : row.role !== 'visitor') return NOT_FOUND()
    const opened = owner ?? open(row)
    if (opened instanceof HomingError) return opened

    const status = nextStatus(opened.status, row)
    const seq = takeSeq.get(status, row.time, opened.key)?.head ?? 0
    const { id, site, role, author, name, time, body } = row
    insertEntry.run(opened.key, seq, id, site, role, author, name, time, body)
    deliveries.queue(row, opened.key, seq, opened.desks)
    if (row.event) desks.toldBy(row.event.connector, row.conversation, seq)
    applyEvent(row)
    return {
      fresh: true,
      seq,
      first: null,
      visitor: opened.visitor,
      created: owner === undefined,
      statusChanged: status !== opened.status,
    }
  }

  return {
    append,
    after: (conversation: string, after: number, limit: number) =>
      selectAfter.all(conversation, after, limit),
    before: (conversation: string, before: number, limit: number) =>
      selectBefore.all(conversation, before, limit).toReversed(),
  }
}

const CONFLICT = () =>
  new HomingError('id_conflict', 'This id is known with another body or conversation.')
const NOT_FOUND = () => new HomingError('not_found', 'There is no such conversation.')
const FOREIGN_TOKEN = () => new HomingError('unauthorized', "This token is another visitor's.")

function known(visitor: string, first: EntryRow | null): AppendedRow {
  return {
    fresh: false,
    seq: first?.seq ?? 0,
    first,
    visitor,
    created: false,
    statusChanged: false,
  }
}

/** A repeat may come through another program, with the fields of its body in another order. */
function isSame(draft: DraftRow, row: AppendRow): boolean {
  if (draft.conversation !== row.conversation) return false
  return draft.body === row.body || isDeepStrictEqual(JSON.parse(draft.body), JSON.parse(row.body))
}

function nextStatus(status: ConversationStatus, row: AppendRow): ConversationStatus {
  switch (row.status) {
    case 'open':
    case 'resolved':
      return row.status
    case 'reopen':
      return 'open'
    case 'keep':
      return status
  }
}
