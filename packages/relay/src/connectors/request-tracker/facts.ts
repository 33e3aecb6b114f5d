import type { Author } from '@homing/core'
import { MAX_ID_LENGTH } from '@homing/core'
import type { Fact } from '../connector.ts'
import { conversationOfMessageId, isVisitorAddress } from './identity.ts'
import type { RequestTrackerSettings, Transaction } from './types.ts'

/** What RT says when a transaction has no text, in place of the text. */
const NO_CONTENT = 'This transaction appears to have no content'
const CLOSED: ReadonlySet<string> = new Set(['resolved', 'rejected', 'deleted'])

/** A transaction's fact; scrip and REST tell the same, so both ways meet on one event id. */
export function factOf(
  transaction: Transaction,
  settings: RequestTrackerSettings,
): Fact | undefined {
  const base = {
    event: `txn-${transaction.id}`,
    where: { thread: String(transaction.ticket) },
    order: transaction.id,
    ...(transaction.time === undefined ? {} : { time: transaction.time }),
  }
  const author = authorOf(transaction)
  if (transaction.type === 'Status') {
    const status = statusOf(transaction)
    if (status === undefined) return undefined
    return { ...base, kind: 'status', status, author: { ...author, role: 'agent' } }
  }
  const text = textOf(transaction)
  if (text === '') return undefined
  const ours =
    transaction.messageId !== undefined &&
    conversationOfMessageId(transaction.messageId, settings) !== undefined
  return {
    ...base,
    kind: 'message',
    externalId: base.event,
    author,
    body: { type: 'text', text },
    echo: ours || isVisitorAddress(transaction.creator, settings),
  }
}

/** RT opens a new ticket with its first answer; that says nothing to anybody who was never told it was closed. */
function statusOf({ oldStatus, newStatus }: Transaction): 'open' | 'resolved' | undefined {
  if (newStatus === undefined) return undefined
  if (CLOSED.has(newStatus)) return 'resolved'
  if (newStatus !== 'open') return undefined
  return oldStatus === undefined || CLOSED.has(oldStatus) ? 'open' : undefined
}

function authorOf({ creator, creatorName, requestor }: Transaction): Author {
  return {
    role: requestor ? 'visitor' : 'agent',
    id: creator.slice(0, MAX_ID_LENGTH),
    name: creatorName === undefined || creatorName === '' ? creator : creatorName,
  }
}

/** Files stay in RT for now; their names tell the visitor that there is more. */
function textOf({ text, files }: Transaction): string {
  const words = text === undefined || text.startsWith(NO_CONTENT) ? '' : text.trimEnd()
  return [words, ...files.map((file) => `📎 ${file}`)].filter((line) => line !== '').join('\n')
}
