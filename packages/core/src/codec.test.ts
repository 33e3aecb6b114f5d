import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { canonical } from './canonical.ts'
import { decodeClientFrame, parseClientFrame } from './client-frames.ts'
import type { Decoded } from './codec.ts'
import { encodeFrame, utf8Length } from './codec.ts'
import { MAX_BODY_DEPTH, MAX_FRAME_BYTES, MAX_ID_LENGTH, MAX_POSITIONS } from './constants.ts'
import type { ClientFrame, ServerFrame } from './protocol.ts'
import { decodeServerFrame, parseServerFrame } from './server-frames.ts'

const CONVERSATION = '0196f0a0-0000-7000-8000-000000000001'
const DRAFT = '0196f0a0-0000-7000-8000-000000000002'

const CLIENT: readonly ClientFrame[] = [
  {
    t: 'hello',
    v: 1,
    site: 'pk_demo',
    token: null,
    jwt: 'a.b.c',
    device: 'device-1',
    positions: { [CONVERSATION]: { epoch: 'e1', seq: 12 } },
    client: 'web/0.1.0',
    page: { url: 'https://shop.example/p/1', title: 'Blue', referrer: '' },
    locale: 'zh-TW',
    role: 'agent',
    tail: 20,
  },
  {
    t: 'send',
    id: DRAFT,
    conversation: CONVERSATION,
    n: 1,
    body: { type: 'text', text: 'Blue? 🟦' },
  },
  { t: 'read', conversation: CONVERSATION, seq: 12 },
  { t: 'typing', conversation: CONVERSATION, on: true },
  { t: 'page', page: { url: 'https://shop.example/' } },
  { t: 'history', conversation: CONVERSATION, before: 100, limit: 50 },
  { t: 'resume', conversation: CONVERSATION, position: { epoch: 'e1', seq: 0 } },
  { t: 'ping' },
]

const ENTRY = {
  seq: 13,
  id: DRAFT,
  author: { role: 'agent', id: 'agent-1', name: 'Ada' },
  time: 1_772_355_600_000,
  body: { type: 'status', status: 'resolved' },
} as const

const SUMMARY = {
  id: CONVERSATION,
  head: 12,
  status: 'open',
  read: { visitor: 12, agent: 11 },
  time: 5,
  visitor: { id: 'v', name: 'n', email: 'e', locale: 'en' },
  page: { url: 'https://shop.example/' },
} as const

const SERVER: readonly ServerFrame[] = [
  {
    t: 'welcome',
    visitor: 'visitor-1',
    token: 'secret',
    time: 1,
    epoch: 'e1',
    conversations: [SUMMARY],
    limits: { text: 4_000, frame: 65_536, unacked: 8 },
    n: 3,
  },
  {
    t: 'entries',
    conversation: CONVERSATION,
    epoch: 'e1',
    entries: [ENTRY],
    history: true,
    tail: true,
  },
  { t: 'ack', id: DRAFT, conversation: CONVERSATION, seq: 13, time: 2 },
  {
    t: 'reject',
    id: DRAFT,
    code: 'out_of_order',
    message: 'Too early.',
    retryable: true,
    retryAfter: 10,
    expected: 2,
  },
  { t: 'reset', epoch: 'e2' },
  { t: 'read', conversation: CONVERSATION, by: 'agent', seq: 3 },
  { t: 'typing', conversation: CONVERSATION, on: false, author: { role: 'bot', id: 'b' } },
  { t: 'presence', online: true, conversation: CONVERSATION },
  { t: 'conversation', conversation: SUMMARY },
  { t: 'config', settings: { accent: '#123456' } },
  { t: 'pong', heads: { [CONVERSATION]: 13 } },
  { t: 'bye', reason: 'restart', after: 1_500 },
]

const directions = [
  { name: 'client', frames: CLIENT, decode: decodeClientFrame, parse: parseClientFrame },
  { name: 'relay', frames: SERVER, decode: decodeServerFrame, parse: parseServerFrame },
] as const

for (const { name, frames, decode, parse } of directions) {
  describe(`frames of the ${name}`, () => {
    it.each(frames.map((frame) => [frame.t, frame] as const))(
      'P1: %s crosses unchanged',
      (_, frame) => {
        expect(decode(encodeFrame(frame))).toEqual({ kind: 'frame', frame })
      },
    )

    it.each(frames.map((frame) => [frame.t, frame] as const))(
      'P2: %s with fields of a later version is read',
      (_, frame) => {
        expect(parse({ ...frame, later: { deep: [1] } })).toMatchObject({ kind: 'frame', frame })
      },
    )

    it.each(
      frames.flatMap((frame) => wrongs(frame).map((wrong) => [wrong.at, wrong.frame] as const)),
    )('P3: a wrong %s gives a reason that names it', (at, frame) => {
      const decoded = parse(frame) as Decoded<ClientFrame | ServerFrame>
      expect(decoded.kind).toBe('malformed')
      if (decoded.kind !== 'malformed') return
      expect(decoded.reason).toContain(`"${at.slice(at.indexOf(' ') + 1)}"`)
      expect(decoded.reason).toMatch(/must .*\.$/)
    })

    it('P2: a frame type of a later version is skipped, not refused', () => {
      for (const t of ['later', 'toString', '__proto__', 'constructor', '']) {
        expect(decode(JSON.stringify({ t, any: 1 }))).toEqual({ kind: 'unknown', frame: { t } })
      }
    })

    it('P3: nothing makes it throw, and all it lets in crosses again unchanged', () => {
      const fields = fc.oneof(
        ...frames.map((frame) =>
          fc
            .tuple(fc.constantFrom(...Object.keys(frame)), fc.jsonValue())
            .map(([field, value]) => ({ ...frame, [field]: value })),
        ),
      )
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue(), fields), (value) => {
          const decoded = parse(value) as Decoded<ClientFrame | ServerFrame>
          if (decoded.kind === 'malformed') expect(decoded.reason).toMatch(/.\.$/)
          if (decoded.kind !== 'frame') return
          const plain = JSON.parse(encodeFrame(decoded.frame)) as unknown
          expect(parse(plain)).toEqual(decoded)
        }),
        { numRuns: 200 },
      )
    })

    it('P3: text that is no JSON gives a reason', () => {
      fc.assert(
        fc.property(fc.string(), (text) => {
          expect(['malformed', 'unknown', 'frame']).toContain(decode(text).kind)
        }),
      )
      expect(decode('{')).toMatchObject({ code: 'bad_request', reason: 'The frame is not JSON.' })
      expect(decode('[]')).toMatchObject({ reason: expect.stringContaining('The frame must be a') })
      expect(decode('{"v":1}')).toMatchObject({ reason: expect.stringContaining('"t"') })
    })
  })
}

describe('sizes', () => {
  it('P1: a frame of the limit is taken, one byte more is too large', () => {
    const frameOf = (text: string): string =>
      encodeFrame({
        t: 'send',
        id: DRAFT,
        conversation: CONVERSATION,
        n: 1,
        body: { type: 'text', text },
      })
    for (const letter of ['a', 'ü', '漢', '🙂']) {
      const empty = Buffer.byteLength(frameOf(''))
      const size = Buffer.byteLength(letter)
      const fits = letter.repeat(Math.floor((MAX_FRAME_BYTES - empty) / size))
      expect(decodeClientFrame(frameOf(fits)).kind).toBe('frame')
      expect(decodeClientFrame(frameOf(fits + letter))).toMatchObject({
        kind: 'malformed',
        code: 'too_large',
      })
    }
  })

  it('P1: length is counted as UTF-8', () => {
    expect(utf8Length('aü漢🙂')).toBe(1 + 2 + 3 + 4)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text))
      }),
    )
  })

  it('P3: a list or map over its limit is refused with the limit', () => {
    const positions = Object.fromEntries(
      Array.from({ length: MAX_POSITIONS + 1 }, (_, at) => [`c${at}`, { epoch: 'e', seq: 1 }]),
    )
    expect(parseClientFrame({ ...CLIENT[0], positions })).toMatchObject({
      reason: `"positions" must have at most ${MAX_POSITIONS} fields.`,
    })
  })

  it('P3: a label that is too long is cut, an id that is too long is refused', () => {
    const page = { url: 'u'.repeat(5_000) }
    expect(parseClientFrame({ t: 'page', page })).toMatchObject({
      frame: { page: { url: 'u'.repeat(1_000) } },
    })
    expect(parseClientFrame({ ...CLIENT[1], id: 'i'.repeat(MAX_ID_LENGTH + 1) })).toEqual({
      kind: 'malformed',
      code: 'bad_request',
      reason: `"id" must have at most ${MAX_ID_LENGTH} characters.`,
    })
  })
})

describe('bodies', () => {
  const send = (body: unknown): Decoded<ClientFrame> => parseClientFrame({ ...CLIENT[1], body })

  it('P2: a body of a later version keeps every field', () => {
    const body = {
      type: 'poll',
      fallback: 'A poll',
      choices: [{ id: 1, text: 'Ü' }, null],
      ok: true,
    }
    expect(send(body)).toMatchObject({ kind: 'frame', frame: { body } })
  })

  it('P3: a broken send that has a readable id says whose reason it is', () => {
    expect(send({ type: 'text' })).toEqual({
      kind: 'malformed',
      code: 'bad_request',
      reason: '"body.text" must be a text.',
      id: DRAFT,
    })
    expect(send({ type: 'status', status: 'gone' })).toMatchObject({ id: DRAFT })
    expect(send({ type: '' })).toMatchObject({ reason: expect.stringContaining('"body.type"') })
    expect(send({ type: 'x', fallback: 1 })).toMatchObject({
      reason: '"body.fallback" must be a text.',
    })
  })

  it('P3: nesting has a limit, and a hostile depth costs nothing', () => {
    const nested = (levels: number): unknown =>
      levels === 0 ? 1 : { type: 'x', in: nested(levels - 1) }
    expect(send(nested(MAX_BODY_DEPTH)).kind).toBe('frame')
    expect(send(nested(MAX_BODY_DEPTH + 1))).toMatchObject({
      reason: `"body" must not be nested deeper than ${MAX_BODY_DEPTH}.`,
    })
    const deep = '['.repeat(30_000) + ']'.repeat(30_000)
    const frame = `{"t":"send","id":"d","conversation":"c","n":1,"body":{"type":"x","in":${deep}}}`
    expect(decodeClientFrame(frame)).toMatchObject({
      reason: `"body" must not be nested deeper than ${MAX_BODY_DEPTH}.`,
    })
  })
})

describe('on a page with old libraries', () => {
  const arrays = Array.prototype as { toJSON?: () => string }
  const objects = Object.prototype as { toJSON?: () => string }
  const { parse } = JSON
  afterEach(() => {
    delete arrays.toJSON
    delete objects.toJSON
    JSON.parse = parse
  })

  it.each(CLIENT.map((frame) => [frame.t, frame] as const))(
    'P1: %s is written as it is, though arrays and objects have a toJSON',
    (_, frame) => {
      Object.assign(arrays, { toJSON: () => '[]' })
      Object.assign(objects, { toJSON: () => '{}' })
      const text = canonical(frame)
      delete arrays.toJSON
      delete objects.toJSON
      expect(JSON.parse(text)).toEqual(frame)
    },
  )

  it('P1: a text that looks like a date stays a text, though JSON.parse makes dates', () => {
    JSON.parse = (text, reviver) => parse(text, reviver ?? (() => new Date(0)))
    const frame = { t: 'bye', reason: '2026-11-23T08:00:00Z', after: 1 }
    expect(decodeServerFrame(canonical(frame))).toEqual({ kind: 'frame', frame })
  })
})

describe('runs and codes', () => {
  it('C6: a run with a hole or a repeat is no run', () => {
    for (const seqs of [
      [1, 3],
      [1, 1],
      [2, 1],
    ]) {
      const entries = seqs.map((seq) => ({ ...ENTRY, seq }))
      expect(parseServerFrame({ ...SERVER[1], entries })).toMatchObject({
        kind: 'malformed',
        reason: '"entries" must be a contiguous run.',
      })
    }
  })

  it('P2: what a newer relay adds survives: a code, a field, a body', () => {
    for (const frame of [
      { t: 'reject', code: 'later', message: 'm', retryable: true },
      { t: 'read', conversation: CONVERSATION, by: 'agent', seq: 1, at: 5 },
      { ...SERVER[1], entries: [{ ...ENTRY, body: { type: 'later', deep: [1] } }] },
    ]) {
      expect(parseServerFrame(frame)).toEqual({ kind: 'frame', frame })
    }
  })

  it('P2: a welcome of a relay that counts nothing is one', () => {
    const { n: _, ...welcome } = SERVER[0] as Extract<ServerFrame, { t: 'welcome' }>
    expect(parseServerFrame(welcome)).toMatchObject({ kind: 'frame' })
  })
})

/** The frame with each of its fields, at any depth that the protocol names, made unreadable. */
function wrongs(frame: object, path = '', whole = frame): { at: string; frame: unknown }[] {
  const t = (whole as { t: string }).t
  return Object.entries(frame).flatMap(([field, value]) => {
    // The type itself makes another frame; open-ended maps are read by their values.
    if (path === '' && field === 't') return []
    const at = path === '' ? field : `${path}.${field}`
    const bad = { at: `${t} ${at}`, frame: withWrong(whole, at.split('.')) }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return flagless(t, at, bad)
    if (field === 'settings' || field === 'body') return [bad]
    return [bad, ...wrongs(value as object, at, whole)]
  })
}

/** `history` and `tail` of a run are flags that are true or not there: anything else is not there. */
function flagless(t: string, at: string, bad: { at: string; frame: unknown }) {
  if (t === 'entries' && (at === 'history' || at === 'tail')) return []
  // A code of a later version is no fault.
  if (t === 'reject' && at === 'code') return []
  return [bad]
}

function withWrong(frame: unknown, [field, ...rest]: readonly string[]): unknown {
  const fields = frame as Record<string, unknown>
  return { ...fields, [field!]: rest.length === 0 ? Symbol() : withWrong(fields[field!], rest) }
}
