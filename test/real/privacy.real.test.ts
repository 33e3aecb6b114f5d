import { describe, expect, it } from 'vitest'

import type { ClientFrame, ServerFrame } from '../../packages/core/src/index.ts'
import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { rawPoll } from '../raw-poll.ts'
import type { HttpAnswer } from '../relay-api.ts'
import { newId, words } from '../relay-api.ts'
import { OWNER_PASSWORD } from '../relay-process.ts'
import { until } from '../until.ts'
import { openRelay } from './open-relay.ts'

/** Words that must never come to anybody else. */
const SECRET = 'the blue one, to Example Street 1'

interface Household {
  readonly link: RawLink
  readonly token: string
  readonly conversation: string
  readonly draft: string
  readonly epoch: string
}

/** A visitor with a conversation that has an answer. */
async function settleIn(
  { relay, api }: Awaited<ReturnType<typeof openRelay>>,
  text: string,
): Promise<Household> {
  const link = await openRawLink(relay.origin)
  const { token = '', epoch } = await link.hello({ device: newId() })
  const [conversation, draft] = [newId(), newId()]
  link.say({ t: 'send', id: draft, conversation, n: 1, body: words(text) })
  await link.next('ack')
  await api.say(conversation, { id: newId(), body: words(`answer to: ${text}`) })
  await link.next('entries')
  return { link, token, conversation, draft, epoch }
}

/** All that is said until the answer to a ping, but for the pong. */
async function answersTo(link: RawLink, ...frames: ClientFrame[]): Promise<readonly ServerFrame[]> {
  const from = link.frames.length
  link.say(...frames, { t: 'ping' })
  await link.next('pong')
  return link.frames.slice(from).filter(({ t }) => t !== 'pong')
}

/** Every frame that names a conversation, and hello, which names many. */
function framesAbout(conversation: string, epoch: string): Readonly<Record<string, ClientFrame>> {
  return {
    history: history(conversation),
    resume: { t: 'resume', conversation, position: { epoch, seq: 0 } },
    'resume from a later place': { t: 'resume', conversation, position: { epoch, seq: 99 } },
    'resume of another log': { t: 'resume', conversation, position: { epoch: 'other', seq: 1 } },
    read: { t: 'read', conversation, seq: 1 },
    typing: { t: 'typing', conversation, on: true },
    page: { t: 'page', page: { url: 'https://shop.test/elsewhere' } },
  }
}

const history = (conversation: string): ClientFrame => ({
  t: 'history',
  conversation,
  before: 99,
  limit: 50,
})

/** The answer with the one thing taken out that must differ: what was asked for. */
function bytes(answer: unknown, conversation: string): string {
  return JSON.stringify(answer).replaceAll(conversation, 'CONVERSATION')
}

describe('somebody else’s conversation', () => {
  it('C12: answers every frame of a stranger as one that does not exist, over both transports, and its visitor hears nothing of it', async () => {
    const opened = await openRelay()
    const { relay, api } = opened
    await api.addSite('pk_other')
    const owner = await settleIn(opened, SECRET)
    const before = await api.ask('GET', `/api/v1/conversations/${owner.conversation}`)
    const heard = owner.link.frames.length

    const stranger = await settleIn(opened, 'something else')
    const elsewhere = await openRawLink(relay.origin)
    await elsewhere.hello({ site: 'pk_other', device: newId() })
    const nobodys = newId()

    for (const link of [stranger.link, elsewhere]) {
      for (const name of Object.keys(framesAbout('', ''))) {
        const answers: string[] = []
        for (const conversation of [owner.conversation, nobodys]) {
          const frame = framesAbout(conversation, owner.epoch)[name]
          if (frame) answers.push(bytes(await answersTo(link, frame), conversation))
        }
        expect(answers[0], name).toBe(answers[1])
        if (!/typing|page/.test(name)) expect(answers[0], name).toContain('"code":"not_found"')
      }
      // Words: nobody's conversation becomes the stranger's own, the owner's does not.
      const [missing] = await answersTo(link, history(nobodys))
      const n = link === elsewhere ? 1 : 2
      const id = newId()
      link.say({ t: 'send', id, conversation: owner.conversation, n, body: words('mine now') })
      await until('it is refused', () =>
        link.frames.some((frame) => frame.t === 'reject' && frame.id === id),
      )
      expect(link.frames.find((frame) => frame.t === 'reject' && frame.id === id)).toEqual({
        ...missing,
        id,
      })
    }

    for (const name of Object.keys(framesAbout('', ''))) {
      const answers: string[] = []
      for (const conversation of [owner.conversation, nobodys]) {
        const frame = framesAbout(conversation, owner.epoch)[name]
        const { frames } = await rawPoll(relay, [frame], { hello: { token: stranger.token } })
        answers.push(
          bytes(
            frames.filter(({ t }) => t !== 'welcome'),
            conversation,
          ),
        )
      }
      expect(answers[0], `${name} by poll`).toBe(answers[1])
    }

    // A hello that claims a position in it is told of one's own only.
    const positions = { [owner.conversation]: { epoch: owner.epoch, seq: 0 } }
    const back = await openRawLink(relay.origin)
    const welcome = await back.hello({ token: stranger.token, positions })
    expect(welcome.conversations.map(({ id }) => id)).toEqual([stranger.conversation])
    // The same id of a draft is another draft, of another author.
    const { conversation } = stranger
    back.say({ t: 'send', id: owner.draft, conversation, n: 1, body: words('by me') })
    expect(await back.next('ack')).toMatchObject({ id: owner.draft, conversation, seq: 3 })
    back.say({ t: 'ping' })
    expect((await back.next('pong')).heads).not.toHaveProperty(owner.conversation)

    for (const link of [stranger.link, elsewhere, back]) {
      const all = JSON.stringify(link.frames)
      expect(all).not.toContain(SECRET)
      expect(all).not.toContain(owner.conversation)
      expect(all).not.toContain(owner.token)
    }
    expect(await answersTo(owner.link)).toEqual([])
    expect(owner.link.frames.slice(heard).filter(({ t }) => t !== 'pong')).toEqual([])
    const after = await api.ask('GET', `/api/v1/conversations/${owner.conversation}`)
    expect(after).toEqual(before)
    for (const link of [owner.link, stranger.link, elsewhere, back]) link.cut()
  })

  it('C12: HTTP gives it to nobody without the key, and says the same of it as of one that does not exist', async () => {
    const opened = await openRelay()
    const { relay, api } = opened
    await api.addSite('pk_other')
    const owner = await settleIn(opened, SECRET)
    const stranger = await settleIn(opened, 'something else')
    const before = await api.ask('GET', `/api/v1/conversations/${owner.conversation}`)
    const entry = { id: newId(), body: words('mine now') }
    const routes = (id: string): readonly (readonly [string, string, unknown?])[] => [
      ['GET', '/api/v1/conversations'],
      ['GET', '/api/v1/conversations?site=pk_demo'],
      ['GET', `/api/v1/conversations/${id}`],
      ['GET', `/api/v1/conversations/${id}/entries?after=0`],
      ['POST', `/api/v1/conversations/${id}/entries`, entry],
      ['POST', `/api/v1/conversations/${id}/read`, { seq: 1 }],
      ['PATCH', `/api/v1/conversations/${id}`, { status: 'resolved' }],
      ['GET', '/api/v1/deliveries?state=parked'],
      ['POST', `/api/v1/deliveries/${id}/replay`],
      ['GET', '/api/v1/sites'],
      ['PUT', '/api/v1/sites/pk_demo', { name: 'Mine', origins: ['https://evil.test'] }],
      ['GET', `/api/v1/${id}`],
    ]
    const strangers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      nobody: {},
      'a wrong key': { authorization: 'Bearer not-the-key-at-all-0123456789' },
      'a visitor’s token': { authorization: `Bearer ${stranger.token}` },
      'its own visitor’s token': { authorization: `Bearer ${owner.token}` },
      'an invented session': { cookie: `homing_session=${'x'.repeat(43)}` },
    }
    for (const [name, headers] of Object.entries(strangers)) {
      const answers: HttpAnswer[][] = []
      for (const id of [owner.conversation, newId()]) {
        const all: HttpAnswer[] = []
        for (const [method, path, body] of routes(id)) {
          all.push(await api.ask(method, path, body, headers))
        }
        answers.push(all)
      }
      expect(answers[0], name).toEqual(answers[1])
      expect(new Set(answers[0]?.map(({ status }) => status)), name).toEqual(new Set([401]))
    }

    // With the key, but for another site: there is no such conversation.
    for (const [method, path, body] of routes(owner.conversation).slice(2, 7)) {
      const there = `${path}${path.includes('?') ? '&' : '?'}site=pk_other`
      const missing = there.replace(owner.conversation, newId())
      expect(await api.ask(method, there, body)).toEqual(await api.ask(method, missing, body))
    }

    const open = [
      '/healthz',
      '/readyz',
      '/metrics',
      '/widget/pk_demo.js',
      '/console',
      '/console/me',
      '/',
    ]
    for (const path of open) {
      const { text } = await api.ask('GET', path, undefined, {})
      for (const secret of [SECRET, owner.conversation, owner.token, stranger.token]) {
        expect(text, path).not.toContain(secret)
      }
    }
    // Nor does the log tell.
    expect(relay.output()).not.toContain(SECRET)
    expect(relay.output()).not.toContain(owner.token)
    expect(await api.ask('GET', `/api/v1/conversations/${owner.conversation}`)).toEqual(before)
    owner.link.cut()
    stranger.link.cut()
  })
})

describe('who is who', () => {
  it('C12: a token opens its own visitor on its own site from an allowed page, and nothing else does', async () => {
    const opened = await openRelay()
    const { relay, api } = opened
    await api.addSite('pk_other')
    const owner = await settleIn(opened, SECRET)
    const mine = [owner.conversation]

    /** Conversations it is shown, or the code of its refusal. */
    const shown = async (
      origin: string | undefined,
      over: { readonly token: string | null; readonly site?: string },
    ): Promise<unknown> => {
      const link = await openRawLink(relay.origin, origin ?? NO_ORIGIN)
      link.say({
        t: 'hello',
        v: 1,
        device: newId(),
        positions: {},
        client: 'test/1',
        site: 'pk_demo',
        ...over,
      })
      const frame = await Promise.race([link.next('welcome'), link.next('reject')])
      link.cut()
      if (frame.t === 'reject') return [frame.code, frame.retryable]
      return frame.conversations.map(({ id }) => id)
    }
    const { token } = owner
    const other = `${token.slice(0, 10)}${token[10] === 'A' ? 'B' : 'A'}${token.slice(11)}`
    const refused = ['origin_not_allowed', false]
    expect(await shown('https://shop.test', { token })).toEqual(mine)
    expect(await shown('https://shop.test', { token: null })).toEqual([])
    expect(await shown('https://shop.test', { token: other })).toEqual([])
    expect(await shown('https://shop.test', { token: 'x'.repeat(256) })).toEqual([])
    expect(await shown('https://shop.test', { token, site: 'pk_other' })).toEqual([])
    for (const origin of [
      'https://evil.test',
      'https://shop.test.evil.test',
      'http://shop.test',
      'https://shop.test:8443',
    ]) {
      expect(await shown(origin, { token }), origin).toEqual(refused)
    }
    // Apps have no origin; there the token speaks for them, and nothing else.
    expect(await shown('null', { token })).toEqual(mine)
    expect(await shown('null', { token: null })).toEqual(refused)
    expect(await shown('null', { token: other })).toEqual(refused)

    const byPoll = async (origin: string, hello: { readonly token: string | null }) =>
      (await rawPoll(relay, [], { hello, headers: { origin } })).frames[0]
    expect(await byPoll('https://evil.test', { token })).toMatchObject({ code: refused[0] })
    expect(await byPoll('https://shop.test', { token: other })).toMatchObject({ conversations: [] })
    owner.link.cut()
  })

  it('C12: an agent’s session works from the console’s own page until it is signed out, also after kill -9', async () => {
    const opened = await openRelay()
    const { relay, api } = opened
    const owner = await settleIn(opened, SECRET)
    const page = { origin: `http://localhost:${relay.port}` }
    const signIn = await fetch(`${relay.origin}/console/sign-in`, {
      method: 'POST',
      headers: { ...page, 'content-type': 'application/json' },
      body: JSON.stringify({ password: OWNER_PASSWORD }),
    })
    expect(signIn.status).toBe(204)
    const cookie = (signIn.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? ''
    const read = () =>
      api.ask('GET', `/api/v1/conversations/${owner.conversation}`, undefined, { ...page, cookie })
    const write = (origin: string) =>
      api.ask('POST', `/api/v1/conversations/${owner.conversation}/read`, {}, { origin, cookie })
    /** The first thing an agent's link is told. */
    const agent = async (origin: string): Promise<ServerFrame> => {
      const link = await openRawLink(relay.origin, origin, { cookie })
      link.say({
        t: 'hello',
        v: 1,
        site: 'pk_demo',
        token: null,
        device: 'desk',
        positions: {},
        client: 'test/1',
        role: 'agent',
      })
      const frame = await Promise.race([link.next('welcome'), link.next('reject')])
      link.cut()
      return frame
    }

    expect((await read()).status).toBe(200)
    expect((await write(page.origin)).status).toBe(204)
    expect(await agent(page.origin)).toMatchObject({ t: 'welcome', visitor: 'owner' })
    // Any page can make a browser send the cookie; it counts from our own page only.
    expect(await write('https://shop.test')).toMatchObject({
      status: 403,
      json: { error: { code: 'origin_not_allowed' } },
    })
    expect(await agent('https://shop.test')).toMatchObject({ t: 'reject', code: 'unauthorized' })

    await relay.kill9()
    await relay.restart()
    expect((await read()).status).toBe(200)
    const signOut = await fetch(`${relay.origin}/console/sign-out`, {
      method: 'POST',
      headers: { ...page, cookie },
    })
    expect(signOut.status).toBe(204)
    const ended = async (): Promise<void> => {
      expect(await read()).toMatchObject({
        status: 401,
        json: { error: { code: 'unauthorized', retryable: false } },
      })
      expect((await write(page.origin)).status).toBe(401)
      expect(await agent(page.origin)).toMatchObject({
        t: 'reject',
        code: 'unauthorized',
        retryable: false,
      })
    }
    await ended()
    await relay.kill9()
    await relay.restart()
    await ended()
  })
})

/** What a sandboxed frame says it is. */
const NO_ORIGIN = 'null'
