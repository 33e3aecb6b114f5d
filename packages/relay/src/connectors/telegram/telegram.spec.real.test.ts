import { Api } from 'grammy'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startBotApiMock } from '../../../test/bot-api-mock.ts'
import type { BotApiMock } from '../../../test/bot-api-mock.ts'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { findSpec } from '../../../test/spec-mock.ts'
import {
  GIVEN,
  GROUP,
  NOW,
  PERSON,
  TOPIC,
  UPDATES,
  entryOf,
  failureOf,
  opening,
  settingsOf,
  statusEntry,
} from '../../../test/telegram-rig.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { telegram } from './index.ts'

/** Every call of the connector, and every recorded update, against Telegram's own description. */

const SPEC = findSpec('telegram-bot-api.json')
const MIA = { role: 'agent', id: 'm', name: 'Mia' } as const
const io: ConnectorIo = { fetch, signal: new AbortController().signal, now: NOW }

describe.runIf(SPEC.state === 'found')('telegram, by the description of its Bot API', () => {
  let mock: BotApiMock
  beforeAll(async () => {
    if (SPEC.state === 'found') mock = await startBotApiMock(SPEC.path, GIVEN.token)
  })
  beforeEach(() => mock.forget())
  afterAll(() => mock.close())

  const settings = () => settingsOf({ ...GIVEN, url: mock.url })
  const send = (changes: Partial<Outbound>) => telegram.send(outbound(changes), settings(), io)

  const expectAccepted = (...methods: readonly string[]): void => {
    expect(mock.calls.flatMap(({ faults }) => faults)).toEqual([])
    expect(mock.calls.map(({ method }) => method)).toEqual(methods)
  }

  test('a topic is opened, with a transcript and in two messages', async () => {
    const before = Array.from({ length: 60 }, (_, n) => entryOf(`${n} ${'a'.repeat(100)}`))
    const entry = entryOf('👋'.repeat(1_990))
    const page = { url: 'https://shop.test/p', title: 'S'.repeat(300) }
    const visitor = { id: 'v', name: 'A'.repeat(300) }
    await telegram.send(opening({ before, omitted: 3, entry, page, visitor }), settings(), io)
    expectAccepted('createForumTopic', 'sendMessage', 'sendMessage')
  })

  test('words go into a topic, gathered and named', async () => {
    await send({ thread: TOPIC, more: [entryOf('yes', MIA), entryOf('ok')] })
    expectAccepted('sendMessage')
    expect(mock.calls[0]?.params['entities']).toHaveLength(3)
  })

  test.each([
    ['resolved', 'closeForumTopic'],
    ['open', 'reopenForumTopic'],
  ] as const)('%s', async (status, method) => {
    await send({ thread: TOPIC, entry: statusEntry(status) })
    expectAccepted(method)
  })

  test('words go into a chat with one person', async () => {
    await send({ role: 'reach', thread: String(PERSON), entry: entryOf('it is blue', MIA) })
    expectAccepted('sendMessage')
  })

  test('a topic whose opening broke off is taken back', async () => {
    const broken: ConnectorIo = {
      ...io,
      fetch: async (url, init) => {
        if (url.endsWith('/sendMessage')) throw new TypeError('cut')
        return fetch(url, init)
      },
    }
    await failureOf(telegram.send(opening(), settings(), broken))
    expectAccepted('createForumTopic', 'deleteForumTopic')
  })

  test('the doctor, and a file', async () => {
    await telegram.doctor(settings(), io)
    await failureOf(telegram.media('BQ-1', settings(), io))
    expectAccepted('getMe', 'getChat', 'getChatMember', 'getWebhookInfo', 'getFile')
  })

  test('a library’s own calls are accepted, too', async () => {
    const api = new Api(GIVEN.token, { apiRoot: mock.url })
    await api.createForumTopic(GROUP, 'Ann')
    await api.sendMessage(GROUP, 'hello', {
      message_thread_id: 17,
      entities: [{ type: 'bold', offset: 0, length: 5 }],
      link_preview_options: { is_disabled: true },
    })
    await api.closeForumTopic(GROUP, 17)
    await api.getChatMember(GROUP, PERSON)
    expectAccepted('createForumTopic', 'sendMessage', 'closeForumTopic', 'getChatMember')
  })

  const TEXT = { chat_id: GROUP, text: 'x' }
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['sendMessage', { chat_id: GROUP }, /text is needed/],
    ['sendMessage', { text: 'x' }, /chat_id is needed/],
    ['sendMessage', { ...TEXT, text: '' }, /0 characters/],
    ['sendMessage', { ...TEXT, text: 'x'.repeat(4_097) }, /4097 characters/],
    ['sendMessage', { ...TEXT, message_thread_id: '17' }, /message_thread_id is no Integer/],
    ['sendMessage', { ...TEXT, entities: [{ type: 'bold', offset: 0 }] }, /length is needed/],
    ['sendMessage', { ...TEXT, link_preview_options: true }, /is no LinkPreviewOptions/],
    ['sendMessage', { ...TEXT, link_preview_options: { disabled: true } }, /disabled is not known/],
    ['sendMessage', { ...TEXT, thread: 17 }, /thread is not known/],
    ['createForumTopic', { chat_id: GROUP }, /name is needed/],
    ['createForumTopic', { chat_id: GROUP, name: 'x'.repeat(129) }, /129 characters/],
    ['closeForumTopic', { chat_id: GROUP }, /message_thread_id is needed/],
    ['reopenForumTopic', { message_thread_id: 17 }, /chat_id is needed/],
    ['deleteForumTopic', { chat_id: GROUP }, /message_thread_id is needed/],
    ['getFile', {}, /file_id is needed/],
    ['getFile', { file_id: 7 }, /file_id is no String/],
    ['getChat', {}, /chat_id is needed/],
    ['getChatMember', { chat_id: GROUP }, /user_id is needed/],
    ['getMe', { chat_id: GROUP }, /chat_id is not known/],
    ['getWebhookInfo', { url: 'x' }, /url is not known/],
    ['sendMessages', TEXT, /no method/],
  ])('refused: %s %j', async (method, params, reason) => {
    const response = await fetch(`${mock.url}/bot${GIVEN.token}/${method}`, {
      method: 'POST',
      body: JSON.stringify(params),
    })
    expect(response.ok).toBe(false)
    expect(mock.calls[0]?.faults.join()).toMatch(reason)
  })

  test('refused: another token', async () => {
    const other = settingsOf({ ...GIVEN, url: mock.url, token: `1234:${'x'.repeat(30)}` })
    const error = await failureOf(telegram.send(outbound({ thread: TOPIC }), other, io))
    expect(error.failure).toBe('needs-reauth')
  })

  test('recorded updates are what Telegram says it sends; a changed one is not', () => {
    for (const [name, update] of Object.entries(UPDATES)) {
      expect(mock.faultsOf('Update', update), name).toEqual([])
    }
    const { message } = UPDATES['answer'] ?? {}
    const { date: _, ...undated } = message as Record<string, unknown>
    expect(mock.faultsOf('Update', { update_id: 1, message: undated })).toEqual([
      'Update.message.date is needed',
    ])
    expect(mock.faultsOf('Update', { update_id: '1' })).toEqual(['Update.update_id is no Integer'])
  })
})
