import { expect, it } from 'vitest'

import type {
  ClientFrame,
  ConversationSummary,
  ServerFrame,
} from '../../packages/core/src/index.ts'
import { ALLOWED_ORIGINS, ORIGIN_MATRIX } from '../../packages/relay/test/fixtures/origins.ts'
import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { helloOf, rawPoll } from '../raw-poll.ts'
import type { RelayApi } from '../relay-api.ts'
import { newId, words } from '../relay-api.ts'
import type { RelayProcess } from '../relay-process.ts'
import { compare } from '../samples.ts'
import type { About, Route } from '../strangers.ts'
import { AGENTS_ROUTES, FRAMES, OPEN_ROUTES } from '../strangers.ts'
import { openRelay } from './open-relay.ts'

/** Tries of each kind and of each of the two conversations. */
const TRIES = 150
/** Below this a difference drowns in any network, ms. */
const FLOOR_MS = 0.25

const SECRET = 'the blue one, to Example Street 1'

interface Settled {
  readonly link: RawLink
  readonly token: string
  readonly epoch: string
  readonly conversation: string
}

async function settleIn(relay: RelayProcess, api: RelayApi, text: string): Promise<Settled> {
  const link = await openRawLink(relay.origin)
  const { token = '', epoch } = await link.hello({ device: newId() })
  const conversation = newId()
  link.say({ t: 'send', id: newId(), conversation, n: 1, body: words(text) })
  await link.next('ack')
  await api.say(conversation, { id: newId(), body: words(`answer to: ${text}`) })
  await link.next('entries')
  // His own marks rise by themselves, once; from then on all that he is told is an answer.
  link.say({ t: 'delivered', conversation, seq: 2 })
  let told: ConversationSummary
  do told = (await link.next('conversation')).conversation
  while (told.delivered?.visitor !== 2)
  return { link, token, epoch, conversation }
}

/** The bytes of an answer, but for the clock and for what was asked for. */
function bytesOf(answer: unknown, conversation: string): string {
  return JSON.stringify(answer)
    .replaceAll(conversation, 'CONVERSATION')
    .replace(/"time":\d+/g, '"time":0')
}

interface Tried {
  readonly name: string
  /** One try; resolves with all that was answered. */
  readonly ask: (about: About) => Promise<unknown>
}

/** Everything of the tables, by each way in. */
function everyWay(relay: RelayProcess, api: RelayApi, link: RawLink): readonly Tried[] {
  const asStranger = ({ token }: About): Record<string, string> => ({
    origin: 'https://shop.test',
    authorization: `Bearer ${token}`,
  })
  const route =
    ({ method, path, body }: Route, headersOf: (about: About) => Record<string, string>) =>
    async (about: About): Promise<unknown> => {
      const sent = JSON.stringify(body)?.replaceAll('"ID"', JSON.stringify(about.conversation))
      const address = path(about.conversation)
      const { status, text } = await api.ask(method, address, sent, headersOf(about))
      // Figures change by themselves; of whom they are is looked at below.
      return { status, text: address === '/metrics' ? text.replace(/ [\d.e-]+$/gm, '') : text }
    }
  const key = { authorization: `Bearer ${relay.apiKey}` }
  return [
    ...Object.entries(FRAMES).map(([type, frameOf]) => ({
      name: `${type} by socket`,
      ask: async (about: About) => answersTo(link, frameOf(about)),
    })),
    ...Object.entries(FRAMES).map(([type, frameOf]) => ({
      name: `${type} by poll`,
      ask: async (about: About) =>
        (
          await rawPoll(relay, [frameOf(about)], {
            hello: { token: about.token, positions: about.own ?? {} },
          })
        ).frames,
    })),
    ...AGENTS_ROUTES.map((each) => ({
      name: `${each.method} ${each.pattern} with a visitor’s token`,
      ask: route(each, asStranger),
    })),
    // An agent of another site, as far as there are any: the key, and the site that it asks for.
    ...AGENTS_ROUTES.filter(({ pattern }) => pattern.includes('conversations/:id')).map((each) => ({
      name: `${each.method} ${each.pattern} for another site`,
      ask: route(
        {
          ...each,
          path: (id) => `${each.path(id)}${each.path(id).includes('?') ? '&' : '?'}site=pk_other`,
        },
        () => key,
      ),
    })),
    ...OPEN_ROUTES.filter(({ pattern }) => !SLOW.has(pattern)).map((each) => ({
      name: `${each.method} ${each.pattern}`,
      ask: route(each, () => ({ origin: relay.origin })),
    })),
  ]
}

/** A guess costs a quarter of a second, and after a few it is refused: its own suite tries it. */
const SLOW: ReadonlySet<string> = new Set(['/console/sign-in', '/console/link'])

/** All that is said up to the answer of a ping. */
async function answersTo(link: RawLink, frame: ClientFrame): Promise<readonly ServerFrame[]> {
  const from = link.frames.length
  link.say(frame, { t: 'ping' })
  await link.next('pong')
  if (frame.t === 'ping') await link.next('pong')
  return link.frames.slice(from)
}

it('C12: whatever a stranger asks about a conversation, it is the same bytes in the same time as for one that does not exist', async () => {
  const { relay, api } = await openRelay()
  await api.addSite('pk_other')
  const owner = await settleIn(relay, api, SECRET)
  const stranger = await settleIn(relay, api, 'something else')
  const before = await api.ask('GET', `/api/v1/conversations/${owner.conversation}`)
  const { epoch, token } = stranger
  const own = { [stranger.conversation]: { epoch, seq: 2 } }
  const rows: string[] = []
  const apart: string[] = []

  for (const { name, ask } of everyWay(relay, api, stranger.link)) {
    const times: Record<'owners' | 'nobodys', number[]> = { owners: [], nobodys: [] }
    const seen: Record<'owners' | 'nobodys', Set<string>> = {
      owners: new Set(),
      nobodys: new Set(),
    }
    for (let tries = 0; tries < TRIES; tries++) {
      // Side by side and in turns, so that whatever else the machine does falls on both.
      const kinds =
        tries % 2 === 0 ? (['owners', 'nobodys'] as const) : (['nobodys', 'owners'] as const)
      for (const kind of kinds) {
        const conversation = kind === 'owners' ? owner.conversation : newId()
        const begun = performance.now()
        const answer = await ask({ conversation, epoch, token, own })
        times[kind].push(performance.now() - begun)
        seen[kind].add(bytesOf(answer, conversation))
      }
    }
    expect(seen.owners, name).toEqual(seen.nobodys)
    for (const bytes of seen.owners) {
      for (const secret of [SECRET, owner.conversation, owner.token]) {
        expect(bytes, name).not.toContain(secret)
      }
    }
    const { a, b, noise, apart: differ } = compare(times.owners, times.nobodys, FLOOR_MS)
    const figures = `${a.toFixed(2)} and ${b.toFixed(2)} ms, ${noise.toFixed(2)} allowed`
    rows.push(`  ${name}: ${figures}`)
    if (differ) apart.push(`${name}: ${figures}`)
  }
  console.info(`Medians of ${TRIES} tries, somebody’s and nobody’s:\n${rows.join('\n')}`)
  expect(apart).toEqual([])
  // And it has not changed.
  expect(await api.ask('GET', `/api/v1/conversations/${owner.conversation}`)).toEqual(before)
  owner.link.cut()
  stranger.link.cut()
})

it('C12: the matrix of origins, over both transports', async () => {
  const { relay, api } = await openRelay()
  const saved = await api.ask('PUT', '/api/v1/sites/pk_matrix', {
    name: 'Matrix',
    origins: ALLOWED_ORIGINS,
  })
  expect(saved.status).toBe(200)
  // What no header can carry is left to the rule's own test.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const sendable = ORIGIN_MATRIX.filter(([origin = '']) => !/[\0-\x1f]|^\s|\s$/.test(origin))
  expect(sendable.length).toBeGreaterThanOrEqual(50)
  for (const [origin, allowed] of sendable) {
    const expected = allowed
      ? { t: 'welcome' }
      : { t: 'reject', code: 'origin_not_allowed', retryable: false }
    const hello = { site: 'pk_matrix', device: newId() }
    const link = await openRawLink(relay.origin, origin === undefined ? '' : origin)
    link.say(helloOf(hello))
    const first = await Promise.race([link.next('welcome'), link.next('reject')])
    expect(first, `${origin} by socket`).toMatchObject(expected)
    // Who is refused is told nothing more, and the line is closed.
    if (!allowed) expect(await link.closed, `${origin}`).toBe(1008)
    expect(link.frames.length === 1 || allowed, `${origin}`).toBe(true)
    link.cut()
    const headers: Record<string, string> = origin === undefined ? {} : { origin }
    const { frames } = await rawPoll(relay, [], { hello, headers })
    expect(frames[0], `${origin} by poll`).toMatchObject(expected)
  }
  console.info(`${sendable.length} origins, two transports.`)
})

it('X-Forwarded-For changes nothing unless it comes from a proxy that is trusted', async () => {
  const spoofed = (n: number): Record<string, string> => ({
    authorization: 'Bearer no-key-at-all-0123456789',
    'x-forwarded-for': `203.0.113.${n % 250}, 198.51.100.${n % 250}`,
    'x-real-ip': `203.0.113.${n % 250}`,
    forwarded: `for=203.0.113.${n % 250}`,
  })
  /** How many of many requests at once were still let in. */
  const letIn = async (env: Readonly<Record<string, string>>): Promise<number> => {
    const { relay, api } = await openRelay({ program: 'relay', env })
    const all = await Promise.all(
      Array.from({ length: 600 }, (_, n) => api.ask('GET', '/api/v1/sites', undefined, spoofed(n))),
    )
    const late = all.filter(({ status }) => status === 429)
    for (const { json } of late) {
      expect(json.error).toMatchObject({ code: 'rate_limited', retryable: true })
      expect(json.error.retryAfter).toBeGreaterThan(0)
    }
    await relay.stop()
    return all.length - late.length
  }
  const alone = await letIn({})
  const trusted = await letIn({ HOMING_TRUSTED_PROXIES: '127.0.0.1' })
  console.info(
    `600 requests that say they come from 250 addresses: ${alone} let in, ${trusted} where the proxy is trusted.`,
  )
  // 200 at once, and one more for each 20 ms that it took.
  expect(alone).toBeLessThan(500)
  expect(trusted).toBe(600)
})
