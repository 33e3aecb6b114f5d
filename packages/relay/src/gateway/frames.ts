import type { ConversationSummary, Reject, ServerFrame, UndeliveredList } from '@homing/core'
import { HomingError, MAX_FRAME_BYTES, utf8Length } from '@homing/core'
import type { Conversation } from '../store/store.ts'
import type { Reader } from './reader.ts'

/** What the gateway says, put together from what it knows. Pure. */
export function summaryOf(conversation: Conversation, role: Reader['role']): ConversationSummary {
  const { id, head, status, read, delivered, updated, visitor, page } = conversation
  const undelivered = undeliveredOf(conversation, role)
  const common = {
    id,
    head,
    status,
    read,
    delivered,
    time: updated,
    ...(undelivered.n > 0 ? { undelivered } : {}),
  }
  if (role === 'visitor') return common
  return { ...common, visitor, ...(page ? { page } : {}) }
}

/** Of the reader's own side. Why in detail is for agents: it names far sides and settings. */
function undeliveredOf(
  { undelivered: { n, entries } }: Conversation,
  role: Reader['role'],
): UndeliveredList {
  const own = entries
    .filter(({ side }) => side !== role)
    .map(({ seq, code, reason: message }) => ({
      seq,
      ...(code ? { code } : {}),
      ...(role === 'agent' ? { message } : {}),
    }))
  return { n, entries: own }
}

/** Any other error than ours is a fault of the relay, and none of the reader's business. */
export function rejectOf(error: unknown, id?: string): Reject {
  const known =
    error instanceof HomingError
      ? error
      : new HomingError('internal', 'Something went wrong in the relay. Try again.')
  return {
    t: 'reject',
    ...(id === undefined ? {} : { id }),
    code: known.code,
    message: known.message,
    retryable: known.retryable,
    ...(known.retryAfter === undefined ? {} : { retryAfter: known.retryAfter }),
    ...(known.expected === undefined ? {} : { expected: known.expected }),
  }
}

/** Room left in a welcome for its other fields, bytes. */
const WELCOME_OVERHEAD_BYTES = 2_048

/**
 * The summaries that fit into a welcome; the others follow one by one. Agents' carry pages and
 * cards, two hundred of which can be more than a frame.
 */
export function fitWelcome(summaries: readonly ConversationSummary[]): {
  readonly within: readonly ConversationSummary[]
  readonly after: readonly ServerFrame[]
} {
  let room = MAX_FRAME_BYTES - WELCOME_OVERHEAD_BYTES
  let count = 0
  for (const summary of summaries) {
    room -= utf8Length(JSON.stringify(summary)) + 1
    if (room < 0) break
    count++
  }
  return {
    within: summaries.slice(0, count),
    after: summaries.slice(count).map((conversation) => ({ t: 'conversation', conversation })),
  }
}
