import type { Decoded } from './codec.ts'
import type { Entry, ServerFrame } from './protocol.ts'

/**
 * What the relay says, as clients read it: checked field by field against its shape, and passed
 * on as it came, so that what a newer relay adds survives. Shapes are data and not code, for every
 * visitor downloads them.
 */
export function decodeServerFrame(text: string): Decoded<ServerFrame> {
  try {
    return parseServerFrame(readJson(text))
  } catch {
    return malformed('The frame is not JSON.')
  }
}

/** As it stands: some pages give `JSON.parse` a reviver of their own, which makes dates of texts. */
export function readJson(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown) => value)
}

/** A relay's frame that is JSON already (long-poll). */
export function parseServerFrame(value: unknown): Decoded<ServerFrame> {
  const unfit = faultOf({ t: 'string' }, value, '')
  if (unfit) return malformed(unfit)
  // The shape that is looked up under the type's name is what makes it one.
  const frame = value as ServerFrame
  if (!Object.hasOwn(SHAPES, frame.t)) return { kind: 'unknown', frame: { t: frame.t } }
  const fault = faultOf(SHAPES[frame.t], value, '')
  if (fault) return malformed(fault)
  if (frame.t === 'entries' && !isRun(frame.entries)) {
    return malformed('"entries" must be a contiguous run.')
  }
  return { kind: 'frame', frame }
}

const malformed = (reason: string): Decoded<never> => ({
  kind: 'malformed',
  code: 'bad_request',
  reason,
})

const isRun = (entries: readonly Entry[]): boolean =>
  entries.every(({ seq }, at) => seq === (entries[0]?.seq ?? 0) + at)

/**
 * A type's name, `count` being a whole number from 0; a list of one shape; any number of fields of
 * one shape under `*`; or fields by name, of which those with a question mark may be absent.
 */
type Shape = 'string' | 'count' | 'boolean' | readonly [Shape] | { readonly [field: string]: Shape }

/** What the first thing that has not its shape must be; empty when all have theirs. */
function faultOf(shape: Shape, value: unknown, path: string): string {
  const kind = typeof shape === 'string' ? shape : Array.isArray(shape) ? 'list' : 'object'
  const fits =
    kind === 'count'
      ? Number.isSafeInteger(value) && Number(value) >= 0
      : kind === 'list'
        ? Array.isArray(value)
        : typeof value === kind && value !== null && !Array.isArray(value)
  if (!fits) return `${path === '' ? 'The frame' : `"${path}"`} must be a ${kind}.`
  if (typeof shape === 'string') return ''
  const fields = value as Readonly<Record<string, unknown>>
  const named = shape as Readonly<Record<string, Shape>>
  const each = kind === 'list' ? named['0'] : named['*']
  for (const field of Object.keys(each === undefined ? named : fields)) {
    const name = each === undefined ? field.replace('?', '') : field
    const inner = each ?? named[field]
    if (inner === undefined || (name !== field && fields[name] == null)) continue
    const fault = faultOf(inner, fields[name], path === '' ? name : `${path}.${name}`)
    if (fault) return fault
  }
  return ''
}

const AUTHOR: Shape = { role: 'string', id: 'string', 'name?': 'string' }
const PAGE: Shape = { url: 'string', 'title?': 'string', 'referrer?': 'string' }
const MARKS: Shape = { visitor: 'count', agent: 'count' }
const SUMMARY: Shape = {
  id: 'string',
  head: 'count',
  status: 'string',
  read: MARKS,
  'delivered?': MARKS,
  'undelivered?': {
    n: 'count',
    entries: [{ seq: 'count', 'code?': 'string', 'message?': 'string' }],
  },
  'time?': 'count',
  'visitor?': { id: 'string', 'name?': 'string', 'email?': 'string', 'locale?': 'string' },
  'page?': PAGE,
}
const ENTRY: Shape = {
  seq: 'count',
  id: 'string',
  author: AUTHOR,
  time: 'count',
  body: { type: 'string', 'fallback?': 'string' },
}

const SHAPES: Readonly<Record<ServerFrame['t'], Shape>> = {
  welcome: {
    visitor: 'string',
    'token?': 'string',
    time: 'count',
    epoch: 'string',
    conversations: [SUMMARY],
    limits: { text: 'count', frame: 'count', unacked: 'count' },
    'n?': 'count',
  },
  entries: {
    conversation: 'string',
    epoch: 'string',
    entries: [ENTRY],
    'history?': 'boolean',
    'tail?': 'boolean',
  },
  ack: { id: 'string', conversation: 'string', seq: 'count', time: 'count' },
  reject: {
    'id?': 'string',
    code: 'string',
    message: 'string',
    retryable: 'boolean',
    'retryAfter?': 'count',
    'expected?': 'count',
  },
  reset: { epoch: 'string' },
  read: { conversation: 'string', by: 'string', seq: 'count' },
  typing: { conversation: 'string', on: 'boolean', author: AUTHOR },
  presence: { online: 'boolean', 'conversation?': 'string' },
  conversation: { conversation: SUMMARY },
  config: { settings: {} },
  pong: { heads: { '*': 'count' } },
  bye: { reason: 'string', after: 'count' },
}
