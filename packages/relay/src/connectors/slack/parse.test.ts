import { App } from '@slack/bolt'
import type { Receiver } from '@slack/bolt'
import { describe, expect, test } from 'vitest'
import { NOW, SETTINGS, THREAD, TOKEN, envelopeOf, facts, sign } from '../../../test/slack-rig.ts'
import { slack } from './index.ts'

describe('slack: events', () => {
  test('a reply in a thread is a message, with the name the settings give', () => {
    expect(facts('reply')).toEqual([
      {
        kind: 'message',
        event: 'message:C0SHOP0001/1790000010.000200',
        externalId: 'C0SHOP0001/1790000010.000200',
        where: { thread: THREAD },
        time: 1_790_000_010_000,
        order: 1_790_000_010_000_200,
        author: { role: 'agent', id: 'U0MIA00001', name: 'Mia' },
        body: {
          type: 'text',
          text: 'Yes & it is <blue>: https://shop.test/p/7 👋🏽 :shipit: @Tom B.',
        },
        echo: false,
      },
    ])
  })

  test('a name that travels with the event is used where the settings have none, else there is none', () => {
    expect(facts('profiled')).toMatchObject([{ author: { id: 'U0NEW00001', name: 'Zoë' } }])
    const [fact] = facts('reply', { user: 'U0NOBODY01' })
    expect(fact).toMatchObject({ author: { role: 'agent', id: 'U0NOBODY01' } })
    expect(fact?.kind === 'message' && fact.author.name).toBeUndefined()
  })

  test('files come as media, those that lie elsewhere as their address, deleted ones not at all', () => {
    expect(facts('files')).toMatchObject([
      {
        body: { type: 'text', text: 'the sheet\n📎 plan https://drive.test/plan' },
        media: [{ reference: 'F0SHEET001', name: 'size.pdf', type: 'application/pdf' }],
      },
    ])
    const only = { text: '', files: [{ id: 'F0SHEET001', name: 'size.pdf' }] }
    expect(facts('files', only)).toMatchObject([
      { body: { type: 'text', text: '' }, media: [{ reference: 'F0SHEET001' }] },
    ])
  })

  test.each([
    ['a note between colleagues', 'reply', { text: '// is she a customer?' }],
    ['a note behind a blank, as Slack wants it', 'reply', { text: ' // is she?' }],
    ["the channel's own talk", 'reply', { thread_ts: undefined }],
    ['the first message of a thread', 'reply', { thread_ts: '1790000010.000200' }],
    ['a change of a message', 'changed', {}],
    ['a deletion', 'changed', { subtype: 'message_deleted' }],
    ['somebody who joins', 'reply', { subtype: 'channel_join' }],
    ['another app', 'foreign', {}],
    ['an old kind of bot', 'reply', { subtype: 'bot_message', bot_id: 'B1', user: undefined }],
    ['nothing', 'reply', { text: '', blocks: [] }],
    ['another event', 'reply', { type: 'app_mention' }],
    ['a thread that is none', 'reply', { thread_ts: 'x/../y' }],
    ['another reaction', 'done', { reaction: 'eyes' }],
    ['a reaction to a file', 'done', { item: { type: 'file', file: 'F1' } }],
    ['our own reaction', 'done', { user: 'U0HOMING01' }],
  ] as const)('%s is no fact', (_, name, change) => {
    expect(facts(name, change)).toEqual([])
  })

  test('a reply that is sent to the channel as well, and one in the third person, are messages', () => {
    for (const subtype of ['thread_broadcast', 'me_message']) {
      expect(facts('reply', { subtype })).toHaveLength(1)
    }
  })

  test('the reaction on the first message resolves, its removal opens, and so do the words', () => {
    expect(facts('done')).toEqual([
      {
        kind: 'status',
        event: `reaction:${THREAD}:U0MIA00001:1790000020.000300`,
        where: { thread: THREAD },
        time: 1_790_000_020_000,
        order: 1_790_000_020_000_300,
        status: 'resolved',
        author: { role: 'agent', id: 'U0MIA00001', name: 'Mia' },
      },
    ])
    expect(facts('done', { type: 'reaction_removed' })).toMatchObject([{ status: 'open' }])
    expect(facts('reply', { text: '!done' })).toMatchObject([
      { kind: 'status', status: 'resolved' },
    ])
    expect(facts('reply', { text: ' !Open ' })).toMatchObject([{ kind: 'status', status: 'open' }])
    expect(facts('reply', { text: '!done soon' })).toMatchObject([{ kind: 'message' }])
  })

  test('a colleague who installed the app is a person, not the bot', () => {
    const authorizations = [{ team_id: 'T0SHOP0001', user_id: 'U0MIA00001', is_bot: false }]
    const body = JSON.stringify({ ...envelopeOf('reply'), authorizations })
    expect(slack.parse(sign(body, 'x', NOW), SETTINGS)).toMatchObject([{ echo: false }])
  })

  test('what is ours by the official library is ours here, and nothing else is', async () => {
    const names = ['reply', 'own', 'profiled', 'files', 'done']
    const cases = [
      ...names.map((name) => ({ name, change: {} })),
      { name: 'done', change: { user: 'U0HOMING01' } },
    ]
    for (const { name, change } of cases) {
      const ignored = !(await reaches(name, change))
      const told = facts(name, change)
      const ours = told.every((fact) => fact.kind === 'message' && fact.echo)
      expect(ours, `${name} ${JSON.stringify(change)}`).toBe(ignored)
    }
  })
})

/** Does an event get past the official library's own guard against what its app wrote itself? */
async function reaches(name: string, change: object): Promise<boolean> {
  const receiver: Receiver = {
    init: () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
  }
  const app = new App({
    receiver,
    authorize: async () => ({
      botToken: TOKEN,
      botId: 'B0HOMING01',
      botUserId: 'U0HOMING01',
    }),
  })
  let reached = false
  const note = async (): Promise<void> => {
    reached = true
  }
  app.message(note)
  app.event('reaction_added', note)
  await app.processEvent({ body: envelopeOf(name, change), ack: async () => undefined })
  return reached
}
