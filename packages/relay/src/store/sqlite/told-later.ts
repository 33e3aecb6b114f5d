import type { DatabaseSync } from 'node:sqlite'
import type { Outcome, Receipt, Toward, Word } from '../store.ts'
import { prepare } from './database.ts'
import type { Delivered } from './delivered.ts'
import type { Parts } from './parts.ts'
import { prepareQueue } from './queue.ts'
import type { QueueRow } from './queue.ts'
import type { Routes } from './routes.ts'

/** What becomes of a delivery that a far side said later did not arrive. */
export type Denial = Extract<Outcome, { readonly kind: 'retry' | 'parked' }>

/** Only what is higher counts: words come in any order, and more than once. */
const RANK = { sent: 1, failed: 2, delivered: 3, read: 4 } as const

/** After so many tries one that is taken and then fails is not sent again. */
const MAX_TRIES_DENIED = 5

/** What a part of it is remembered by. */
export interface PartLease {
  readonly id: string
  readonly connector: string
  readonly conversation: string
  readonly seq: number
}

/** What far sides say of our messages after they took them. */
export function prepareToldLater(
  db: DatabaseSync,
  routes: Routes,
  delivered: Delivered,
  parts: Parts,
) {
  const queue = prepareQueue(db)
  const selectConversationId = prepare<{ id: string }>(
    db,
    'SELECT id FROM conversations WHERE key = ?',
  )

  /** Undefined: it is not this connector's, or as much was heard of this message before. */
  const news = (
    connector: string,
    id: string,
    externalId: string,
    state: keyof typeof RANK,
  ): QueueRow | undefined => {
    const row = queue.find(id)
    const conversation = row && selectConversationId.get(row.conversation)?.id
    if (row?.connector !== connector || conversation === undefined) return undefined
    const seq = queue.lastSeq(row)
    routes.remember(connector, [externalId], { conversation, seq, delivery: id })
    return routes.hear(connector, externalId, RANK[state]) ? row : undefined
  }

  /** Waits for word of just this part, or was given up for want of it: the rest goes now. */
  const confirmPart = (row: QueueRow, part: number, externalId: string, now: number): void => {
    const inDoubt = parts.firstMissing(row.id) === part
    parts.add(row.id, part, [externalId])
    if (!inDoubt || (row.state !== 'unknown' && row.state !== 'parked')) return
    queue.put(row, 'due', now, null)
    queue.reorder(row)
  }

  /** Which part it is of; undefined: of the whole. Not every far side gives our key back. */
  const partOf = (id: string, { externalId, part }: Omit<Word, 'state'>): number | undefined =>
    part ?? parts.all(id).find(({ externalIds }) => externalIds.includes(externalId))?.part

  /** As far as it is known what it went in. */
  const isDeliveredWhole = ({ id, connector, state }: QueueRow, part: number): boolean => {
    const all = parts.all(id)
    return (
      state === 'done' &&
      all.some((each) => each.part === part) &&
      all.every(({ externalIds }) =>
        externalIds.some((each) => routes.heard(connector, each) >= RANK.delivered),
      )
    )
  }

  return {
    confirm: (
      connector: string,
      id: string,
      word: Word,
      now: number,
      toward: Toward | null,
    ): boolean => {
      const row = news(connector, id, word.externalId, word.state)
      if (!row) return false
      const part = partOf(id, word)
      if (part !== undefined) {
        const whole = isDeliveredWhole(row, part)
        confirmPart(row, part, word.externalId, now)
        if (whole && toward) delivered.arrived(row, toward.side, queue.lastSeq(row))
        return true
      }
      if (toward && word.state !== 'sent') {
        delivered.arrived(row, toward.side, queue.lastSeq(row))
      }
      if (row.state === 'done') return true
      queue.put(row, 'done', now, null)
      routes.linkNameless(connector, selectConversationId.get(row.conversation)?.id ?? '')
      queue.pass(row)
      return true
    },
    deny: (
      connector: string,
      id: string,
      word: Omit<Word, 'state'>,
      outcome: Denial,
      now: number,
      toward: Toward | null,
    ): boolean => {
      const row = news(connector, id, word.externalId, 'failed')
      if (!row) return false
      const part = partOf(id, word)
      const inDoubt = row.state === 'unknown' ? parts.firstMissing(id) : undefined
      if (part !== undefined) parts.drop(id, part)
      if (row.state === 'parked') return false
      // That this one did not arrive says nothing of the one that waits for word.
      const again = part !== undefined && inDoubt !== undefined && part < inDoubt
      const over = outcome.kind === 'parked' || row.attempts >= MAX_TRIES_DENIED
      const seqs = delivered.seqsOf(row)
      const state = over ? 'parked' : again ? 'unknown' : 'due'
      queue.put(row, state, over ? now : outcome.at, outcome.reason)
      if (over && toward) {
        const code = outcome.kind === 'parked' ? outcome.code : undefined
        delivered.givenUp(row, seqs, toward, code ?? null, outcome.reason)
      }
      queue.reorder(row)
      return true
    },
    arrivedPart: (lease: PartLease, part: number, { externalIds, thread }: Receipt): void => {
      const { id, connector, conversation, seq } = lease
      parts.add(id, part, externalIds)
      routes.remember(connector, externalIds, { conversation, seq, delivery: id })
      // But not that something is there: as long as not all of it is, the next try says the same.
      if (thread !== undefined) routes.link(connector, conversation, thread)
    },
  }
}
