import {
  MAX_BODY_DEPTH,
  MAX_FRAME_BYTES,
  MAX_ID_LENGTH,
  MAX_LABEL_LENGTH,
  MAX_PAGE_ENTRIES,
  MAX_POSITIONS,
  TAIL_ENTRIES,
} from './constants.ts'
import type { ErrorCode } from './errors.ts'
import { ERROR_CODES } from './errors.ts'
import type {
  Author,
  Body,
  ClientFrame,
  ConversationSummary,
  Entry,
  Limits,
  Page,
  Position,
  ReadMarks,
  Role,
  ServerFrame,
  UnknownFrame,
  VisitorCard,
} from './protocol.ts'

/**
 * The one gate from unknown to typed. Nothing here throws: what cannot be read gives a reason that
 * names the field and what belongs there. Unknown frame types, fields and bodies pass through.
 */
export type Decoded<Frame> =
  /** A frame of this version. */
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** Well-formed, of a type this version does not know: skip it. */
  | { readonly kind: 'unknown'; readonly frame: UnknownFrame }
  | {
      readonly kind: 'malformed'
      readonly code: ErrorCode
      readonly reason: string
      /** The draft id, where the broken frame was a send that had a readable one. */
      readonly id?: string
    }

export function encodeFrame(frame: ClientFrame | ServerFrame): string {
  return JSON.stringify(frame)
}

export function decodeClientFrame(text: string): Decoded<ClientFrame> {
  return decode(text, parseClientFrame)
}

export function decodeServerFrame(text: string): Decoded<ServerFrame> {
  return decode(text, parseServerFrame)
}

/** A client's frame that is JSON already (long-poll). */
export function parseClientFrame(value: unknown): Decoded<ClientFrame> {
  return parse(value, CLIENT_FRAMES)
}

export function parseServerFrame(value: unknown): Decoded<ServerFrame> {
  return parse(value, SERVER_FRAMES)
}

/** Length in UTF-8, bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1
    // A surrogate pair is four bytes, not six.
    if (unit >= 0xd800 && unit <= 0xdbff && i + 1 < text.length) {
      const low = text.charCodeAt(i + 1)
      if (low >= 0xdc00 && low <= 0xdfff) {
        bytes += 1
        i++
      }
    }
  }
  return bytes
}

/** Bodies are compared as JSON with sorted fields, so that a retry by another build is the same body. */
export function sameBody(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
  return `{${fields.join()}}`
}

// ── Readers ──────────────────────────────────────────────────────────────────────────────────

class Malformed {
  readonly reason: string
  readonly code: ErrorCode
  constructor(reason: string, code: ErrorCode = 'bad_request') {
    this.reason = reason
    this.code = code
  }
}

type Fields = Readonly<Record<string, unknown>>
type Reader<Value> = (value: unknown, name: string) => Value
type FrameReader<Frame> = (fields: Fields) => Frame

function decode<Frame>(text: string, next: (value: unknown) => Decoded<Frame>): Decoded<Frame> {
  // Each UTF-16 unit is at most three bytes, so short texts need no count.
  if (text.length * 3 > MAX_FRAME_BYTES && utf8Length(text) > MAX_FRAME_BYTES) {
    return {
      kind: 'malformed',
      code: 'too_large',
      reason: `The frame is larger than ${MAX_FRAME_BYTES} bytes. Send it in smaller parts.`,
    }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'malformed', code: 'bad_request', reason: 'The frame is not JSON.' }
  }
  return next(value)
}

function parse<Frame>(
  value: unknown,
  readers: Readonly<Record<string, FrameReader<Frame>>>,
): Decoded<Frame> {
  if (!isFields(value)) {
    return { kind: 'malformed', code: 'bad_request', reason: 'The frame must be a JSON object.' }
  }
  const type = value['t']
  if (typeof type !== 'string') {
    return { kind: 'malformed', code: 'bad_request', reason: '"t" must name the frame\'s type.' }
  }
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (!reader) return { kind: 'unknown', frame: { t: type } }
  try {
    return { kind: 'frame', frame: reader(value) }
  } catch (error) {
    // Anything else would be a fault of a reader; it must not take the process down either.
    const malformed = error instanceof Malformed ? error : new Malformed('The frame is malformed.')
    const id = value['id']
    return {
      kind: 'malformed',
      code: malformed.code,
      reason: malformed.reason,
      ...(type === 'send' && typeof id === 'string' && id.length <= MAX_ID_LENGTH ? { id } : {}),
    }
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsOf(value: unknown, name: string): Fields {
  if (!isFields(value)) throw new Malformed(`"${name}" must be an object.`)
  return value
}

const text =
  (max: number): Reader<string> =>
  (value, name) => {
    if (typeof value !== 'string') throw new Malformed(`"${name}" must be a text.`)
    if (value.length > max) throw new Malformed(`"${name}" must have at most ${max} characters.`)
    return value
  }

const id: Reader<string> = (value, name) => {
  const read = text(MAX_ID_LENGTH)(value, name)
  if (read === '') throw new Malformed(`"${name}" must not be empty.`)
  return read
}

/** Labels are for show: a longer one is cut, not refused. */
const label: Reader<string> = (value, name) => {
  if (typeof value !== 'string') throw new Malformed(`"${name}" must be a text.`)
  return value.slice(0, MAX_LABEL_LENGTH)
}

const whole =
  (min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value, name) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
      throw new Malformed(`"${name}" must be a whole number ${range}.`)
    }
    return value
  }

const flag: Reader<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw new Malformed(`"${name}" must be true or false.`)
  return value
}

const oneOf =
  <Value extends string>(...values: readonly Value[]): Reader<Value> =>
  (value, name) => {
    const found = values.find((allowed) => allowed === value)
    if (found === undefined) throw new Malformed(`"${name}" must be one of ${values.join(', ')}.`)
    return found
  }

const listOf =
  <Value>(reader: Reader<Value>, max: number): Reader<readonly Value[]> =>
  (value, name) => {
    if (!Array.isArray(value)) throw new Malformed(`"${name}" must be a list.`)
    if (value.length > max) throw new Malformed(`"${name}" must have at most ${max} items.`)
    return value.map((item, at) => reader(item, `${name}[${at}]`))
  }

const mapOf =
  <Value>(reader: Reader<Value>, max: number): Reader<Readonly<Record<string, Value>>> =>
  (value, name) => {
    const entries = Object.entries(fieldsOf(value, name))
    if (entries.length > max) throw new Malformed(`"${name}" must have at most ${max} fields.`)
    return Object.fromEntries(
      entries.map(([key, item]) => [id(key, name), reader(item, `${name}.${key}`)]),
    )
  }

/** `{ [name]: value }` when the field is there, nothing when it is absent or null. */
function maybe<Name extends string, Value>(
  fields: Fields,
  name: Name,
  reader: Reader<Value>,
): { readonly [Key in Name]?: Value } {
  const value = fields[name]
  if (value === undefined || value === null) return {}
  return { [name]: reader(value, name) } as { readonly [Key in Name]?: Value }
}

const position: Reader<Position> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    epoch: id(fields['epoch'], `${name}.epoch`),
    seq: whole(0)(fields['seq'], `${name}.seq`),
  }
}

const page: Reader<Page> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    url: label(fields['url'], `${name}.url`),
    ...maybe(fields, 'title', label),
    ...maybe(fields, 'referrer', label),
  }
}

const role = oneOf<Role>('visitor', 'agent', 'bot', 'system')

const author: Reader<Author> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    role: role(fields['role'], `${name}.role`),
    id: id(fields['id'], `${name}.id`),
    ...maybe(fields, 'name', label),
  }
}

/**
 * A body of any type, also an unknown one, as plain data. Text over the protocol's limit is let
 * in here: whether it is too long is the relay's answer to that one draft, not a broken frame.
 */
export const body: Reader<Body> = (value, name) => {
  const fields = fieldsOf(value, name)
  const type = fields['type']
  if (typeof type !== 'string' || type === '' || type.length > MAX_ID_LENGTH) {
    throw new Malformed(`"${name}.type" must name the body's type.`)
  }
  if (type === 'text' && typeof fields['text'] !== 'string') {
    throw new Malformed(`"${name}.text" must be a text.`)
  }
  if (type === 'status') oneOf('open', 'resolved', 'joined')(fields['status'], `${name}.status`)
  const fallback = fields['fallback']
  if (fallback !== undefined && typeof fallback !== 'string') {
    throw new Malformed(`"${name}.fallback" must be a text.`)
  }
  if (depthOf(fields) > MAX_BODY_DEPTH) {
    throw new Malformed(`"${name}" must not be nested deeper than ${MAX_BODY_DEPTH}.`)
  }
  return fields as Body
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let deepest = 0
  for (const item of Object.values(value)) {
    deepest = Math.max(deepest, depthOf(item))
    // Deep enough to refuse: no need to walk a hostile tree to its end.
    if (deepest > MAX_BODY_DEPTH) break
  }
  return deepest + 1
}

const entry: Reader<Entry> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    seq: whole(1)(fields['seq'], `${name}.seq`),
    id: id(fields['id'], `${name}.id`),
    author: author(fields['author'], `${name}.author`),
    time: whole(0)(fields['time'], `${name}.time`),
    body: body(fields['body'], `${name}.body`),
  }
}

const readMarks: Reader<ReadMarks> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    visitor: whole(0)(fields['visitor'], `${name}.visitor`),
    agent: whole(0)(fields['agent'], `${name}.agent`),
  }
}

const visitorCard: Reader<VisitorCard> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    id: id(fields['id'], `${name}.id`),
    ...maybe(fields, 'name', label),
    ...maybe(fields, 'email', label),
    ...maybe(fields, 'locale', label),
  }
}

const conversationSummary: Reader<ConversationSummary> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    id: id(fields['id'], `${name}.id`),
    head: whole(0)(fields['head'], `${name}.head`),
    status: oneOf('open', 'resolved')(fields['status'], `${name}.status`),
    read: readMarks(fields['read'], `${name}.read`),
    ...maybe(fields, 'time', whole(0)),
    ...maybe(fields, 'visitor', visitorCard),
    ...maybe(fields, 'page', page),
  }
}

const limits: Reader<Limits> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    text: whole(1)(fields['text'], `${name}.text`),
    frame: whole(1)(fields['frame'], `${name}.frame`),
    unacked: whole(1)(fields['unacked'], `${name}.unacked`),
  }
}

// A code of a newer relay is taken for what it says of itself: retryable or not.
const errorCode = (value: unknown, retryable: boolean): ErrorCode =>
  typeof value === 'string' && Object.hasOwn(ERROR_CODES, value)
    ? (value as ErrorCode)
    : retryable
      ? 'unavailable'
      : 'bad_request'

// ── Frames ───────────────────────────────────────────────────────────────────────────────────

const CLIENT_FRAMES: Readonly<Record<ClientFrame['t'], FrameReader<ClientFrame>>> = {
  hello: (f) => ({
    t: 'hello',
    v: whole(1)(f['v'], 'v'),
    site: id(f['site'], 'site'),
    token: f['token'] === null || f['token'] === undefined ? null : text(256)(f['token'], 'token'),
    ...maybe(f, 'jwt', text(8_192)),
    device: id(f['device'], 'device'),
    positions: mapOf(position, MAX_POSITIONS)(f['positions'], 'positions'),
    client: label(f['client'], 'client'),
    ...maybe(f, 'page', page),
    ...maybe(f, 'locale', text(35)),
    ...maybe(f, 'role', oneOf('agent')),
    ...maybe(f, 'tail', whole(1, TAIL_ENTRIES)),
  }),
  send: (f) => ({
    t: 'send',
    id: id(f['id'], 'id'),
    conversation: id(f['conversation'], 'conversation'),
    n: whole(1)(f['n'], 'n'),
    body: body(f['body'], 'body'),
  }),
  read: (f) => ({
    t: 'read',
    conversation: id(f['conversation'], 'conversation'),
    seq: whole(0)(f['seq'], 'seq'),
  }),
  typing: (f) => ({
    t: 'typing',
    conversation: id(f['conversation'], 'conversation'),
    on: flag(f['on'], 'on'),
  }),
  page: (f) => ({ t: 'page', page: page(f['page'], 'page') }),
  history: (f) => ({
    t: 'history',
    conversation: id(f['conversation'], 'conversation'),
    before: whole(1)(f['before'], 'before'),
    limit: whole(1, MAX_PAGE_ENTRIES)(f['limit'], 'limit'),
  }),
  resume: (f) => ({
    t: 'resume',
    conversation: id(f['conversation'], 'conversation'),
    position: position(f['position'], 'position'),
  }),
  ping: () => ({ t: 'ping' }),
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
