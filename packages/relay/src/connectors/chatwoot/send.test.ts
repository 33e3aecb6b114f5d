import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { NOW, opening, settingsOf, startDesk } from '../../../test/chatwoot-rig.ts'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import type { Outbound } from '../connector.ts'
import { chatwoot } from './index.ts'

const CONVERSATION = outbound().conversation
const KEY = outbound().key

describe('chatwoot: sending', () => {
  const settings = settingsOf()

  test('the first words make contact, conversation and a note, once each', async () => {
    const desk = startDesk()
    const said = { ...outbound().entry, seq: 1, body: { type: 'text', text: 'Hello?' } as const }
    const first = opening({
      page: { url: 'https://shop.test/p', title: 'Blue mug' },
      before: [said],
    })
    const receipt = await chatwoot.send(first, settings, desk.io)
    const [conversation] = desk.conversations
    expect(desk.calls[0]).toMatchObject({
      path: '/public/api/v1/inboxes/inbox-id/contacts',
      token: null,
      body: { source_id: CONVERSATION, identifier: outbound().visitor.id },
    })
    expect(conversation).toMatchObject({
      inbox_id: 5,
      contact_id: 31,
      source_id: CONVERSATION,
      custom_attributes: { homing_conversation: CONVERSATION, page: 'https://shop.test/p' },
      additional_attributes: { referer: 'https://shop.test/p' },
    })
    expect(desk.messages).toMatchObject([
      { private: true, message_type: 'outgoing' },
      { private: false, message_type: 'incoming', source_id: `homing:${KEY}` },
    ])
    const note = String(desk.messages[0]?.['content'])
    expect(note).toContain('Page: Blue mug')
    expect(note).toContain('https://relay.test/console#/c/')
    expect(note).toContain('Visitor: Hello?')
    expect(receipt).toEqual({
      externalIds: [String(desk.messages[1]?.id)],
      thread: String(conversation?.id),
    })

    await chatwoot.send({ ...first, key: 'another' }, settings, desk.io)
    expect(desk.conversations).toHaveLength(1)
    expect(desk.messages.filter((message) => message['private'] === true)).toHaveLength(1)
  })

  test('a try that broke off after the conversation was made goes on with it', async () => {
    const desk = startDesk()
    desk.failWith((path, method) =>
      path.endsWith('/messages') && method === 'POST'
        ? Response.json({}, { status: 502 })
        : undefined,
    )
    await expect(chatwoot.send(opening(), settings, desk.io)).rejects.toMatchObject({
      failure: 'unknown',
    })
    desk.failWith()
    expect(await chatwoot.reconcile(opening(), settings, desk.io)).toBe('absent')
    await chatwoot.send(opening(), settings, desk.io)
    expect(desk.conversations).toHaveLength(1)
    expect(desk.messages).toHaveLength(2)
    expect(await chatwoot.reconcile(opening(), settings, desk.io)).toEqual({
      externalIds: [String(desk.messages[1]?.id)],
      thread: String(desk.conversations[0]?.id),
    })
  })

  test('identities are signed where the inbox wants it, addresses told only where asked for', async () => {
    const desk = startDesk()
    const visitor = { id: outbound().visitor.id, name: 'Ann', email: 'ann@example.com' }
    await chatwoot.send(opening({ visitor }), settings, desk.io)
    expect(desk.calls[0]?.body).not.toHaveProperty('email')
    expect(desk.calls[0]?.body).not.toHaveProperty('identifier_hash')
    const wanted = settingsOf({ identityKey: 'key', visitorEmail: true })
    desk.calls.length = 0
    await chatwoot.send(opening({ visitor }), wanted, desk.io)
    expect(desk.calls[0]?.body).toMatchObject({
      name: 'Ann',
      email: 'ann@example.com',
      identifier_hash: createHmac('sha256', 'key').update(visitor.id).digest('hex'),
    })
  })

  test("an agent's words from elsewhere are an answer with the name; the relay's own are a note", async () => {
    const desk = startDesk()
    const { thread } = await chatwoot.send(opening(), settings, desk.io)
    const of = (role: 'agent' | 'system', key: string): Outbound =>
      outbound({
        key,
        ...(thread === undefined ? {} : { thread }),
        entry: { ...outbound().entry, author: { role, id: 'x', name: 'Mia' } },
      })
    await chatwoot.send(of('agent', 'a'), settings, desk.io)
    await chatwoot.send(of('system', 's'), settings, desk.io)
    expect(desk.messages.slice(-2)).toMatchObject([
      { message_type: 'outgoing', private: false, content: expect.stringMatching(/^Mia: /) },
      { private: true },
    ])
  })

  test("a status becomes the conversation's, and opens none", async () => {
    const desk = startDesk()
    const status = (status: 'open' | 'resolved' | 'joined', thread?: string): Outbound => ({
      ...opening(thread === undefined ? {} : { thread }),
      entry: { ...outbound().entry, body: { type: 'status', status } },
    })
    expect(await chatwoot.send(status('resolved'), settings, desk.io)).toEqual({ externalIds: [] })
    expect(desk.calls).toEqual([])
    await chatwoot.send(status('resolved', '101'), settings, desk.io)
    await chatwoot.send(status('joined', '101'), settings, desk.io)
    expect(desk.calls).toMatchObject([
      { path: '/api/v1/accounts/1/conversations/101/toggle_status', body: { status: 'resolved' } },
    ])
  })

  test('a body with neither words nor fallback asks nothing of Chatwoot', async () => {
    const desk = startDesk()
    const entry = { ...outbound().entry, body: { type: 'wave' } }
    expect(await chatwoot.send(outbound({ entry }), settings, desk.io)).toMatchObject({
      externalIds: [],
    })
    expect(desk.calls).toEqual([])
  })

  test.each([
    [422, { error: 'Too many messages' }, {}, 'retry', 60_000],
    [422, { error: 'Too many messages' }, { 'retry-after': '9' }, 'retry', 9_000],
    [422, { error: 'Content is too long' }, {}, 'bad-content', undefined],
    [402, { error: 'Payment required' }, {}, 'retry', undefined],
    [404, { error: 'Resource could not be found' }, {}, 'thread-gone', undefined],
  ] as const)(
    '%i %j is told as it is meant',
    async (status, body, headers, failure, retryAfter) => {
      const desk = startDesk()
      desk.failWith(() => Response.json(body, { status, headers }))
      await expect(chatwoot.send(outbound(), settings, desk.io)).rejects.toMatchObject({
        failure,
        retryAfter,
      })
    },
  )

  test('an inbox that is not there is a fault of the settings, not of the thread', async () => {
    const desk = startDesk()
    desk.failWith(() => Response.json({}, { status: 404 }))
    await expect(chatwoot.send(opening(), settings, desk.io)).rejects.toMatchObject({
      failure: 'retry',
    })
  })

  test('a page instead of JSON may have been a message: it is looked for', async () => {
    const desk = startDesk()
    desk.failWith(() => new Response('<html>'))
    await expect(chatwoot.send(outbound(), settings, desk.io)).rejects.toMatchObject({
      failure: 'unknown',
    })
  })
})

describe('chatwoot: looking for our words', () => {
  test('goes back page by page as far as they can be, and no further', async () => {
    const desk = startDesk()
    const settings = settingsOf()
    const { thread } = await chatwoot.send(opening(), settings, desk.io)
    if (thread === undefined) throw new Error('no thread')
    for (let id = 1000; id < 1050; id++) {
      desk.messages.push({ id, conversation: Number(thread), created_at: NOW / 1000 })
    }
    desk.calls.length = 0
    const found = await chatwoot.reconcile(outbound({ thread }), settings, desk.io)
    expect(found).toMatchObject({ thread })
    expect(desk.calls.map(({ path }) => path.split('/messages')[1])).toEqual([
      '',
      '?before=1030',
      '?before=1010',
    ])
    desk.calls.length = 0
    const late = { ...outbound().entry, time: NOW + 3_600_000 }
    expect(
      await chatwoot.reconcile(outbound({ thread, key: 'k', entry: late }), settings, desk.io),
    ).toBe('absent')
    expect(desk.calls).toHaveLength(1)
  })

  test('a status is set again rather than looked for', async () => {
    const desk = startDesk()
    const entry = { ...outbound().entry, body: { type: 'status', status: 'open' } as const }
    expect(await chatwoot.reconcile(outbound({ entry }), settingsOf(), desk.io)).toBe('absent')
    expect(desk.calls).toEqual([])
  })
})
