import { describe, expect, test } from 'vitest'
import { NOW, opening, settingsOf, startDesk } from '../../../test/chatwoot-rig.ts'
import type { Json } from '../../../test/chatwoot-rig.ts'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { chatwoot } from './index.ts'

const CONVERSATION = outbound().conversation

describe('chatwoot: what webhooks did not bring', () => {
  const settings = settingsOf()
  const start = async () => {
    const desk = startDesk()
    const { thread } = await chatwoot.send(opening(), settings, desk.io)
    const [conversation] = desk.conversations
    if (!conversation || thread === undefined) throw new Error('no conversation')
    let id = 500
    Object.assign(conversation, { status: 'open', last_activity_at: NOW / 1000 - 300 })
    conversation['messages'] = desk.messages.slice(-1)
    const say = (seconds: number, change: Json = {}): number => {
      const created_at = NOW / 1000 + seconds
      const message = {
        content: 'Yes, two are left',
        content_attributes: {},
        private: false,
        sender: { id: 3, name: 'Mia', type: 'user' },
        id: ++id,
        conversation: Number(thread),
        message_type: 1,
        created_at,
        ...change,
      }
      desk.messages.push(message)
      Object.assign(conversation, { messages: [message], last_activity_at: created_at })
      return message.id
    }
    const first = await chatwoot.poll(undefined, settings, desk.io)
    expect(first.facts).toEqual([])
    return { desk, conversation, say, cursor: first.cursor }
  }

  test("an answer since then is told once, under the webhook's event", async () => {
    const { desk, say, cursor } = await start()
    const id = say(-1)
    const told = await chatwoot.poll(cursor, settings, desk.io)
    expect(told.facts).toMatchObject([
      { event: `message:${id}`, where: { conversation: CONVERSATION }, author: { id: '3' } },
    ])
    const again = await chatwoot.poll(told.cursor, settings, desk.io)
    expect(again.facts).toEqual([])
    expect(desk.calls.filter(({ method }) => method === 'PATCH')).toEqual([])
  })

  test('a lower number that was committed later is still told', async () => {
    const { desk, say, cursor } = await start()
    say(-1, { id: 900 })
    const told = await chatwoot.poll(cursor, settings, desk.io)
    expect(told.facts).toHaveLength(1)
    desk.messages.splice(-1, 0, { ...desk.messages.at(-1), id: 899, conversation: 101 } as never)
    expect((await chatwoot.poll(told.cursor, settings, desk.io)).facts).toMatchObject([
      { event: 'message:899' },
    ])
  })

  test('more than a page of them is told whole, and what has settled is asked for no more', async () => {
    const { desk, say, cursor } = await start()
    for (let index = 0; index < 230; index++) say(-120)
    const told = await chatwoot.poll(cursor, settings, desk.io)
    expect(told.facts).toHaveLength(230)
    desk.calls.length = 0
    expect((await chatwoot.poll(told.cursor, settings, desk.io)).facts).toEqual([])
    expect(desk.calls.filter(({ path }) => path.includes('/messages'))).toEqual([])
  })

  test('status and read mark are told when they changed', async () => {
    const { desk, conversation, cursor } = await start()
    Object.assign(conversation, { status: 'resolved', agent_last_seen_at: 7, unread_count: 0 })
    const told = await chatwoot.poll(cursor, settings, desk.io)
    expect(told.facts).toMatchObject([{ kind: 'status', status: 'resolved' }, { kind: 'read' }])
    expect((await chatwoot.poll(told.cursor, settings, desk.io)).facts).toEqual([])
    Object.assign(conversation, { status: 'open', agent_last_seen_at: 8, unread_count: 2 })
    const later = await chatwoot.poll(told.cursor, settings, desk.io)
    expect(later.facts).toMatchObject([{ kind: 'status', status: 'open' }])
  })

  test('what stands as failed before the agent is put right once it was told', async () => {
    const { desk, say, cursor } = await start()
    const id = say(-1, { status: 'failed' })
    const told = await chatwoot.poll(cursor, settings, desk.io)
    const patches = () => desk.calls.filter(({ method }) => method === 'PATCH')
    expect(patches()).toEqual([])
    await chatwoot.poll(told.cursor, settings, desk.io)
    expect(patches()).toMatchObject([
      { path: `/api/v1/accounts/1/conversations/101/messages/${id}`, body: { status: 'sent' } },
    ])
    desk.failWith((_path, method) =>
      method === 'PATCH' ? Response.json({}, { status: 404 }) : undefined,
    )
    expect((await chatwoot.poll(told.cursor, settings, desk.io)).facts).toEqual([])
  })

  test('conversations of others in the inbox are left alone', async () => {
    const { desk, say, conversation, cursor } = await start()
    Object.assign(conversation, { custom_attributes: {} })
    say(-1)
    expect((await chatwoot.poll(cursor, settings, desk.io)).facts).toEqual([])
  })
})
