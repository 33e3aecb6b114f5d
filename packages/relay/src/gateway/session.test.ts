import type { ClientFrame, Send } from '@homing/core'
import { MAX_TEXT_LENGTH } from '@homing/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GatewayRig, TestLink } from '../../test/gateway-rig.ts'
import type { RelayLimits } from '../limits/limits.ts'
import { AGENT, OTHER_SITE, SITE, newId, openGatewayRig, text } from '../../test/gateway-rig.ts'

let rig: GatewayRig
beforeAll(async () => {
  rig = await openGatewayRig()
})
afterAll(() => rig.close())

/** A rig of its own, for tests that other tests' visitors would disturb. */
async function alone(limits: Partial<RelayLimits>, check: () => Promise<void>): Promise<void> {
  const shared = rig
  rig = await openGatewayRig(limits)
  try {
    await check()
  } finally {
    await rig.close()
    rig = shared
  }
}

function send(conversation: string, n: number, over: Partial<Send> = {}): Send {
  return { t: 'send', id: newId(), conversation, n, body: text(`words ${n}`), ...over }
}

/** A visitor with a link, and the token to come back with. */
async function visitor(over: { device?: string } = {}): Promise<{ link: TestLink; token: string }> {
  const link = rig.link()
  await link.hello(over)
  const token = link.all('welcome')[0]?.token
  if (token === undefined) throw new Error('no token')
  return { link, token }
}

async function agent(): Promise<TestLink> {
  const link = rig.link({ agent: AGENT })
  await link.hello({ role: 'agent' })
  return link
}

describe('hello', () => {
  test('a first visit gets a token and writes no row', () =>
    alone({}, async () => {
      const { link } = await visitor()
      expect(link.all('welcome')[0]).toMatchObject({ conversations: [], n: 0 })
      expect(await rig.store.figures()).toMatchObject({ conversations: 0, entries: 0 })
    }))

  test('an unused token has the same visitor when it comes back, and no new token', async () => {
    const { link, token } = await visitor()
    const again = rig.link()
    await again.hello({ token })
    expect(again.all('welcome')[0]?.visitor).toBe(link.all('welcome')[0]?.visitor)
    expect(again.all('welcome')[0]?.token).toBeUndefined()
  })

  test.each([
    ['invented', 'A'.repeat(64)],
    ['garbage', 'not a token'],
    ['empty', ''],
  ])('a token that is %s gets a fresh visitor and never an error', async (_, token) => {
    const link = rig.link()
    await link.hello({ token })
    expect(link.all('welcome')[0]?.token).toHaveLength(64)
    expect(link.all('reject')).toEqual([])
  })

  test('C12: a token of another site is a stranger here', async () => {
    const { link, token } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1))
    const other = rig.link()
    await other.hello({ site: OTHER_SITE.key, token })
    expect(other.all('welcome')[0]?.token).toBeDefined()
    expect(other.all('welcome')[0]?.conversations).toEqual([])
  })

  test('an unknown site is refused, with its code, and the link is closed', async () => {
    const link = rig.link()
    await link.hello({ site: 'pk_nobody' })
    expect(link.all('reject')[0]).toMatchObject({ code: 'unknown_site', retryable: false })
    expect(link.closed()).toBe('refused')
  })

  test.each(['https://evil.test', 'null', undefined])(
    'the origin %s is refused without a token',
    async (origin) => {
      const link = rig.link({ origin })
      await link.hello()
      expect(link.all('reject')[0]).toMatchObject({ code: 'origin_not_allowed', retryable: false })
      expect(link.closed()).toBe('refused')
    },
  )

  test('no origin of its own is enough for a token that was handed out', async () => {
    const { token } = await visitor()
    for (const origin of ['null', undefined]) {
      const link = rig.link({ origin })
      await link.hello({ token })
      expect(link.all('welcome')).toHaveLength(1)
    }
    const foreign = rig.link({ origin: 'https://evil.test' })
    await foreign.hello({ token })
    expect(foreign.all('reject')[0]?.code).toBe('origin_not_allowed')
  })

  test('C12: an agent needs a session of the console', async () => {
    const link = rig.link()
    await link.hello({ role: 'agent' })
    expect(link.all('reject')[0]).toMatchObject({ code: 'unauthorized' })
    expect(link.closed()).toBe('refused')
  })

  test('hellos of one address are limited, and those of another are not', () =>
    alone({ hello: { burst: 2, everyMs: 1_000 } }, async () => {
      for (let i = 0; i < 2; i++) await rig.link({ ip: '192.0.2.7' }).hello()
      const third = rig.link({ ip: '192.0.2.7' })
      await third.hello()
      expect(third.all('reject')[0]).toMatchObject({
        code: 'rate_limited',
        retryable: true,
        retryAfter: 1_000,
      })
      const bystander = rig.link({ ip: '192.0.2.8' })
      await bystander.hello()
      expect(bystander.all('welcome')).toHaveLength(1)
    }))
})

describe('too many frames', () => {
  test('the links of one address are slowed down together, and those of another are not', () =>
    alone({ addressFrame: { burst: 4, everyMs: 1_000 } }, async () => {
      const many = [rig.link({ ip: '192.0.2.7' }), rig.link({ ip: '192.0.2.7' })]
      for (const link of many) await link.hello()
      const ping = { kind: 'frame', frame: { t: 'ping' } } as const
      for (const link of many) {
        void link.session.receive(ping)
        void link.session.receive(ping)
      }
      const pongs = (): number => many.flatMap((link) => link.all('pong')).length
      await Promise.all(many.map((link) => link.until(() => link.all('pong').length === 1)))
      const bystander = rig.link({ ip: '192.0.2.8' })
      await bystander.hello()
      await bystander.say({ t: 'ping' })
      expect(bystander.all('pong')).toHaveLength(1)
      expect(pongs()).toBe(2)
      await rig.clock.advance(1_000)
      await Promise.race(many.map((link) => link.until(() => link.all('pong').length === 2)))
      expect(pongs()).toBe(3)
      await rig.clock.advance(1_000)
      await Promise.all(many.map((link) => link.until(() => link.all('pong').length === 2)))
    }))
})

describe('bad input', () => {
  test.each<[string, string | ClientFrame, string]>([
    ['not JSON', 'hello?', 'bad_request'],
    ['no object', '[1]', 'bad_request'],
    ['without a type', '{"a":1}', 'bad_request'],
    ['of unknown type', '{"t":"dance"}', 'bad_request'],
    ['too large', JSON.stringify({ t: 'ping', x: 'y'.repeat(66_000) }), 'too_large'],
    ['before the hello', { t: 'ping' }, 'hello_first'],
  ])('a frame %s gets a code and a sentence, and the link lives on', async (_, frame, code) => {
    const link = rig.link()
    await link.say(frame)
    expect(link.all('reject')[0]).toMatchObject({ code, retryable: false })
    expect(link.all('reject')[0]?.message).toMatch(/\.$/)
    await link.hello()
    expect(link.all('welcome')).toHaveLength(1)
  })

  test.each<[string, Partial<Send>, string]>([
    ['empty', { body: text(' \n ') }, 'bad_request'],
    ['too long', { body: text('x'.repeat(MAX_TEXT_LENGTH + 1)) }, 'too_long'],
    [
      'more beside its text than fits',
      { body: { ...text('x'), more: 'y'.repeat(33_000) } },
      'too_large',
    ],
    ['of a type visitors may not send', { body: { type: 'card' } }, 'bad_request'],
    ['a change of status', { body: { type: 'status', status: 'resolved' } }, 'bad_request'],
    ['with an id of its own make', { id: 'mine' }, 'bad_request'],
  ])('a send that is %s is refused for good, and the next one is taken', async (_, over, code) => {
    const { link } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1, over), send(conversation, 2))
    expect(link.all('reject')[0]).toMatchObject({ code, retryable: false })
    expect(link.all('ack')[0]).toMatchObject({ seq: 1 })
  })

  test('a send too fast is refused for now, and takes no counter', () =>
    alone({ visitorSend: { burst: 1, everyMs: 1_000 } }, async () => {
      const { link } = await visitor()
      const conversation = newId()
      const second = send(conversation, 2)
      await link.say(send(conversation, 1), second)
      expect(link.all('reject')[0]).toMatchObject({
        id: second.id,
        code: 'rate_limited',
        retryable: true,
        retryAfter: 1_000,
      })
      await rig.clock.advance(1_000)
      await link.say(second)
      expect(link.all('ack').map(({ seq }) => seq)).toEqual([1, 2])
    }))

  test('C7: a send that is in the log already does not count as another one', () =>
    alone({ visitorSend: { burst: 2, everyMs: 1_000 } }, async () => {
      const { link } = await visitor()
      const conversation = newId()
      const first = send(conversation, 1)
      for (let i = 0; i < 5; i++) await link.say(first)
      await link.say(send(conversation, 2))
      expect(link.all('ack').map(({ seq }) => seq)).toEqual([1, 1, 1, 1, 1, 2])
    }))

  test('C7: a send that came too early does not count as one', () =>
    alone({ visitorSend: { burst: 2, everyMs: 1_000 } }, async () => {
      const { link } = await visitor()
      const conversation = newId()
      const early = Array.from({ length: 5 }, (_, at) => send(conversation, at + 3))
      for (const each of early) await link.say(each)
      expect(link.all('reject').map(({ code }) => code)).toEqual(early.map(() => 'out_of_order'))
      await link.say(send(conversation, 1), send(conversation, 2))
      expect(link.all('ack').map(({ seq }) => seq)).toEqual([1, 2])
    }))
})

describe('sends', () => {
  test('C2: the same draft again gives the first seq and time, and no second entry', async () => {
    const { link } = await visitor()
    const conversation = newId()
    const draft = send(conversation, 1)
    await link.say(draft)
    await rig.clock.advance(5_000)
    await link.say(draft)
    const [first, second] = link.all('ack')
    expect(second).toEqual(first)
    expect(await rig.store.readAfter(conversation, 0, 10)).toHaveLength(1)
  })

  test('C2: the same id with another body is refused, and the log keeps the first', async () => {
    const { link } = await visitor()
    const conversation = newId()
    const draft = send(conversation, 1)
    await link.say(draft, { ...draft, n: 2, body: text('something else') })
    expect(link.all('reject')[0]).toMatchObject({ id: draft.id, code: 'id_conflict' })
    expect(await rig.store.readAfter(conversation, 0, 10)).toMatchObject([{ body: draft.body }])
  })

  test('C2: a conflicting id is refused also when its entry has not been read yet', async () => {
    const { link, token } = await visitor()
    const conversation = newId()
    const draft = send(conversation, 1)
    await link.say(draft)
    const fresh = rig.link()
    await fresh.hello({ token, device: 'device-2' })
    await fresh.say({ ...draft, body: text('something else') })
    expect(fresh.all('ack')).toEqual([])
    expect(fresh.all('reject')[0]?.code).toBe('id_conflict')
    expect(fresh.seqs(conversation)).toEqual([1])
  })

  test('C3, C4: sends in one breath are numbered 1, 2, 3 … in the order they were pressed', async () => {
    const { link } = await visitor()
    const conversation = newId()
    const drafts = Array.from({ length: 10 }, (_, i) => send(conversation, i + 1))
    await link.say(...drafts)
    const stored = await rig.store.readAfter(conversation, 0, 20)
    expect(stored.map(({ seq }) => seq)).toEqual(drafts.map((_, i) => i + 1))
    expect(stored.map(({ id }) => id)).toEqual(drafts.map(({ id }) => id))
  })

  test('C4: a counter that skips one is refused with the next one expected', async () => {
    const { link } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1), send(conversation, 3))
    expect(link.all('reject')[0]).toMatchObject({
      code: 'out_of_order',
      retryable: true,
      expected: 2,
    })
  })

  test('the welcome tells the counter taken last of the device', async () => {
    const { link, token } = await visitor()
    await link.say(send(newId(), 1), send(newId(), 2))
    const again = rig.link()
    await again.hello({ token })
    expect(again.all('welcome')[0]?.n).toBe(2)
    const other = rig.link()
    await other.hello({ token, device: 'device-2' })
    expect(other.all('welcome')[0]?.n).toBe(0)
  })

  test('the page of the hello is kept with the conversation, for agents only', async () => {
    const link = rig.link()
    await link.hello({ page: { url: 'https://shop.test/mug' } })
    const conversation = newId()
    await link.say(send(conversation, 1))
    const ada = await agent()
    expect(ada.all('welcome')[0]?.conversations[0]?.page?.url).toBe('https://shop.test/mug')
    const again = rig.link()
    await again.hello({ token: link.all('welcome')[0]?.token ?? null })
    expect(again.all('welcome')[0]?.conversations[0]?.page).toBeUndefined()
  })
})

describe('readers', () => {
  test('C6: two links of one visitor see the same log; the sender gets acks for its own', async () => {
    const { link: first, token } = await visitor()
    const second = rig.link()
    await second.hello({ token, device: 'device-2' })
    const conversation = newId()
    await first.say(send(conversation, 1))
    await second.until(() => second.seqs(conversation).length === 1)
    await second.say(send(conversation, 1))
    await first.until(() => first.seqs(conversation).length === 2)
    expect(first.seqs(conversation)).toEqual([1, 2])
    expect(second.seqs(conversation)).toEqual([1, 2])
    expect(first.all('ack')).toHaveLength(1)
    expect(second.all('conversation')[0]?.conversation.id).toBe(conversation)
  })

  test('C6: many writers at once, and every link has 1 to the head without a hole', async () => {
    const { link: first, token } = await visitor()
    const second = rig.link()
    await second.hello({ token, device: 'device-2' })
    const ada = await agent()
    const conversation = newId()
    await first.say(send(conversation, 1))
    const rounds = Array.from({ length: 4 }, (_, i) => i + 2)
    await Promise.all(
      rounds.flatMap((n) => [
        first.say(send(conversation, n)),
        second.say(send(conversation, n - 1)),
        ada.say(send(conversation, n - 1)),
      ]),
    )
    const whole = Array.from({ length: 13 }, (_, i) => i + 1)
    for (const link of [first, second, ada]) {
      await link.until(() => link.seqs(conversation).length >= whole.length)
      expect(link.seqs(conversation)).toEqual(whole)
    }
  })

  test('C6: whoever comes back is given what is after its place, and nothing twice', async () => {
    const { link, token } = await visitor()
    const conversation = newId()
    await link.say(...[1, 2, 3, 4].map((n) => send(conversation, n)))
    const again = rig.link()
    const epoch = rig.store.epoch
    await again.hello({ token, positions: { [conversation]: { epoch, seq: 2 } } })
    expect(again.seqs(conversation)).toEqual([3, 4])
    expect(again.all('entries').some(({ tail }) => tail)).toBe(false)
  })

  test('C6: a reader without a place starts anew from the tail', async () => {
    const { link, token } = await visitor()
    const conversation = newId()
    await link.say(...[1, 2, 3, 4].map((n) => send(conversation, n)))
    const again = rig.link()
    await again.hello({ token, tail: 2 })
    expect(again.all('entries')).toMatchObject([{ tail: true, entries: [{ seq: 3 }, { seq: 4 }] }])
  })

  test.each([
    ['another epoch', () => ({ epoch: 'before', seq: 1 })],
    ['ahead of the head', () => ({ epoch: rig.store.epoch, seq: 9 })],
  ])('C6: a place of %s is reset, and the next hello is taken', async (_, position) => {
    const { link, token } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1))
    const again = rig.link()
    await again.hello({ token, positions: { [conversation]: position() } })
    expect(again.frames).toEqual([{ t: 'reset', epoch: rig.store.epoch }])
    await again.hello({ token })
    expect(again.seqs(conversation)).toEqual([1])
  })

  test('C6: a reader that noticed a gap is given everything after its place', async () => {
    const { link } = await visitor()
    const conversation = newId()
    await link.say(...[1, 2, 3].map((n) => send(conversation, n)))
    const epoch = rig.store.epoch
    await link.say({ t: 'resume', conversation, position: { epoch, seq: 1 } })
    expect(link.all('entries')[0]?.entries.map(({ seq }) => seq)).toEqual([2, 3])
  })

  test('C7: a lost hint is made good at the next heartbeat', async () => {
    const { link } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1))
    // Past the write path: in the log, and nobody was told.
    await rig.store.append({
      site: SITE.key,
      conversation,
      id: newId(),
      author: { role: 'agent', id: 'ada' },
      body: text('unheard'),
      time: rig.clock.now(),
      connectors: [],
    })
    link.session.beat()
    await link.until(() => link.seqs(conversation).length === 2)
    expect(link.seqs(conversation)).toEqual([1, 2])
    await link.say({ t: 'ping' })
    expect(link.all('pong').at(-1)?.heads).toEqual({ [conversation]: 2 })
  })

  test('history comes as one contiguous run that joins on to what is there', async () => {
    const { link } = await visitor()
    const conversation = newId()
    await link.say(...[1, 2, 3, 4].map((n) => send(conversation, n)))
    await link.say({ t: 'history', conversation, before: 4, limit: 2 })
    expect(link.all('entries').at(-1)).toMatchObject({
      history: true,
      entries: [{ seq: 2 }, { seq: 3 }],
    })
  })
})

describe('C12: somebody else’s conversation', () => {
  const frames: readonly [string, (conversation: string) => ClientFrame][] = [
    [
      'send',
      (conversation) => send(conversation, 1, { id: '01890000-0000-7000-8000-000000000001' }),
    ],
    ['read', (conversation) => ({ t: 'read', conversation, seq: 1 })],
    ['history', (conversation) => ({ t: 'history', conversation, before: 9, limit: 9 })],
    ['resume', (conversation) => ({ t: 'resume', conversation, position: { epoch: 'e', seq: 0 } })],
  ]

  test.each(frames)('%s: the answer has the same bytes as for none at all', async (t, frame) => {
    const { link: owner } = await visitor()
    const conversation = newId()
    await owner.say(send(conversation, 1))
    const { link: stranger } = await visitor()
    await stranger.say(frame(conversation))
    const { link: other } = await visitor()
    // A visitor's send to no conversation makes one; an agent's does not.
    if (t === 'send') {
      const ada = await agent()
      await ada.say(frame(newId()))
      expect(JSON.stringify(stranger.all('reject'))).toBe(JSON.stringify(ada.all('reject')))
    } else {
      await other.say(frame(newId()))
      expect(JSON.stringify(stranger.all('reject'))).toBe(JSON.stringify(other.all('reject')))
    }
    expect(stranger.all('reject')[0]).toMatchObject({ code: 'not_found', retryable: false })
    expect(stranger.all('entries')).toEqual([])
    expect(await rig.store.readAfter(conversation, 0, 10)).toHaveLength(1)
    expect((await rig.store.conversation(conversation))?.read.visitor).toBe(0)
  })

  test('a place in it is passed over without a word', async () => {
    const { link: owner } = await visitor()
    const conversation = newId()
    await owner.say(send(conversation, 1))
    const stranger = rig.link()
    await stranger.hello({ positions: { [conversation]: { epoch: 'other', seq: 99 } } })
    expect(stranger.all('welcome')[0]?.conversations).toEqual([])
    expect(stranger.all('reset')).toEqual([])
  })

  test('typing into it reaches nobody', async () => {
    const { link: owner } = await visitor()
    const conversation = newId()
    await owner.say(send(conversation, 1))
    const ada = await agent()
    const { link: stranger } = await visitor()
    await stranger.say({ t: 'typing', conversation, on: true })
    expect(ada.all('typing')).toEqual([])
    expect(owner.all('typing')).toEqual([])
  })

  test('an agent of another site hears and reads nothing of it', async () => {
    const { link: owner } = await visitor()
    const elsewhere = rig.link({ agent: AGENT })
    await elsewhere.hello({ role: 'agent', site: OTHER_SITE.key })
    const conversation = newId()
    await owner.say(send(conversation, 1))
    await elsewhere.say({ t: 'history', conversation, before: 9, limit: 9 }, { t: 'ping' })
    expect(elsewhere.all('reject')[0]?.code).toBe('not_found')
    expect(elsewhere.all('entries')).toEqual([])
    expect(elsewhere.all('pong')[0]?.heads).toEqual({})
  })
})

describe('agents', () => {
  test('hear of a new conversation, its visitor and its words', async () => {
    const ada = await agent()
    const { link } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1))
    await ada.until(() => ada.seqs(conversation).length === 1)
    expect(ada.all('conversation')[0]?.conversation).toMatchObject({
      id: conversation,
      visitor: { id: link.all('welcome')[0]?.visitor },
    })
    expect(ada.all('presence')).toContainEqual({ t: 'presence', online: true, conversation })
  })

  test('answer over the socket, under their name', async () => {
    const ada = await agent()
    const { link } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1))
    await ada.until(() => ada.seqs(conversation).length === 1)
    await ada.say(send(conversation, 1))
    await link.until(() => link.seqs(conversation).length === 2)
    expect(link.all('entries')[0]?.entries[0]?.author).toEqual({ role: 'agent', ...AGENT })
    expect(ada.seqs(conversation)).toEqual([1, 2])
  })

  test('marks, typing and status reach the visitor, and the visitor’s typing the agent', async () => {
    const ada = await agent()
    const { link } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1))
    await ada.until(() => ada.seqs(conversation).length === 1)
    await ada.say({ t: 'read', conversation, seq: 99 }, { t: 'typing', conversation, on: true })
    await link.until(() => link.all('typing').length > 0)
    expect(link.all('read')).toEqual([{ t: 'read', conversation, by: 'agent', seq: 1 }])
    expect(link.all('typing')[0]).toMatchObject({ on: true, author: { name: 'Ada' } })
    expect(ada.all('typing')).toEqual([])
    await link.say({ t: 'typing', conversation, on: true })
    expect(ada.all('typing')).toHaveLength(1)
    await rig.append({
      site: SITE.key,
      conversation,
      id: newId(),
      author: { role: 'agent', ...AGENT },
      body: { type: 'status', status: 'resolved' },
    })
    await link.until(() => link.all('conversation').length > 0)
    expect(link.all('conversation')[0]?.conversation.status).toBe('resolved')
  })

  test('a visitor is told whether an agent is there; a short absence is none', () =>
    alone({}, async () => {
      const { link } = await visitor()
      expect(link.all('presence')).toEqual([{ t: 'presence', online: false }])
      const ada = await agent()
      expect(link.all('presence').at(-1)).toEqual({ t: 'presence', online: true })
      ada.cut()
      await rig.clock.advance(5_000)
      const back = await agent()
      await rig.clock.advance(60_000)
      expect(link.all('presence')).toHaveLength(2)
      back.cut()
      await rig.clock.advance(60_000)
      expect(link.all('presence').at(-1)).toEqual({ t: 'presence', online: false })
    }))

  test('where the visitor is now reaches the agent, and not the visitor’s other tabs', async () => {
    const { link } = await visitor()
    const conversation = newId()
    await link.say(send(conversation, 1))
    const ada = await agent()
    await link.say({ t: 'page', page: { url: 'https://shop.test/cart' } })
    await ada.until(() => ada.all('conversation').length > 0)
    expect(ada.all('conversation')[0]?.conversation.page?.url).toBe('https://shop.test/cart')
    expect(link.all('conversation')).toEqual([])
  })
})

describe('an agent’s session', () => {
  /** A link of somebody who can be signed out, and the reasons for which was asked. */
  async function signedIn() {
    let there = true
    const asked: string[] = []
    const link = rig.link({
      signedIn: (why) => {
        asked.push(why)
        return there ? AGENT : undefined
      },
    })
    await link.hello({ role: 'agent' })
    return { link, asked, signOut: () => (there = false) }
  }

  test('C12: a sign-out closes its links, says why, and leaves all others open', async () => {
    const { link, signOut } = await signedIn()
    const [other, { link: guest }] = [await agent(), await visitor()]
    signOut()
    rig.gateway.sessionEnded()
    await link.until(() => link.closed() !== undefined)
    expect(link.frames.at(-1)).toMatchObject({ t: 'reject', code: 'unauthorized' })
    expect(link.closed()).toBe('refused')
    expect([other.closed(), guest.closed()]).toEqual([undefined, undefined])
    // What comes after it is nobody's.
    const conversation = newId()
    await guest.say(send(conversation, 1))
    await other.until(() => other.seqs(conversation).length === 1)
    expect(link.seqs(conversation)).toEqual([])
  })

  test('C12: signed out while the hello was under way: closed all the same', async () => {
    let asked = 0
    const link = rig.link({ signedIn: () => (++asked === 1 ? AGENT : undefined) })
    const hello = link.hello({ role: 'agent' })
    rig.gateway.sessionEnded()
    await hello
    await link.until(() => link.closed() !== undefined)
    expect(link.frames.at(-1)).toMatchObject({ t: 'reject', code: 'unauthorized' })
  })

  test('C12: ended elsewhere, or by its time: noticed at the next heartbeat', async () => {
    const { link, signOut } = await signedIn()
    link.session.beat()
    await link.until(() => link.all('pong').length === 1)
    expect(link.closed()).toBeUndefined()
    signOut()
    link.session.beat()
    await link.until(() => link.closed() !== undefined)
  })

  test('what an agent does keeps the session alive, an open page does not', async () => {
    const { link, asked } = await signedIn()
    expect(asked).toEqual(['use'])
    await link.say({ t: 'ping' })
    link.session.beat()
    await link.until(() => link.all('pong').length === 2)
    await link.say({ t: 'typing', conversation: newId(), on: true })
    link.session.beat()
    await link.until(() => link.all('pong').length === 3)
    expect(asked).toEqual(['use', 'look', 'use'])
  })
})

describe('drain', () => {
  test('C1: sends on their way are answered before the bye, and no frame is taken after', () =>
    alone({}, async () => {
      const { link } = await visitor()
      const conversation = newId()
      // Taken, and on its way to the disk.
      await link.session.receive({ kind: 'frame', frame: send(conversation, 1) })
      expect(link.all('ack')).toEqual([])
      const draining = rig.gateway.drain()
      await link.session.receive({ kind: 'frame', frame: send(conversation, 2) })
      await draining
      expect(link.all('ack')).toMatchObject([{ seq: 1 }])
      expect(link.frames.at(-1)).toMatchObject({ t: 'bye' })
      expect(link.closed()).toBe('restart')
      expect(await rig.store.readAfter(conversation, 0, 10)).toHaveLength(1)
    }))
})
