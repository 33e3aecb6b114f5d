import type { DatabaseSync } from 'node:sqlite'
import type { Outcome, Toward, Word } from '../store.ts'
import { prepare } from './database.ts'
import type { Delivered } from './delivered.ts'
import { prepareQueue } from './queue.ts'
import type { QueueRow } from './queue.ts'
import type { Routes } from './routes.ts'

/** What becomes of a delivery that a far side said later did not arrive. */
export type Denial = Extract<Outcome, { readonly kind: 'retry' | 'parked' }>

/** Only what is higher counts: words come in any order, and more than once. */
const RANK = { sent: 1, failed: 2, delivered: 3, read: 4 } as const

/** After so many tries one that is taken and then fails is not sent again. */
const MAX_TRIES_DENIED = 5

/** What far sides say of our messages after they took them. */
export function prepareToldLater(db: DatabaseSync, routes: Routes, delivered: Delivered) {
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
      // One part says nothing of the others.
      if (word.part) return true
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
      externalId: string,
      outcome: Denial,
      now: number,
      toward: Toward | null,
    ): boolean => {
      const row = news(connector, id, externalId, 'failed')
      if (!row || row.state === 'parked') return false
      const over = outcome.kind === 'parked' || row.attempts >= MAX_TRIES_DENIED
      const seqs = delivered.seqsOf(row)
      queue.put(row, over ? 'parked' : 'due', over ? now : outcome.at, outcome.reason)
      if (over && toward) {
        const code = outcome.kind === 'parked' ? outcome.code : undefined
        delivered.givenUp(row, seqs, toward, code ?? null, outcome.reason)
      }
      queue.reorder(row)
      return true
    },
  }
}
