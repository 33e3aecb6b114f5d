import { describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { APP, NOW, opening, settingsOf, startDesk } from '../../../test/zendesk-messaging-rig.ts'
import { zendeskMessaging } from './index.ts'
import type { ZendeskMessagingSettings } from './types.ts'

const CONVERSATION = outbound().conversation
const THREAD = '66f0a1b2c3d4e5f6000000c1'
const KEY = outbound().key
const visitorId = outbound().visitor.id

describe('zendesk-messaging: sending', () => {
  const settings = settingsOf()

  test('the first words make user, conversation and what is to be known, once each', async () => {
    const desk = startDesk()
    const said = { ...outbound().entry, body: { type: 'text', text: 'Hello?' } as const }
    const first = opening({ page: { url: 'https://shop.test/p', title: 'Mug' }, before: [said] })
    const receipt = await zendeskMessaging.send(first, settings, desk.io)
    expect(desk.calls[0]).toMatchObject({
      path: `/sc/v2/apps/${APP}/users`,
      body: { externalId: visitorId },
    })
    expect(desk.conversations).toMatchObject([
      { metadata: { homing_conversation: CONVERSATION, page: 'https://shop.test/p' } },
    ])
    expect(desk.messages).toMatchObject([
      { author: { type: 'business', displayName: 'Test shop' } },
      { author: { type: 'user', userExternalId: visitorId }, metadata: { homing_key: KEY } },
    ])
    expect(JSON.stringify(desk.messages[0])).toContain('Visitor: Hello?')
    expect(receipt).toEqual({
      externalIds: [desk.messages[1]?.id],
      thread: desk.conversations[0]?.id,
    })

    await zendeskMessaging.send({ ...first, key: 'another' }, settings, desk.io)
    expect(desk.conversations).toHaveLength(1)
    expect(desk.messages).toHaveLength(3)
  })

  test('the address is told only where that is asked for', async () => {
    const visitor = { id: visitorId, name: 'Ann', email: 'ann@example.com' }
    const profile = async (given: ZendeskMessagingSettings): Promise<unknown> => {
      const desk = startDesk()
      await zendeskMessaging.send(opening({ visitor }), given, desk.io)
      return desk.calls[0]?.body['profile']
    }
    expect(await profile(settings)).toEqual({ givenName: 'Ann' })
    expect(await profile(settingsOf({ visitorEmail: true }))).toEqual({
      givenName: 'Ann',
      email: 'ann@example.com',
    })
  })

  test.each([404, 409, 423])('a conversation that answers %i is gone', async (status) => {
    const desk = startDesk()
    desk.failWith(() => Response.json({ errors: [] }, { status }))
    await expect(
      zendeskMessaging.send(outbound({ thread: THREAD }), settings, desk.io),
    ).rejects.toMatchObject({ failure: 'thread-gone' })
  })

  test('one that is full is left for a new one, and the new one is used from then on', async () => {
    const desk = startDesk()
    const { thread } = await zendeskMessaging.send(opening(), settings, desk.io)
    desk.locked.set(thread ?? '', 423)
    const second = await zendeskMessaging.send(opening({ key: 'k2' }), settings, desk.io)
    expect(second.thread).not.toBe(thread)
    desk.calls.length = 0
    const third = await zendeskMessaging.send(opening({ key: 'k3' }), settings, desk.io)
    expect(third.thread).toBe(second.thread)
    expect(desk.calls.some(({ path }) => path.includes(`/${thread}/`))).toBe(false)
    expect(desk.conversations).toHaveLength(2)
  })

  test('an app that is not there is a fault of the settings, not of the thread', async () => {
    const desk = startDesk()
    desk.failWith(() => Response.json({ errors: [] }, { status: 404 }))
    await expect(zendeskMessaging.send(opening(), settings, desk.io)).rejects.toMatchObject({
      failure: 'retry',
    })
  })

  test('a status is a line of the business, and opens nothing', async () => {
    const desk = startDesk()
    const entry = { ...outbound().entry, body: { type: 'status', status: 'resolved' } as const }
    expect(await zendeskMessaging.send(opening({ entry }), settings, desk.io)).toEqual({
      externalIds: [],
    })
    expect(desk.calls).toEqual([])
    const { thread } = await zendeskMessaging.send(opening(), settings, desk.io)
    if (thread === undefined) throw new Error('no thread')
    await zendeskMessaging.send(outbound({ thread, entry }), settings, desk.io)
    expect(desk.messages.at(-1)).toMatchObject({
      author: { type: 'business' },
      content: { type: 'text', text: '(resolved)' },
    })
  })

  test("an agent's words from elsewhere have the agent's name", async () => {
    const desk = startDesk()
    const author = { role: 'agent', id: 'mia', name: 'Mia' } as const
    const entry = { ...outbound().entry, author }
    await zendeskMessaging.send(opening({ entry }), settings, desk.io)
    expect(desk.messages.at(-1)).toMatchObject({
      author: { type: 'business', displayName: 'Mia' },
    })
  })
})

describe('zendesk-messaging: looking for our words', () => {
  const settings = settingsOf()

  test('a try that broke off is found, or surely not there', async () => {
    const desk = startDesk()
    expect(await zendeskMessaging.reconcile(opening(), settings, desk.io)).toBe('absent')
    desk.failWith((path, method) =>
      path.endsWith('/messages') && method === 'POST'
        ? Response.json({}, { status: 502 })
        : undefined,
    )
    await expect(zendeskMessaging.send(opening(), settings, desk.io)).rejects.toMatchObject({
      failure: 'unknown',
    })
    desk.failWith()
    expect(await zendeskMessaging.reconcile(opening(), settings, desk.io)).toBe('absent')
    const sent = await zendeskMessaging.send(opening(), settings, desk.io)
    expect(desk.conversations).toHaveLength(1)
    expect(await zendeskMessaging.reconcile(opening(), settings, desk.io)).toEqual(sent)
  })

  test('goes back page by page', async () => {
    const desk = startDesk()
    const sent = await zendeskMessaging.send(opening(), settings, desk.io)
    const thread = sent.thread ?? ''
    for (let index = 0; index < 5; index++) {
      desk.messages.push({ id: `n${index}`, thread, received: new Date(NOW).toISOString() })
    }
    desk.calls.length = 0
    expect(await zendeskMessaging.reconcile(outbound({ thread }), settings, desk.io)).toEqual(sent)
    expect(
      desk.calls.map(({ path }) => decodeURIComponent(path.split('/messages')[1] ?? '')),
    ).toEqual(['', '?page[before]=n3', '?page[before]=n1'])
  })

  test("a thread says whose it is; one that is not there is nobody's", async () => {
    const desk = startDesk()
    const { thread } = await zendeskMessaging.send(opening(), settings, desk.io)
    expect(await zendeskMessaging.locate(thread ?? '', settings, desk.io)).toBe(CONVERSATION)
    expect(await zendeskMessaging.locate('another', settings, desk.io)).toBeUndefined()
  })
})
