import { request } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'

import type { ServerFrame } from '../../packages/core/src/index.ts'
import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { helloOf, rawPoll } from '../raw-poll.ts'
import { newId, words } from '../relay-api.ts'
import { OWNER_PASSWORD } from '../relay-process.ts'
import type { RelayProcess } from '../relay-process.ts'
import { until } from '../until.ts'
import { openRelay } from './open-relay.ts'

interface Asked {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects to be there
  readonly json: any
}

type HeadersOf = Readonly<Record<string, string>>

/** A request as a browser or somebody else may send it, from any address of this machine. */
function ask(
  relay: RelayProcess,
  method: string,
  path: string,
  {
    body,
    headers = {},
    from = '127.0.0.1',
  }: { body?: unknown; headers?: HeadersOf; from?: string } = {},
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: relay.port, method, path, headers, localAddress: from },
      (response) => {
        let text = ''
        response.on('data', (piece: Buffer) => (text += piece.toString()))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            json: text.startsWith('{') ? JSON.parse(text) : undefined,
          }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

const ownPage = (relay: RelayProcess): string => `http://localhost:${relay.port}`

async function guess(
  relay: RelayProcess,
  password: string,
  more: { headers?: HeadersOf; from?: string } = {},
): Promise<Asked> {
  return ask(relay, 'POST', '/console/sign-in', {
    body: { password },
    headers: { origin: ownPage(relay), ...more.headers },
    ...(more.from === undefined ? {} : { from: more.from }),
  })
}

function cookieOf({ headers }: Asked): string {
  return String(headers['set-cookie']).split(';', 1)[0] ?? ''
}

async function signedIn(relay: RelayProcess, before?: string): Promise<string> {
  const answer = await guess(relay, OWNER_PASSWORD, before ? { headers: { cookie: before } } : {})
  expect(answer.status).toBe(204)
  return cookieOf(answer)
}

const me = (relay: RelayProcess, cookie: string): Promise<Asked> =>
  ask(relay, 'GET', '/console/me', { headers: { cookie } })

async function agentLink(relay: RelayProcess, cookie: string): Promise<RawLink> {
  const link = await openRawLink(relay.origin, ownPage(relay), { cookie })
  link.say(helloOf({ role: 'agent', device: newId() }))
  await link.next('welcome')
  return link
}

const REFUSED = { error: { code: 'unauthorized', retryable: false } }

describe('signing in', () => {
  it('by password: right or wrong, alike but for the cookie; then locked, with the time to wait, for that address alone', async () => {
    const { relay } = await openRelay()
    const right = await guess(relay, OWNER_PASSWORD)
    expect(right).toMatchObject({ status: 204, headers: { 'cache-control': 'no-store' } })
    expect(String(right.headers['set-cookie'])).toMatch(
      /^homing=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    )
    for (const wrong of [
      '',
      'x',
      OWNER_PASSWORD.toUpperCase(),
      `${OWNER_PASSWORD} `,
      'x'.repeat(3_000),
    ]) {
      const refused = await guess(relay, wrong)
      expect(refused, wrong).toMatchObject({ status: 401, json: REFUSED })
      expect(refused.headers['set-cookie']).toBeUndefined()
    }
    for (const late of ['wrong', OWNER_PASSWORD]) {
      const locked = await guess(relay, late)
      expect(locked).toMatchObject({
        status: 429,
        json: { error: { code: 'rate_limited', retryable: true } },
      })
      const { retryAfter } = locked.json.error
      expect(retryAfter).toBeGreaterThan(0)
      expect(retryAfter).toBeLessThanOrEqual(60_000)
      expect(Number(locked.headers['retry-after'])).toBe(Math.ceil(retryAfter / 1_000))
    }
    // Nobody else is locked out, and who is in stays in.
    expect((await guess(relay, OWNER_PASSWORD, { from: '127.0.0.2' })).status).toBe(204)
    expect((await me(relay, cookieOf(right))).status).toBe(200)
    // A header does not make another address of it.
    const forged = await guess(relay, OWNER_PASSWORD, {
      headers: { 'x-forwarded-for': '203.0.113.9' },
    })
    expect(forged.status).toBe(429)
  })

  it('by one-time link: once, not after a restart, and looking at it spends nothing', async () => {
    const { relay } = await openRelay({ program: 'relay', env: { HOMING_OWNER_PASSWORD: '' } })
    const tokens = (): readonly string[] =>
      [...relay.output().matchAll(/\/console\/link#([\w-]{43})/g)].map(([, token = '']) => token)
    const redeem = (token: string): Promise<Asked> =>
      ask(relay, 'POST', '/console/link', { body: { token }, headers: { origin: ownPage(relay) } })
    // Without a password no password is right.
    expect((await guess(relay, '')).status).toBe(401)
    await until('the link is told', () => tokens().length === 1)
    const [first = ''] = tokens()
    expect(first).toHaveLength(43)
    expect((await ask(relay, 'GET', '/console/link')).status).toBe(200)
    const both = await Promise.all([redeem(first), redeem(first)])
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 401])
    expect(await redeem(first)).toMatchObject({ status: 401, json: REFUSED })
    const cookie = cookieOf(both.find(({ status }) => status === 204) ?? (await redeem('')))
    expect((await me(relay, cookie)).status).toBe(200)

    await relay.kill9()
    await relay.restart()
    await until('another link is told', () => tokens().length === 2)
    const second = tokens().at(-1) ?? ''
    expect(second).not.toBe(first)
    // The session outlived the process, the link that was not used did not.
    expect((await me(relay, cookie)).status).toBe(200)
    await relay.kill9()
    await relay.restart()
    await until('a third link is told', () => tokens().length === 3)
    expect((await redeem(second)).status).toBe(401)
    expect((await redeem(tokens().at(-1) ?? '')).status).toBe(204)
  })

  it.each([
    [
      'https://relay.example.com',
      204,
      /^__Host-homing=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=\d+$/,
    ],
    ['http://relay.example.com', 400, /^undefined$/],
  ] as const)(
    'the cookie of %s is bound to https and to that host, or there is none',
    async (origin, status, cookie) => {
      const { relay } = await openRelay({ env: { HOMING_PUBLIC_URL: origin } })
      const answer = await guess(relay, OWNER_PASSWORD, { headers: { origin } })
      expect(answer.status).toBe(status)
      expect(String(answer.headers['set-cookie'])).toMatch(cookie)
    },
  )
})

describe('another site’s page', () => {
  it('changes nothing with the cookie that a browser sends along, whatever it says it is', async () => {
    const { relay, api } = await openRelay()
    const cookie = await signedIn(relay)
    const link = await openRawLink(relay.origin)
    await link.hello()
    const conversation = newId()
    link.say({ t: 'send', id: newId(), conversation, n: 1, body: words('hello?') })
    await link.next('ack')
    link.cut()
    const before = await api.ask('GET', `/api/v1/conversations/${conversation}`)
    const own = ownPage(relay)
    const foreign: readonly HeadersOf[] = [
      {},
      { origin: 'null' },
      { origin: 'https://evil.test' },
      { origin: `${own}.evil.test` },
      { origin: `http://localhost:${relay.port + 1}` },
      { origin: `https://localhost:${relay.port}` },
      { origin: own, 'sec-fetch-site': 'cross-site' },
      { origin: own, 'sec-fetch-site': 'same-site' },
      { origin: own, 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin' },
      { referer: `${own}/console` },
    ]
    const changes: readonly (readonly [string, string, unknown])[] = [
      [
        'POST',
        `/api/v1/conversations/${conversation}/entries`,
        { id: newId(), body: words('forged') },
      ],
      ['POST', `/api/v1/conversations/${conversation}/read`, {}],
      ['PATCH', `/api/v1/conversations/${conversation}`, { status: 'resolved' }],
      ['POST', `/api/v1/deliveries/${newId()}/replay`, {}],
      ['PUT', '/api/v1/sites/pk_demo', { name: 'Mine', origins: ['https://evil.test'] }],
      ['POST', '/console/sign-out', {}],
      ['POST', '/console/sign-in', { password: OWNER_PASSWORD }],
      ['POST', '/console/link', { token: 'x' }],
    ]
    for (const headers of foreign) {
      for (const [method, path, body] of changes) {
        const answer = await ask(relay, method, path, { body, headers: { ...headers, cookie } })
        expect(answer, `${method} ${path} ${JSON.stringify(headers)}`).toMatchObject({
          status: 403,
          json: { error: { code: 'origin_not_allowed' } },
        })
        expect(answer.headers['set-cookie']).toBeUndefined()
      }
      const { origin = '' } = headers
      const socket = await openRawLink(relay.origin, origin, { ...headers, cookie })
      socket.say(helloOf({ role: 'agent' }))
      expect(await socket.next('reject')).toMatchObject({ code: 'unauthorized' })
      const poll = await rawPoll(relay, [], {
        hello: { role: 'agent' },
        headers: { ...headers, cookie },
      })
      expect(poll.frames[0]).toMatchObject({ t: 'reject', code: 'unauthorized' })
    }
    expect(await api.ask('GET', `/api/v1/conversations/${conversation}`)).toEqual(before)
    expect((await me(relay, cookie)).status).toBe(200)
    // The guesses that were not let in were none.
    expect((await guess(relay, OWNER_PASSWORD)).status).toBe(204)
  })
})

describe('the end of a session', () => {
  it('C12: a sign-out closes its sockets and its held polls at once, and no other’s; what comes after it is not heard', async () => {
    const { relay, api } = await openRelay()
    const [mine, others] = [await signedIn(relay), await signedIn(relay)]
    const [link, tab, other] = [
      await agentLink(relay, mine),
      await agentLink(relay, mine),
      await agentLink(relay, others),
    ]
    const visitor = await openRawLink(relay.origin)
    await visitor.hello()
    const conversation = newId()
    const say = async (n: number): Promise<void> => {
      visitor.say({ t: 'send', id: newId(), conversation, n, body: words(`words ${n}`) })
      await visitor.next('ack')
    }
    await say(1)
    const { json } = await api.ask('GET', `/api/v1/conversations/${conversation}/entries`)
    const positions = { [conversation]: { epoch: String(json.epoch), seq: 1 } }
    const held = rawPoll(relay, [], {
      hello: { role: 'agent', device: newId(), positions },
      headers: { origin: ownPage(relay), cookie: mine },
      wait: 25_000,
    })
    await until('the poll is held', async () =>
      /^homing_links 5$/m.test((await api.ask('GET', '/metrics')).text),
    )
    const begun = performance.now()
    const out = await ask(relay, 'POST', '/console/sign-out', {
      headers: { origin: ownPage(relay), cookie: mine },
    })
    expect(out.status).toBe(204)
    expect(String(out.headers['set-cookie'])).toMatch(/^homing=; .*Max-Age=0$/)
    expect(await Promise.all([link.closed, tab.closed])).toEqual([1008, 1008])
    const { frames } = await held
    const took = performance.now() - begun
    const last: readonly (ServerFrame | undefined)[] = [
      link.frames.at(-1),
      tab.frames.at(-1),
      frames.at(-1),
    ]
    for (const frame of last) expect(frame).toMatchObject({ t: 'reject', code: 'unauthorized' })
    expect(took).toBeLessThan(10_000)
    await say(2)
    const heard = (frames: readonly ServerFrame[]): boolean =>
      JSON.stringify(frames).includes('words 2')
    expect([heard(link.frames), heard(tab.frames), heard(frames)]).toEqual([false, false, false])
    // The other session hears on, and this one is over for everything.
    await other.next('entries')
    expect((await me(relay, others)).status).toBe(200)
    expect(await me(relay, mine)).toMatchObject({ status: 401, json: REFUSED })
    const back = await openRawLink(relay.origin, ownPage(relay), { cookie: mine })
    back.say(helloOf({ role: 'agent' }))
    expect(await back.next('reject')).toMatchObject({ code: 'unauthorized' })
    console.info(
      `Two sockets and a held poll were closed ${took.toFixed(0)} ms after the sign-out.`,
    )
    for (const each of [other, visitor]) each.cut()
  })

  it('C12: a sign-in with the cookie of an older session takes its place', async () => {
    const { relay } = await openRelay()
    const before = await signedIn(relay)
    const link = await agentLink(relay, before)
    const after = await signedIn(relay, before)
    expect(after).not.toBe(before)
    expect(await link.closed).toBe(1008)
    expect((await me(relay, before)).status).toBe(401)
    expect((await me(relay, after)).status).toBe(200)
  })

  it(
    'C12: a session that ends by its time is over for requests at once and for open sockets within a heartbeat',
    { timeout: 120_000 },
    async () => {
      const { relay } = await openRelay()
      const cookie = await signedIn(relay)
      await relay.terminate()
      const log = new DatabaseSync(join(relay.data, 'homing.sqlite'))
      // Twelve hours have nearly gone by, and thirty days too.
      const left = 8_000
      log
        .prepare('UPDATE sessions SET created = ?, expires = ?')
        .run(Date.now() - 30 * 24 * 3_600_000 + left, Date.now() + left)
      log.close()
      await relay.restart()
      const link = await agentLink(relay, cookie)
      expect((await me(relay, cookie)).status).toBe(200)
      const begun = performance.now()
      await new Promise((resolve) => setTimeout(resolve, left))
      expect(await me(relay, cookie)).toMatchObject({ status: 401, json: REFUSED })
      expect(await link.closed).toBe(1008)
      expect(link.frames.at(-1)).toMatchObject({ t: 'reject', code: 'unauthorized' })
      const took = performance.now() - begun - left
      expect(took).toBeLessThan(31_000)
      console.info(
        `A socket was closed ${(took / 1_000).toFixed(1)} s after its session had ended.`,
      )
    },
  )
})
