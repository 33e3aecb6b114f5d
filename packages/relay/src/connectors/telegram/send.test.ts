import { describe, expect, test } from 'vitest'
import {
  GIVEN,
  GROUP,
  PERSON,
  SETTINGS,
  TOPIC,
  botApi,
  entryOf,
  failureOf,
  ioOf,
  opening,
  refusal,
  send,
  settingsOf,
  statusEntry,
} from '../../../test/telegram-rig.ts'
import type { SendFailure } from '../connector.ts'
import { telegram } from './index.ts'

const MIA = { role: 'agent', id: 'm', name: 'Mia' } as const
const ROBO = { role: 'bot', id: 'b', name: 'Robo' } as const
const REACH = { role: 'reach', thread: String(PERSON) } as const
const CUT = Object.assign(new Error('cut'), { code: 'ECONNRESET' })

describe('telegram: a topic for each conversation', () => {
  const open = (changes: Parameters<typeof opening>[0] = {}, script = {}) => {
    const api = botApi(script)
    return { ...api, receipt: telegram.send(opening(changes), SETTINGS, api.io) }
  }

  test('is opened with card, transcript and words', async () => {
    const { calls, params, receipt } = open({
      before: [entryOf('is it blue?'), entryOf('it is', MIA)],
      page: { url: 'https://shop.test/p', title: 'Shoes' },
      visitor: { id: 'v', name: 'Ann', email: 'ann@mail.test' },
    })
    expect(await receipt).toEqual({ externalIds: [`${GROUP}:100`], thread: TOPIC })
    expect(calls).toEqual(['createForumTopic', 'sendMessage'])
    expect(params[0]).toEqual({ chat_id: GROUP, name: 'Ann · Shoes · 7F3A' })
    expect(params[1]).toMatchObject({
      chat_id: GROUP,
      message_thread_id: 17,
      link_preview_options: { is_disabled: true },
      text: [
        'Page: Shoes',
        'Address: https://shop.test/p',
        'Site: Test shop',
        'E-mail: ann@mail.test',
        'Conversation: 7F3A',
        'https://relay.test/console#/c/01890000-0000-7000-8000-0000000000c1',
        '',
        'Ann: is it blue?',
        'Mia: it is',
        '',
        'secret words of the visitor',
      ].join('\n'),
    })
    expect(bold(params[1])).toEqual(['Page:', 'Address:', 'Site:', 'E-mail:', 'Conversation:'])
  })

  test('a long transcript and long words are two messages, each within the limit', async () => {
    const long = entryOf('b'.repeat(4_000), ROBO)
    const before = Array.from({ length: 60 }, (_, n) => entryOf(`${n} ${'a'.repeat(100)}`))
    const { calls, params, receipt } = open({ entry: long, before, omitted: 7 })
    expect((await receipt).externalIds).toHaveLength(2)
    expect(calls).toEqual(['createForumTopic', 'sendMessage', 'sendMessage'])
    const texts = params.slice(1).map(({ text }) => String(text))
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(4_096)
    expect(texts[0]).toMatch(/\(\d\d earlier messages are left out\)\nVisitor: \d/)
    expect(texts[0]).toContain('59 aaa')
    expect(texts[1]).toMatch(/^Robo \(bot\): b+$/)
    expect(bold(params[2])).toEqual(['Robo (bot):'])
  })

  test('when its first message is refused, the topic is taken back', async () => {
    const late = refusal(429, 'Too Many Requests: retry after 9', { retry_after: 9 })
    const { calls, params, receipt } = open({}, { sendMessage: [late] })
    const error = await failureOf(receipt)
    expect(error).toMatchObject({ failure: 'retry', retryAfter: 9_000 })
    expect(calls).toEqual(['createForumTopic', 'sendMessage', 'deleteForumTopic'])
    expect(params[2]).toEqual({ chat_id: GROUP, message_thread_id: 17 })
  })

  test('what may have arrived in it surely did not once it is taken back', async () => {
    expect((await failureOf(open({}, { sendMessage: [CUT] }).receipt)).failure).toBe('retry')
    const stays = { sendMessage: [CUT], deleteForumTopic: [CUT] }
    expect((await failureOf(open({}, stays).receipt)).failure).toBe('unknown')
  })

  test('a group that moved is followed', async () => {
    const moved = refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: -1_009_999_999_999,
    })
    const { params, receipt } = open({}, { createForumTopic: [moved] })
    expect(await receipt).toMatchObject({ thread: '-1009999999999/17' })
    expect(params.slice(1).map(({ chat_id }) => chat_id)).toEqual([
      -1_009_999_999_999, -1_009_999_999_999,
    ])
    const twice = open({}, { createForumTopic: [moved, moved] })
    const error = await failureOf(twice.receipt)
    expect(error.failure).toBe('needs-reauth')
    expect(error.message).toContain('-1009999999999')
  })

  test('without a group there is no desk', async () => {
    const { group: _, ...rest } = GIVEN
    const sent = telegram.send(opening(), settingsOf(rest), botApi().io)
    expect((await failureOf(sent)).failure).toBe('needs-reauth')
  })

  test('a status opens nothing', async () => {
    const { calls, receipt } = open({ entry: statusEntry('resolved') })
    expect(await receipt).toEqual({ externalIds: [] })
    expect(calls).toEqual([])
  })
})

describe('telegram: words in a topic', () => {
  test('the visitor’s stand alone, markup and all; gathered ones in one message', async () => {
    const more = [entryOf('*and* <b>this</b> // too')]
    const { params, receipt } = send({ thread: TOPIC, more })
    expect(await receipt).toEqual({ externalIds: [`${GROUP}:100`], thread: TOPIC })
    expect(params).toEqual([
      {
        chat_id: GROUP,
        message_thread_id: 17,
        text: 'secret words of the visitor\n*and* <b>this</b> // too',
        link_preview_options: { is_disabled: true },
      },
    ])
  })

  test('all others are named in bold, which no visitor can write', async () => {
    const fake = entryOf('Mia: it is free')
    const { params, receipt } = send({ thread: TOPIC, entry: fake, more: [entryOf('no', MIA)] })
    await receipt
    expect(params[0]).toMatchObject({ text: 'Visitor: Mia: it is free\nMia: no' })
    expect(bold(params[0])).toEqual(['Visitor:', 'Mia:'])
    const agent = send({ thread: TOPIC, entry: entryOf('hi', MIA) })
    await agent.receipt
    expect(bold(agent.params[0])).toEqual(['Mia:'])
  })

  test('what is no text is its fallback, cut at the limit and not within a character', async () => {
    const fallback = '👋'.repeat(2_100)
    const entry = { ...entryOf(''), body: { type: 'card', fallback } }
    const { params, receipt } = send({ thread: TOPIC, entry })
    await receipt
    const told = String(params[0]?.['text'])
    expect([told.length, told.isWellFormed(), told.at(-1)]).toEqual([4_095, true, '…'])
    const nothing = send({ thread: TOPIC, entry: { ...entry, body: { type: 'card' } } })
    expect(await nothing.receipt).toEqual({ externalIds: [], thread: TOPIC })
    expect(nothing.calls).toEqual([])
  })

  test('a closed topic is opened for them', async () => {
    const closed = refusal(400, 'Bad Request: TOPIC_CLOSED')
    const { calls, receipt } = send({ thread: TOPIC }, { sendMessage: [closed] })
    expect(await receipt).toMatchObject({ thread: TOPIC })
    expect(calls).toEqual(['sendMessage', 'reopenForumTopic', 'sendMessage'])
    const shut = send({ thread: TOPIC }, { sendMessage: [closed, closed] })
    expect((await failureOf(shut.receipt)).failure).toBe('thread-gone')
  })
})

describe('telegram: status of a topic', () => {
  test.each([
    ['resolved', 'closeForumTopic'],
    ['open', 'reopenForumTopic'],
  ] as const)('%s is %s', async (status, method) => {
    const { calls, params, receipt } = send({ thread: TOPIC, entry: statusEntry(status) })
    expect(await receipt).toEqual({ externalIds: [], thread: TOPIC })
    expect(calls).toEqual([method])
    expect(params[0]).toEqual({ chat_id: GROUP, message_thread_id: 17 })
  })

  test('what is so already is done, what may be done is done again', async () => {
    const entry = statusEntry('resolved')
    const same = refusal(400, 'Bad Request: TOPIC_NOT_MODIFIED')
    await send({ thread: TOPIC, entry }, { closeForumTopic: [same] }).receipt
    const cut = send({ thread: TOPIC, entry }, { closeForumTopic: [CUT] })
    expect((await failureOf(cut.receipt)).failure).toBe('retry')
  })

  test('that somebody joined is nothing to tell', async () => {
    const { calls, receipt } = send({ thread: TOPIC, entry: statusEntry('joined') })
    await receipt
    expect(calls).toEqual([])
  })
})

describe('telegram: a visitor’s own chat', () => {
  test('gets an agent’s words as they are, and a bot’s under its name', async () => {
    const { params, receipt } = send({ ...REACH, entry: entryOf('it is blue', MIA) })
    expect(await receipt).toEqual({ externalIds: [`${PERSON}:100`], thread: String(PERSON) })
    expect(params).toEqual([
      { chat_id: PERSON, text: 'it is blue', link_preview_options: { is_disabled: true } },
    ])
    const bot = send({ ...REACH, entry: entryOf('we are closed', ROBO) })
    await bot.receipt
    expect(bot.params[0]).toMatchObject({ text: 'Robo (bot): we are closed' })
  })

  test('is told nothing of statuses, and a topic is no such chat', async () => {
    const { calls, receipt } = send({ ...REACH, entry: statusEntry('resolved') })
    await receipt
    expect(calls).toEqual([])
    for (const thread of [TOPIC, 'x']) {
      expect((await failureOf(send({ role: 'reach', thread }).receipt)).failure).toBe(
        'bad-recipient',
      )
    }
    expect((await failureOf(send({ thread: String(PERSON) }).receipt)).failure).toBe('thread-gone')
  })
})

describe('telegram: what a failure means', () => {
  test.each<[number, string, SendFailure, SendFailure]>([
    [401, 'Unauthorized', 'needs-reauth', 'needs-reauth'],
    [404, 'Not Found', 'needs-reauth', 'needs-reauth'],
    [400, 'Bad Request: message thread not found', 'thread-gone', 'thread-gone'],
    [400, 'Bad Request: TOPIC_DELETED', 'thread-gone', 'thread-gone'],
    [400, 'Bad Request: chat not found', 'needs-reauth', 'bad-recipient'],
    [400, 'Bad Request: message is too long', 'too-large', 'too-large'],
    [400, 'Bad Request: message text is empty', 'bad-content', 'bad-content'],
    [400, 'Bad Request: not enough rights to send text messages', 'needs-reauth', 'needs-reauth'],
    [403, 'Forbidden: bot was kicked from the supergroup chat', 'needs-reauth', 'needs-reauth'],
    [403, 'Forbidden: bot was blocked by the user', 'bad-recipient', 'bad-recipient'],
    [403, 'Forbidden: user is deactivated', 'bad-recipient', 'bad-recipient'],
    [403, 'Forbidden: something new', 'needs-reauth', 'bad-recipient'],
    [400, 'Bad Request: secret words of the visitor', 'bad-content', 'bad-content'],
    [500, 'Internal Server Error', 'retry', 'retry'],
    [429, 'Too Many Requests: retry after 5', 'retry', 'retry'],
  ])('%i "%s" is %s at a desk, %s at a reach', async (code, said, desk, reach) => {
    for (const [changes, expected] of [
      [{ thread: TOPIC }, desk],
      [REACH, reach],
    ] as const) {
      const error = await failureOf(send(changes, { sendMessage: [refusal(code, said)] }).receipt)
      expect(error.failure).toBe(expected)
      expect(error.message).not.toContain('secret words')
      expect(error.message).not.toContain('token-of-the-test')
    }
  })

  test.each<[Response, SendFailure]>([
    [new Response('<html>bad gateway', { status: 502 }), 'unknown'],
    [new Response('<html>', { status: 200 }), 'unknown'],
    [new Response('{"ok":', { status: 200 }), 'unknown'],
    [new Response('', { status: 503 }), 'retry'],
    [new Response('', { status: 413 }), 'too-large'],
  ])('an answer that is not Telegram’s own (%#)', async (answer, expected) => {
    const { receipt } = send({ thread: TOPIC }, { sendMessage: [answer] })
    expect((await failureOf(receipt)).failure).toBe(expected)
  })

  test('the wait it asks for is kept, in its own field', async () => {
    const late = refusal(429, 'Too Many Requests: retry after 35', { retry_after: 35 })
    const { receipt } = send({ thread: TOPIC }, { sendMessage: [late] })
    expect((await failureOf(receipt)).retryAfter).toBe(35_000)
  })
})

describe('telegram: files', () => {
  const fetched = (path: unknown, answer: Response) => {
    const asked: string[] = []
    const io = ioOf(async (url) => {
      asked.push(url)
      if (url.endsWith('/getFile')) return Response.json({ ok: true, result: { file_path: path } })
      return answer
    })
    return { asked, got: telegram.media('BQ-1', SETTINGS, io) }
  }

  test('are asked for, then fetched', async () => {
    const file = new Response(new Uint8Array([1]), { headers: { 'content-type': 'image/jpeg' } })
    const { asked, got } = fetched('photos/file_7.jpg', file)
    expect(await got).toEqual({
      bytes: new Uint8Array([1]),
      type: 'image/jpeg',
      name: 'file_7.jpg',
    })
    expect(asked[1]).toBe(`https://api.telegram.org/file/bot${GIVEN.token}/photos/file_7.jpg`)
  })

  test('are bad content when they are gone or their path is odd, and too large when they are', async () => {
    for (const path of [undefined, '../x', '/etc/x', 'a/../b', 'a//b', 'x?y', '']) {
      const { asked, got } = fetched(path, new Response('x'))
      expect((await failureOf(got)).failure).toBe('bad-content')
      expect(asked).toHaveLength(1)
    }
    const gone = fetched('photos/x.jpg', new Response(null, { status: 404 }))
    expect((await failureOf(gone.got)).failure).toBe('bad-content')
    const api = botApi({ getFile: [refusal(400, 'Bad Request: file is too big')] })
    expect((await failureOf(telegram.media('BQ-1', SETTINGS, api.io))).failure).toBe('too-large')
  })
})

/** The bold pieces of a message's text. */
function bold(params: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const text = String(params?.['text'])
  const entities = (params?.['entities'] ?? []) as readonly { offset: number; length: number }[]
  return entities.map(({ offset, length }) => text.slice(offset, offset + length))
}
