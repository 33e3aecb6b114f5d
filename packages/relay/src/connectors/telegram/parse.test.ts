import { Context } from 'grammy'
import { describe, expect, test } from 'vitest'
import { GROUP, PERSON, TOPIC, UPDATES, factsOf } from '../../../test/telegram-rig.ts'

const ME = { id: 7_000_000_001, is_bot: true, first_name: 'Homing', username: 'shop_homing_bot' }

describe('telegram: topics', () => {
  test('a message in a topic is an agent’s, and shows where its words lead', () => {
    expect(factsOf('answer')).toEqual([
      {
        kind: 'message',
        side: 'desk',
        event: `message:${GROUP}:41`,
        externalId: `${GROUP}:41`,
        where: { thread: TOPIC },
        time: 1_790_000_010_000,
        order: 41,
        author: { role: 'agent', id: '5100000001', name: 'Mia Meier' },
        body: { type: 'text', text: 'Yes 👋 it is: our page (https://shop.test/p/7) & more' },
        echo: false,
      },
    ])
  })

  test('every hidden address is shown behind its own words', () => {
    const link = { type: 'text_link', length: 1 }
    const entities = [
      { ...link, offset: 0, url: 'https://a.test' },
      { ...link, offset: 2, url: 'https://b.test' },
      { ...link, offset: 9, url: 'https://c.test' },
    ]
    expect(factsOf('answer', { text: 'a b', entities })).toMatchObject([
      { body: { text: 'a (https://a.test) b (https://b.test)' } },
    ])
  })

  test('an administrator who writes as the group is an agent, by the signature', () => {
    expect(factsOf('anonymous')).toMatchObject([
      { author: { role: 'agent', id: String(GROUP), name: 'Support' }, echo: false },
    ])
    expect(factsOf('anonymous', { author_signature: undefined })[0]).toMatchObject({
      author: { role: 'agent', id: String(GROUP) },
    })
  })

  test('a file comes as media with its caption', () => {
    expect(factsOf('file')).toMatchObject([
      {
        body: { type: 'text', text: 'the sheet' },
        media: [{ reference: 'BQACAgQAAx0-size_1', name: 'size.pdf', type: 'application/pdf' }],
      },
    ])
  })

  test.each([
    [
      'an animation, once',
      { animation: { file_id: 'A' }, document: { file_id: 'D' } },
      'A',
      'video/mp4',
    ],
    ['a voice message', { voice: { file_id: 'V' } }, 'V', 'audio/ogg'],
    ['a round video', { video_note: { file_id: 'R' } }, 'R', 'video/mp4'],
    ['a file without a name', { document: { file_id: 'F' } }, 'F', 'application/octet-stream'],
  ])('%s', (_, content, reference, type) => {
    const change = { document: undefined, caption: undefined, ...content }
    expect(factsOf('file', change)).toMatchObject([
      { body: { type: 'text', text: '' }, media: [{ reference, type }] },
    ])
  })

  test.each([
    ['a sticker', { sticker: { emoji: '👍', file_id: 'S' } }, '👍'],
    [
      'a place',
      { location: { latitude: 47.3, longitude: 8.5 } },
      '📍 https://www.openstreetmap.org/?mlat=47.3&mlon=8.5',
    ],
    [
      'a named place',
      { venue: { title: 'Shop', address: 'Road 1', location: {} }, location: {} },
      '📍 Shop Road 1',
    ],
    ['a contact', { contact: { first_name: 'Tom', phone_number: '+411' } }, '📇 Tom +411'],
  ])('%s is a short line', (_, content, text) => {
    const change = { document: undefined, caption: undefined, ...content }
    expect(factsOf('file', change)).toMatchObject([{ body: { type: 'text', text } }])
  })

  test('a closed topic is resolved, a reopened one open, and so say the commands', () => {
    expect(factsOf('closed')).toEqual([
      {
        kind: 'status',
        side: 'desk',
        event: `message:${GROUP}:46`,
        where: { thread: TOPIC },
        time: 1_790_000_015_000,
        order: 46,
        status: 'resolved',
        author: { role: 'agent', id: '5100000001', name: 'Mia' },
      },
    ])
    const reopened = { forum_topic_closed: undefined, forum_topic_reopened: {} }
    expect(factsOf('closed', reopened)).toMatchObject([{ kind: 'status', status: 'open' }])
    expect(factsOf('done')).toMatchObject([{ kind: 'status', status: 'resolved' }])
    expect(factsOf('done', { text: '/open' })).toMatchObject([{ kind: 'status', status: 'open' }])
  })

  test('what we wrote ourselves is an echo, should it ever come', () => {
    expect(factsOf('own')).toMatchObject([{ kind: 'message', echo: true }])
  })

  const own = { id: 7_000_000_001, is_bot: true }
  test.each([
    ['a note between colleagues', 'answer', { text: ' // is she a customer?' }],
    ['the general topic', 'answer', { is_topic_message: undefined, message_thread_id: undefined }],
    ['a reply in the general topic', 'answer', { is_topic_message: undefined }],
    ['an ordinary group', 'answer', { chat: { id: -5, type: 'group' } }],
    ['a channel', 'answer', { chat: { id: -5, type: 'channel' } }],
    ['another bot', 'answer', { from: { id: 1, is_bot: true } }],
    ['a channel that writes in the group', 'anonymous', { sender_chat: { id: -7 } }],
    ['another command', 'done', { text: '/help' }],
    ['our own closing', 'closed', { from: own }],
    [
      'a topic that was renamed',
      'closed',
      { forum_topic_closed: undefined, forum_topic_edited: {} },
    ],
    ['a poll', 'answer', { text: undefined, poll: { id: '1' } }],
    ['somebody who joins', 'answer', { text: undefined, new_chat_members: [{ id: 1 }] }],
    ['a message without a number', 'answer', { message_id: 0 }],
  ])('%s is no fact', (_, name, change) => {
    expect(factsOf(name, change)).toEqual([])
  })
})

describe('telegram: a chat with the bot', () => {
  test('the code of the link is what was said', () => {
    expect(factsOf('start')).toEqual([
      {
        kind: 'message',
        side: 'reach',
        event: `message:${PERSON}:3`,
        externalId: `${PERSON}:3`,
        where: { thread: String(PERSON) },
        time: 1_790_000_017_000,
        order: 3,
        author: { role: 'visitor', id: String(PERSON), name: 'Ann Ott' },
        contact: { name: 'Ann Ott' },
        body: { type: 'text', text: 'HM-23456789AB' },
        echo: false,
      },
    ])
  })

  test('ordinary words and pictures are the visitor’s; two slashes are no note there', () => {
    const text = { text: '// hello' }
    expect(factsOf('start', text)).toMatchObject([{ side: 'reach', body: { text: '// hello' } }])
    expect(factsOf('photo')).toMatchObject([
      {
        side: 'reach',
        author: { role: 'visitor' },
        body: { type: 'text', text: '' },
        media: [{ reference: 'AgACAgQAAx-large', type: 'image/jpeg' }],
      },
    ])
  })

  test.each([
    ['blocks the bot', 'blocked', {}, true],
    ['comes back', 'blocked', { new_chat_member: { status: 'member' } }, false],
    ['says stop', 'start', { text: '/stop' }, true],
    ['says it in a word', 'start', { text: 'STOP' }, true],
    ['starts anew', 'start', { text: '/start' }, false],
  ])('who %s is heard', (_, name, change, out) => {
    expect(factsOf(name, change)).toMatchObject([
      { kind: 'opt', side: 'reach', where: { thread: String(PERSON) }, out },
    ])
  })

  test.each([
    [
      'the bot was made a member of a group',
      'blocked',
      { chat: { id: GROUP, type: 'supergroup' } },
    ],
    ['another change of membership', 'blocked', { new_chat_member: { status: 'restricted' } }],
    ['a bot', 'start', { from: { id: 1, is_bot: true } }],
    ['nothing', 'start', { text: undefined }],
  ])('%s is no fact', (_, name, change) => {
    expect(factsOf(name, change)).toEqual([])
  })
})

describe('telegram: recorded updates', () => {
  test('say the same to the library: chat, topic, sender and what kind it is', () => {
    for (const [name, update] of Object.entries(UPDATES)) {
      const context = new Context(update as never, undefined as never, ME as never)
      const [fact] = factsOf(name)
      const { chat, msg } = context
      const topic = msg?.is_topic_message === true ? `/${msg.message_thread_id}` : ''
      expect(fact?.where, name).toEqual({ thread: `${chat?.id}${topic}` })
      const resolved = context.has('message:forum_topic_closed') || context.hasCommand('done')
      expect(fact?.kind === 'status', name).toBe(resolved)
    }
  })
})
