import type { Decoded, FrameReader } from './codec.ts'
import { decode, parse } from './codec.ts'
import { MAX_PAGE_ENTRIES } from './constants.ts'
import type { ErrorCode } from './errors.ts'
import { ERROR_CODES } from './errors.ts'
import type { Entry, ServerFrame } from './protocol.ts'
import {
  Malformed,
  author,
  conversationSummary,
  entry,
  fieldsOf,
  flag,
  id,
  label,
  limits,
  listOf,
  mapOf,
  maybe,
  oneOf,
  text,
  whole,
} from './readers.ts'

/** What the relay says, as clients read it. */
export function decodeServerFrame(text: string): Decoded<ServerFrame> {
  return decode(text, SERVER_FRAMES)
}

/** A relay's frame that is JSON already (long-poll). */
export function parseServerFrame(value: unknown): Decoded<ServerFrame> {
  return parse(value, SERVER_FRAMES)
}

const SERVER_FRAMES: Readonly<Record<ServerFrame['t'], FrameReader<ServerFrame>>> = {
  welcome: (f) => ({
    t: 'welcome',
    visitor: id(f['visitor'], 'visitor'),
    ...maybe(f, 'token', text(256)),
    time: whole(0)(f['time'], 'time'),
    epoch: id(f['epoch'], 'epoch'),
    conversations: listOf(conversationSummary, Infinity)(f['conversations'], 'conversations'),
    limits: limits(f['limits'], 'limits'),
    n: whole(0)(f['n'] ?? 0, 'n'),
  }),
  entries: (f) => ({
    t: 'entries',
    conversation: id(f['conversation'], 'conversation'),
    epoch: id(f['epoch'], 'epoch'),
    entries: contiguous(listOf(entry, MAX_PAGE_ENTRIES)(f['entries'], 'entries')),
    ...(f['history'] === true ? { history: true as const } : {}),
    ...(f['tail'] === true ? { tail: true as const } : {}),
  }),
  ack: (f) => ({
    t: 'ack',
    id: id(f['id'], 'id'),
    conversation: id(f['conversation'], 'conversation'),
    seq: whole(1)(f['seq'], 'seq'),
    time: whole(0)(f['time'], 'time'),
  }),
  reject: (f) => {
    const retryable = flag(f['retryable'], 'retryable')
    return {
      t: 'reject',
      ...maybe(f, 'id', id),
      code: errorCode(f['code'], retryable),
      message: label(f['message'], 'message'),
      retryable,
      ...maybe(f, 'retryAfter', whole(0)),
      ...maybe(f, 'expected', whole(1)),
    }
  },
  reset: (f) => ({ t: 'reset', epoch: id(f['epoch'], 'epoch') }),
  read: (f) => ({
    t: 'read',
    conversation: id(f['conversation'], 'conversation'),
    by: oneOf('visitor', 'agent')(f['by'], 'by'),
    seq: whole(0)(f['seq'], 'seq'),
  }),
  typing: (f) => ({
    t: 'typing',
    conversation: id(f['conversation'], 'conversation'),
    on: flag(f['on'], 'on'),
    author: author(f['author'], 'author'),
  }),
  presence: (f) => ({
    t: 'presence',
    online: flag(f['online'], 'online'),
    ...maybe(f, 'conversation', id),
  }),
  conversation: (f) => ({
    t: 'conversation',
    conversation: conversationSummary(f['conversation'], 'conversation'),
  }),
  config: (f) => ({ t: 'config', settings: fieldsOf(f['settings'], 'settings') }),
  pong: (f) => ({ t: 'pong', heads: mapOf(whole(0), Infinity)(f['heads'], 'heads') }),
  bye: (f) => ({
    t: 'bye',
    reason: label(f['reason'], 'reason'),
    after: whole(0)(f['after'], 'after'),
  }),
}

function contiguous(entries: readonly Entry[]): readonly Entry[] {
  for (let i = 1; i < entries.length; i++) {
    if (entries[i]?.seq !== (entries[i - 1]?.seq ?? 0) + 1) {
      throw new Malformed('"entries" must be a contiguous run.')
    }
  }
  return entries
}

// A code of a newer relay is taken for what it says of itself: retryable or not.
const errorCode = (value: unknown, retryable: boolean): ErrorCode =>
  typeof value === 'string' && Object.hasOwn(ERROR_CODES, value)
    ? (value as ErrorCode)
    : retryable
      ? 'unavailable'
      : 'bad_request'
