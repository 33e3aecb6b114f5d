import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConnectorIo, Fact, Outbound, SendError } from '../src/connectors/connector.ts'
import type { GuardedFetch } from '../src/connectors/guarded-fetch.ts'
import { createGuardedFetch } from '../src/connectors/guarded-fetch.ts'
import { whatsapp } from '../src/connectors/whatsapp/index.ts'
import type { WhatsAppSettings } from '../src/connectors/whatsapp/types.ts'
import { outbound } from './contracts/connector-contract.ts'
import type { ManualClock } from './manual-clock.ts'
import { createManualClock } from './manual-clock.ts'
import type { WhatsAppSimulator } from './whatsapp-simulator.ts'
import { WINDOW_MS, startWhatsAppSimulator } from './whatsapp-simulator.ts'

/** The simulator with the real connector before it, and a receiver in the place of the relay. */
const ANN = '41791112233'
const MERCHANT = '4917012345678'
const HOUR = 3_600_000

let clock: ManualClock
let meta: WhatsAppSimulator
let guarded: GuardedFetch
let receiver: Receiver
beforeEach(async () => {
  clock = createManualClock()
  meta = await startWhatsAppSimulator({ clock })
  guarded = createGuardedFetch({ allow: ['127.0.0.1'], timeoutMs: 2_000 })
  receiver = await startReceiver()
  expect(await meta.register(receiver.url)).toBe(true)
})
afterEach(async () => {
  meta.close()
  receiver.close()
  await guarded.close()
})

describe('the window', () => {
  test('is closed until the person writes, open for a day, and closed again', async () => {
    const ann = meta.phone(ANN)
    expect((await refused()).failure).toBe('needs-template')
    ann.write('hello')
    await send()
    expect(ann.inbox).toMatchObject([{ text: 'words', template: undefined }])
    clock.advance(WINDOW_MS - 1)
    await send()
    clock.advance(1)
    expect((await refused()).failure).toBe('needs-template')
    expect(ann.inbox).toHaveLength(2)
  })

  test('is woken by the approved template, opens with an answer, and by nothing else', async () => {
    const ann = meta.phone(ANN)
    expect((await failureOf(wake())).message).toContain('132001')
    meta.approve('new_message', 'en_US', 'News from {{1}}')
    expect((await failureOf(wake({ templateValues: [] }))).message).toContain('132000')
    await wake()
    expect(await ann.next()).toMatchObject({ template: 'new_message', text: 'News from Test shop' })
    expect((await refused()).failure).toBe('needs-template')
    ann.write('yes?')
    await send()
    expect(await ann.next()).toMatchObject({ text: 'words' })
  })

  test('may be told later, by a status', async () => {
    meta.phone(ANN)
    meta.refuseClosedWindow('status')
    const { externalIds } = await send()
    expect(await facts()).toMatchObject([
      { kind: 'receipt', externalId: externalIds[0], failure: 'needs-template' },
    ])
  })

  test("is the phone's own", async () => {
    meta.phone(ANN).write('hello')
    meta.phone('41790000000')
    clock.advance(HOUR)
    await send()
    expect((await refused({ thread: '41790000000' })).failure).toBe('needs-template')
  })
})

describe('a phone', () => {
  test('writes, quotes, and its words are facts', async () => {
    const merchant = meta.phone(MERCHANT, { name: 'Mia' })
    merchant.write('hello')
    await send({ role: 'desk' })
    const line = await merchant.next()
    merchant.write('an answer', { quote: line })
    const told = await facts()
    expect(told.filter(({ kind }) => kind === 'message')).toMatchObject([
      { side: 'desk', where: { line: MERCHANT } },
      {
        side: 'desk',
        where: { line: MERCHANT, quoted: line.id },
        author: { role: 'agent', name: 'Mia' },
        body: { text: 'an answer' },
      },
    ])
  })

  test('without a number writes and is written to by its id', async () => {
    const ann = meta.phone(ANN, { userId: 'CH.8812345678901234', numberHidden: true })
    ann.write('hello')
    const [fact] = await facts()
    expect(fact).toMatchObject({ where: { thread: 'CH.8812345678901234' } })
    await send({ thread: 'CH.8812345678901234' })
    expect(ann.inbox).toHaveLength(1)
  })

  test('sends files that can be had with the token alone', async () => {
    const bytes = new Uint8Array([1, 2, 3])
    meta.phone(ANN).send({ bytes, type: 'image/png', caption: 'look' })
    const [fact] = await facts()
    const reference = fact?.kind === 'message' ? (fact.media?.[0]?.reference ?? '') : ''
    expect(await whatsapp.media(reference, settings(), io())).toEqual({ bytes, type: 'image/png' })
    const other = settings({ token: 'another' })
    expect((await failureOf(whatsapp.media(reference, other, io()))).failure).toBe('needs-reauth')
  })

  test('that blocks is sent to and not reached; that opts out says so', async () => {
    const ann = meta.phone(ANN)
    ann.optOut()
    expect(await facts()).toMatchObject([{ kind: 'message' }, { kind: 'opt', out: true }])
    ann.block()
    await send()
    expect(ann.inbox).toEqual([])
    expect((await facts()).slice(2)).toMatchObject([{ state: 'sent' }])
  })

  test('nobody has is a bad recipient, told by a status', async () => {
    await send({ thread: '41790000000' })
    expect(await facts()).toMatchObject([{ state: 'failed', failure: 'bad-recipient' }])
  })

  test('of the business itself writes beside the API', async () => {
    const id = meta.writeInApp(meta.phone(ANN), 'from the counter')
    expect(await facts()).toMatchObject([
      { externalId: id, where: { thread: ANN }, author: { role: 'agent' } },
    ])
  })
})

describe('what becomes of a message', () => {
  test('is told with its key: sent, delivered, read', async () => {
    const ann = meta.phone(ANN)
    ann.write('hello')
    await send()
    ann.read()
    const told = (await facts()).filter((fact) => fact.kind === 'receipt')
    expect(told.map(({ state }) => state)).toEqual(['sent', 'delivered', 'read'])
    expect(new Set(told.map(({ key }) => key))).toEqual(new Set([outbound().key]))
  })

  test('an answer that is lost: it was delivered once, and a status says so', async () => {
    const ann = meta.phone(ANN)
    ann.write('hello')
    meta.next('lost')
    const { failure, message: reason } = await refused()
    expect(failure).toBe('unknown')
    expect(reason).toContain('broke off')
    expect(ann.inbox).toHaveLength(1)
    expect(await facts()).toContainEqual(
      expect.objectContaining({ kind: 'receipt', key: outbound().key, state: 'delivered' }),
    )
  })

  test('an answer that never comes: the same', async () => {
    meta.phone(ANN).write('hello')
    meta.next('silent')
    const stop = new AbortController()
    const sending = refused({}, stop.signal)
    while (meta.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new DOMException('too long', 'TimeoutError'))
    expect((await sending).failure).toBe('unknown')
    expect(meta.phone(ANN).inbox).toHaveLength(1)
  })

  test('a refusal when it is told to refuse, and then all is well again', async () => {
    meta.phone(ANN).write('hello')
    meta.next({ code: 130429, status: 429, retryAfter: 7 })
    expect(await refused()).toMatchObject({ failure: 'retry', retryAfter: 7_000 })
    await send()
    expect(meta.phone(ANN).inbox).toHaveLength(1)
  })
})

describe('webhooks', () => {
  test('are held, and let go reversed, as doubles, in one batch', async () => {
    const ann = meta.phone(ANN)
    meta.hooks.hold()
    ann.write('one')
    ann.write('two')
    await meta.hooks.settled()
    expect(receiver.bodies).toEqual([])
    meta.hooks.release({ order: 'reversed', twice: true, batch: true })
    const told = await facts()
    expect(receiver.bodies).toHaveLength(2)
    expect(
      told.map((fact) => fact.kind === 'message' && 'text' in fact.body && fact.body.text),
    ).toEqual(['two', 'one', 'two', 'one'])
    expect(new Set(told.map(({ event }) => event)).size).toBe(2)
  })

  test('come again until they are taken', async () => {
    receiver.refuse(2)
    meta.phone(ANN).write('hello')
    expect(await facts()).toHaveLength(1)
    expect(meta.hooks.posted.map(({ status }) => status)).toEqual([503, 503, 200])
  })

  test('go nowhere where the question is answered wrongly', async () => {
    expect(await meta.register(`${receiver.url}?wrong`)).toBe(false)
  })
})

describe('a request that is not as Meta wants it', () => {
  const ask = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${meta.url}/v23.0/${meta.settings['phoneNumberId']}/messages`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${meta.settings['token']}`,
        'user-agent': 'test/1.0.0',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
    })
  const good = { messaging_product: 'whatsapp', to: ANN, type: 'text', text: { body: 'hi' } }

  test('is refused and reaches nobody', async () => {
    meta.phone(ANN).write('hello')
    expect((await ask(good)).status).toBe(200)
    for (const bad of [
      { ...good, to: undefined },
      { ...good, to: 'Ann' },
      { ...good, messaging_product: 'sms' },
      { ...good, text: { body: '' } },
      { ...good, text: { body: 'x'.repeat(4_097) } },
      { ...good, text: { body: 'x', colour: 'red' } },
      { ...good, type: 'hologram' },
      { ...good, type: 'template', template: { name: 'x' } },
      { ...good, biz_opaque_callback_data: 'x'.repeat(513) },
      7,
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, to say which
      expect((await ask(bad)).status, JSON.stringify(bad)).toBe(400)
    }
    expect((await ask(good, { authorization: 'Bearer other' })).status).toBe(401)
    expect((await ask(good, { 'user-agent': 'node' })).status).toBe(400)
    expect(meta.phone(ANN).inbox).toHaveLength(1)
    expect(meta.requests.filter(({ refused: why }) => why !== undefined)).toHaveLength(12)
  })

  test('the doctor finds nothing at a business that is set up', async () => {
    meta.approve('new_message', 'en_US', 'News from {{1}}')
    const findings = await whatsapp.doctor(settings(), io())
    expect(findings.filter(({ level }) => level === 'problem')).toEqual([])
    expect(findings).toHaveLength(5)
  })
})

function settings(changes: Record<string, unknown> = {}): WhatsAppSettings {
  const parsed = whatsapp.configure({
    ...meta.settings,
    merchant: MERCHANT,
    templateName: 'new_message',
    templateLanguage: 'en_US',
    templateValues: ['{site}'],
    ...changes,
  })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

function io(signal = new AbortController().signal): ConnectorIo {
  return { fetch: guarded.fetch, signal, now: clock.now() }
}

function message(changes: Partial<Outbound>): Outbound {
  const entry = { ...outbound().entry, author: { role: 'agent', id: 'mia' } } as const
  const body = { type: 'text', text: 'words' } as const
  return outbound({ role: 'reach', thread: ANN, entry: { ...entry, body }, ...changes })
}

const send = (changes: Partial<Outbound> = {}, signal?: AbortSignal) =>
  whatsapp.send(message(changes), settings(), io(signal))
const wake = (changes: Record<string, unknown> = {}) =>
  whatsapp.wake(message({}), settings(changes), io())
const refused = (changes: Partial<Outbound> = {}, signal?: AbortSignal) =>
  failureOf(send(changes, signal))

function failureOf(work: Promise<unknown>): Promise<SendError> {
  return work.then(
    () => expect.fail('it was taken'),
    (error: SendError) => error,
  )
}

/** All that was posted so far, verified and parsed by the connector. */
async function facts(): Promise<readonly Fact[]> {
  await meta.hooks.settled()
  return receiver.bodies.flatMap((request) => {
    expect(whatsapp.verify(request, settings(), clock.now())).toEqual({ ok: true })
    return whatsapp.parse(request, settings())
  })
}

interface Receiver {
  readonly url: string
  readonly bodies: readonly Parameters<typeof whatsapp.parse>[0][]
  /** The next so many posts. */
  refuse(count: number): void
  close(): void
}

async function startReceiver(): Promise<Receiver> {
  const bodies: Parameters<typeof whatsapp.parse>[0][] = []
  let refusals = 0
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const request = {
        method: incoming.method === 'GET' ? 'GET' : 'POST',
        headers: { 'x-hub-signature-256': String(incoming.headers['x-hub-signature-256']) },
        url: incoming.url ?? '',
        body: new Uint8Array(Buffer.concat(parts)),
      } as const
      const greeting = whatsapp.greet(request, settings())
      if (request.url.includes('wrong')) response.writeHead(403).end()
      else if (greeting) response.writeHead(greeting.status).end(greeting.body)
      else if (refusals-- > 0) response.writeHead(503).end()
      else {
        bodies.push(request)
        response.writeHead(200).end()
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/hooks/wa`,
    bodies,
    refuse(count) {
      refusals = count
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
