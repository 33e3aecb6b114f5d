import type { Entry } from '@homing/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type {
  Connector,
  ConnectorIo,
  Fact,
  Outbound,
  RawWebhook,
  SendFailure,
  Signal,
} from '../../src/connectors/connector.ts'
import { SendError } from '../../src/connectors/connector.ts'
import { createGuardedFetch } from '../../src/connectors/guarded-fetch.ts'
import type { GuardedFetch } from '../../src/connectors/guarded-fetch.ts'
import type { Answer, FaultServer, SeenRequest } from '../fault-server.ts'
import { startFaultServer } from '../fault-server.ts'

/** What a connector's test says of its far side. */
export interface ConnectorCase<Settings> {
  readonly connector: Connector<Settings>
  /** Good settings for a far side at this address. */
  settings(url: string): Readonly<Record<string, unknown>>
  /** Fields that must be there. */
  readonly required: readonly string[]
  /** Wrong values by field. */
  readonly wrong: Readonly<Record<string, unknown>>
  /** A webhook as the far side signs it. Absent where there are none and all is asked for. */
  readonly sign?: (body: string, id: string, now: number) => RawWebhook
  /** How it signs; by Standard Webhooks when absent. */
  readonly signature?: {
    /** Headers without any of which a webhook is refused. */
    readonly headers: readonly string[]
    /** The signature covers the time, so that an old webhook is refused. */
    readonly stamped: boolean
    /** The signature covers the body, so that a changed one is refused. */
    readonly covers: boolean
  }
  /** A person's message, as a webhook's body; of an agent unless said. */
  readonly message?: string
  /** Its webhooks are forms, not JSON. */
  readonly form?: true
  readonly by?: 'agent' | 'visitor'
  /** One that we sent ourselves, where the payload says so. */
  readonly echo?: string
  /** Something it tells that is no fact for us. */
  readonly unknown?: string
  /** A thread as the far side names it; "1" when absent. */
  readonly thread?: string
  /** Answers of a far side in good health. Absent where it does not speak HTTP: its own test sends. */
  readonly healthy?: (request: SeenRequest) => Answer
  /** The requests that carry words, and the key within one. */
  readonly keyOf?: (request: SeenRequest) => string | undefined
  /** Where a far side's failures mean something else than usual. */
  readonly failures?: Readonly<Partial<Record<string, SendFailure>>>
}

const STANDARD = {
  headers: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
  stamped: true,
  covers: true,
} as const
const NOW = 1_790_000_000_000
const WORDS = 'secret words of the visitor'
const KEY = '01890000-0000-7000-8000-0000000000d9'

/** What every connector keeps, so that the relay need not know which one it has before it. */
export function connectorContract<Settings>(subject: ConnectorCase<Settings>): void {
  const { connector } = subject

  const configured = (url: string): Settings => {
    const parsed = connector.configure(subject.settings(url))
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    return parsed.settings
  }

  describe(`${connector.name}: settings`, () => {
    test('good ones are taken', () => {
      expect(connector.configure(subject.settings('https://far.test')).ok).toBe(true)
    })

    test.each([undefined, null, 1, 'text', []])('%j lists a problem', (input) => {
      expect(connector.configure(input)).toMatchObject({ ok: false })
    })

    test('every missing field is listed at once', () => {
      const parsed = connector.configure({})
      const problems = parsed.ok ? [] : parsed.problems
      for (const field of subject.required) {
        expect(
          problems.some((problem) => problem.startsWith(`${field}:`)),
          field,
        ).toBe(true)
      }
    })

    test('every wrong field is listed at once, and so is one that does not exist', () => {
      const good = subject.settings('https://far.test')
      const parsed = connector.configure({ ...good, ...subject.wrong, tpyo: true })
      const problems = parsed.ok ? [] : parsed.problems
      for (const field of [...Object.keys(subject.wrong), 'tpyo']) {
        expect(
          problems.some((problem) => problem.startsWith(field)),
          field,
        ).toBe(true)
      }
    })

    test('no problem repeats a secret', () => {
      const secrets = Object.entries(subject.settings('https://far.test')).flatMap(([, value]) =>
        [value].flat().filter((text) => typeof text === 'string'),
      )
      const parsed = connector.configure({ ...subject.settings('nowhere'), ...subject.wrong })
      const told = parsed.ok ? '' : parsed.problems.join('\n')
      for (const secret of secrets) {
        if (/secret|token|whsec/i.test(secret)) expect(told).not.toContain(secret)
      }
    })
  })

  describe.runIf(!connector.capabilities.webhooks)(`${connector.name}: no webhooks`, () => {
    test('what somebody posts is refused and is no fact', () => {
      const body = new TextEncoder().encode('{"id":1}')
      const request = { method: 'POST', headers: {}, url: '/v1/hooks/x', body } as const
      const settings = configured('https://far.test')
      expect(connector.verify(request, settings, NOW)).toMatchObject({ ok: false })
      expect(connector.parse(request, settings)).toEqual([])
      // Who is written to has to be listened to.
      if (connector.capabilities.takes.length > 0) {
        expect(connector.capabilities.pollEveryMs).toBeGreaterThan(0)
      }
    })
  })

  describe.runIf(connector.capabilities.webhooks)(`${connector.name}: webhooks`, () => {
    const settings = configured('https://far.test')
    const sign: NonNullable<typeof subject.sign> = (...given) => {
      if (!subject.sign) throw new Error('this far side has webhooks: say how it signs them')
      return subject.sign(...given)
    }
    const message = subject.message ?? ''
    const { headers: signed, stamped, covers } = subject.signature ?? STANDARD
    const verify = (request: RawWebhook, now = NOW) => connector.verify(request, settings, now)

    test.each(['{"a":1}', ' {"a" : 1}\n', '{"text":"👋 grüezi"}', ''])('%j verifies', (body) => {
      expect(verify(sign(body, 'id-1', NOW))).toEqual({ ok: true })
    })

    test.runIf(covers)('one flipped bit does not', () => {
      const request = sign('{"text":"hi"}', 'id-1', NOW)
      for (let bit = 0; bit < request.body.length * 8; bit += 7) {
        const body = Uint8Array.from(request.body)
        body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(verify({ ...request, body })).toMatchObject({ ok: false, status: 401 })
      }
    })

    test.runIf(stamped)('an old one does not, nor one from the future', () => {
      const request = sign('{}', 'id-1', NOW)
      expect(verify(request, NOW + 301_000).ok).toBe(false)
      expect(verify(request, NOW - 301_000).ok).toBe(false)
    })

    test('one without a header of its signature does not, and nothing is thrown', () => {
      const request = sign('{}', 'id-1', NOW)
      for (const name of Object.keys(request.headers)) {
        const headers = { ...request.headers }
        delete headers[name]
        if (signed.includes(name)) expect(verify({ ...request, headers }).ok).toBe(false)
      }
      expect(verify({ method: 'POST', headers: {}, url: '', body: new Uint8Array() }).ok).toBe(
        false,
      )
    })

    test('a repeated webhook is the same fact, so it is applied once', () => {
      const request = sign(message, 'id-1', NOW)
      const [first] = connector.parse(request, settings)
      const [second] = connector.parse(request, settings)
      expect(first).toMatchObject({
        kind: 'message',
        echo: false,
        author: { role: subject.by ?? 'agent' },
      })
      expect(second).toEqual(first)
    })

    test.runIf(subject.echo !== undefined)('what we sent is an echo, or no fact at all', () => {
      const facts = connector.parse(sign(subject.echo ?? '', 'id-2', NOW), settings)
      for (const fact of facts) expect(fact).toMatchObject({ kind: 'message', echo: true })
    })

    test.runIf(subject.unknown !== undefined)('what is not for us is no fact', () => {
      const facts = connector.parse(sign(subject.unknown ?? '', 'id-3', NOW), settings)
      expect(facts).toEqual([])
    })

    test('garbage gives no fact and throws nothing; the bytes are left as they are', () => {
      const parse = (body: Uint8Array): readonly Fact[] => {
        const before = Uint8Array.from(body)
        const headers = { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,' }
        const facts = connector.parse({ method: 'POST', headers, url: '/', body }, settings)
        expect(body).toEqual(before)
        return facts
      }
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
          expect(parse(body)).toEqual([])
        }),
      )
      const shape: unknown = subject.form
        ? Object.fromEntries(new URLSearchParams(message))
        : JSON.parse(message)
      const encode = (value: Record<string, unknown>): string =>
        subject.form
          ? new URLSearchParams(
              Object.fromEntries(
                Object.entries(value).map(([name, field]) => [
                  name,
                  typeof field === 'string' ? field : JSON.stringify(field),
                ]),
              ),
            ).toString()
          : JSON.stringify(value)
      const fields = fc.dictionary(fc.constantFrom(...keysOf(shape)), fc.jsonValue())
      fc.assert(
        fc.property(fields, (change) => {
          const broken = { ...(shape as Record<string, unknown>), ...change }
          for (const fact of parse(new TextEncoder().encode(encode(broken)))) {
            expect(fact.event).not.toBe('')
          }
        }),
      )
    })
  })

  const { healthy, keyOf } = subject
  describe.runIf(healthy)(`${connector.name}: sending`, () => {
    const answered = (request: SeenRequest): Answer => healthy?.(request) ?? { status: 500 }
    let far: FaultServer
    let guarded: GuardedFetch
    beforeEach(async () => {
      far = await startFaultServer()
      guarded = createGuardedFetch({ allow: ['127.0.0.1'], timeoutMs: 5_000 })
    })
    afterEach(async () => {
      far.close()
      await guarded.close()
    })

    const io = (signal = new AbortController().signal): ConnectorIo => ({
      fetch: guarded.fetch,
      signal,
      now: NOW,
    })
    const send = (url = far.url, signal?: AbortSignal) =>
      connector.send(outbound({ thread: subject.thread ?? '1' }), configured(url), io(signal))
    const failureOf = async (work: Promise<unknown>): Promise<SendError> => {
      const error: unknown = await work.then(
        () => undefined,
        (caught: unknown) => caught,
      )
      expect(error).toBeInstanceOf(SendError)
      const failure = error as SendError
      expect(failure.message).not.toContain(WORDS)
      for (const value of Object.values(subject.settings(far.url)).flat()) {
        if (typeof value === 'string' && /secret|token|whsec/i.test(value)) {
          expect(failure.message).not.toContain(value)
        }
      }
      return failure
    }

    test('a healthy far side gives a receipt, and the key is the same on every try', async () => {
      far.answer(answered)
      const first = await send()
      expect(first.externalIds).toBeInstanceOf(Array)
      await send()
      const keys = far.requests.map((request) => keyOf?.(request)).filter(Boolean)
      expect(keys).toEqual([KEY, KEY])
    })

    test.each([
      [301, 'retry'],
      [400, 'bad-content'],
      [401, 'needs-reauth'],
      [403, 'needs-reauth'],
      [404, 'retry'],
      [410, 'gone'],
      [413, 'too-large'],
      [429, 'retry'],
      [500, 'retry'],
      [502, 'retry'],
      [503, 'retry'],
    ] as const)('%i is %s, unless the far side means it differently', async (status, usual) => {
      far.answer({ status, headers: { location: `${far.url}/elsewhere` } })
      const { failure } = await failureOf(send())
      expect(failure).toBe(subject.failures?.[status] ?? usual)
      expect(far.requests.some(({ path }) => path === '/elsewhere')).toBe(false)
    })

    test.each([429, 503])('Retry-After of a %i is heard', async (status) => {
      far.answer({ status, headers: { 'retry-after': '7' } })
      expect((await failureOf(send())).retryAfter).toBe(7_000)
      far.answer({ status, headers: { 'retry-after': new Date(NOW + 9_000).toUTCString() } })
      expect((await failureOf(send())).retryAfter).toBe(9_000)
    })

    test('nobody there: surely not arrived', async () => {
      const { url } = far
      far.close()
      expect((await failureOf(send(url))).failure).toBe('retry')
    })

    test('a line cut after the words left: may have arrived', async () => {
      far.answer('reset')
      expect((await failureOf(send())).failure).toBe('unknown')
    })

    test('no answer in time: may have arrived', async () => {
      far.answer('hang')
      const stop = new AbortController()
      const sending = failureOf(send(far.url, stop.signal))
      while (far.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
      stop.abort(new DOMException('too long', 'TimeoutError'))
      expect((await sending).failure).toBe('unknown')
    })

    const SIGNALS: readonly Signal[] = [
      { kind: 'typing', on: true },
      { kind: 'typing', on: false },
      { kind: 'read' },
    ]
    const tell = (signal: Signal, stop?: AbortSignal): Promise<void> => {
      const { conversation, visitor } = outbound()
      const place = { conversation, thread: subject.thread ?? '1', visitor: visitor.id }
      return connector.tell(signal, place, configured(far.url), io(stop))
    }
    const tells = (signal: Signal) => connector.capabilities.tells?.includes(signal.kind) ?? false

    test('of the visitor it is told what it can be told, in one request, and nothing else', async () => {
      far.answer(answered)
      for (const signal of SIGNALS) {
        const before = far.requests.length
        if (!tells(signal)) await failureOf(tell(signal))
        else await tell(signal)
        expect(far.requests.length - before, signal.kind).toBe(tells(signal) ? 1 : 0)
      }
    })

    test('what it could not be told is a failure, at once and without a second try', async () => {
      const states: Parameters<FaultServer['answer']>[0][] = [
        { status: 401 },
        { status: 429, headers: { 'retry-after': '7' } },
        { status: 500 },
        'reset',
      ]
      for (const signal of SIGNALS.filter(tells)) {
        for (const state of states) {
          far.answer(state)
          const before = far.requests.length
          const { retryAfter } = await failureOf(tell(signal))
          expect(far.requests.length - before).toBe(1)
          if (typeof state === 'object' && 'headers' in state) expect(retryAfter).toBe(7_000)
        }
      }
    })

    test('the doctor speaks in sentences, whatever state the far side is in', async () => {
      const states: Parameters<FaultServer['answer']>[0][] = [
        answered,
        { status: 401 },
        { status: 500 },
        { status: 302 },
        'reset',
      ]
      for (const state of states) {
        far.answer(state)
        const findings = await connector.doctor(configured(far.url), io())
        expect(findings.length).toBeGreaterThan(0)
        for (const { message } of findings) expect(message).toMatch(/^[A-Z].{10,}[.)]$/s)
        if (typeof state !== 'function') {
          expect(findings.some(({ level }) => level === 'problem')).toBe(true)
        }
      }
    })
  })
}

export function outbound(changes: Partial<Outbound> = {}): Outbound {
  const entry: Entry = {
    seq: 1,
    id: '01890000-0000-7000-8000-0000000000e1',
    author: { role: 'visitor', id: '01890000-0000-7000-8000-00000000aaaa' },
    time: NOW,
    body: { type: 'text', text: WORDS },
  }
  return {
    key: KEY,
    conversation: '01890000-0000-7000-8000-0000000000c1',
    role: 'desk',
    entry,
    more: [],
    before: [],
    omitted: 0,
    tag: '7F3A',
    visitor: { id: '01890000-0000-7000-8000-00000000aaaa', locale: 'en' },
    site: { key: 'pk_test', name: 'Test shop' },
    relay: 'https://relay.test',
    thread: '1',
    ...changes,
  }
}

function keysOf(shape: unknown): [string, ...string[]] {
  const keys = Object.keys(shape as object)
  return ['another', ...keys]
}
