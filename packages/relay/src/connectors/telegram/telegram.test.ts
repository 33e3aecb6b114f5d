import { Bot, webhookCallback } from 'grammy'
import { describe, expect, test } from 'vitest'
import { connectorContract } from '../../../test/contracts/connector-contract.ts'
import {
  GIVEN,
  PERSON,
  SETTINGS,
  TOPIC,
  UPDATES,
  hook,
  ioOf,
  settingsOf,
} from '../../../test/telegram-rig.ts'
import { telegram } from './index.ts'

connectorContract({
  connector: telegram,
  settings: (url) => ({ ...GIVEN, url }),
  required: ['token', 'webhookSecret'],
  wrong: {
    token: 'a token',
    webhookSecret: 'short',
    group: '@shop',
    username: 'a bot',
    url: 'ftp://x',
  },
  sign: (body) => hook(body),
  signature: { headers: ['x-telegram-bot-api-secret-token'], stamped: false, covers: false },
  message: JSON.stringify(UPDATES['answer']),
  echo: JSON.stringify(UPDATES['own']),
  unknown: JSON.stringify({ update_id: 1, edited_message: UPDATES['answer']?.['message'] }),
  thread: TOPIC,
  healthy: ({ path }) => ({
    status: 200,
    body: JSON.stringify({ ok: true, result: healthy(path) }),
  }),
  // There is no field for a key: the words stand for it.
  keyOf: ({ path, body }) => {
    const { text } = JSON.parse(body) as { text?: string }
    return path.endsWith('/sendMessage') && text === 'secret words of the visitor'
      ? '01890000-0000-7000-8000-0000000000d9'
      : undefined
  },
  // A 500 without Telegram's own words may have come after it wrote.
  failures: { 500: 'unknown', 502: 'unknown' },
})

describe('telegram: the secret, with the official-style library as the judge', () => {
  test.each([
    ['the right one', GIVEN.webhookSecret, true],
    ['another one', 'a-secret_of-the-tesT', false],
    ['a longer one', `${GIVEN.webhookSecret}x`, false],
    ['an empty one', '', false],
  ])('%s', async (_, secret, taken) => {
    const request = hook('{"update_id":1}', secret)
    expect(telegram.verify(request, SETTINGS, 0).ok).toBe(taken)
    expect(await grammy(request.headers)).toBe(taken ? 200 : 401)
  })

  test('none at all', async () => {
    expect(telegram.verify({ ...hook('{}'), headers: {} }, SETTINGS, 0)).toMatchObject({
      ok: false,
      status: 401,
    })
    expect(await grammy({})).toBe(401)
  })
})

describe('telegram: settings', () => {
  test('the group is needed by a desk alone', () => {
    const { group: _, ...rest } = GIVEN
    expect(settingsOf(rest)).not.toHaveProperty('group')
    expect(settingsOf(GIVEN)).toMatchObject({ group: -1_001_234_567_890, bot: 7_000_000_001 })
  })
})

describe('telegram: the doctor', () => {
  const told = async (answers: Record<string, unknown>, settings = SETTINGS) => {
    const io = ioOf(async (url) => {
      const method = url.slice(url.lastIndexOf('/') + 1)
      return Response.json({ ok: true, result: answers[method] ?? healthy(url) })
    })
    const findings = await telegram.doctor(settings, io)
    return findings.filter(({ level }) => level === 'problem').map(({ message }) => message)
  }

  test('has nothing to say against a bot that is set up well', async () => {
    expect(await told({})).toEqual([])
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no topics', { getChat: { is_forum: false } }, /switch them on/],
    ['no administrator', { getChatMember: { status: 'member' } }, /administrator/],
    [
      'no right to topics',
      { getChatMember: { status: 'administrator', can_delete_messages: true } },
      /manage topics/,
    ],
    [
      'no right to delete',
      { getChatMember: { status: 'administrator', can_manage_topics: true } },
      /delete messages/,
    ],
    ['no webhook', { getWebhookInfo: { url: '' } }, /setWebhook/],
    [
      'a webhook that fails',
      {
        getWebhookInfo: {
          url: 'https://x',
          last_error_date: 1_790_000_000 - 60,
          last_error_message: 'Wrong response from the webhook: 401 Unauthorized',
        },
      },
      /401 Unauthorized/,
    ],
    [
      'a webhook without messages',
      { getWebhookInfo: { url: 'https://x', allowed_updates: ['poll'] } },
      /allowed_updates/,
    ],
    [
      'a webhook without members',
      { getWebhookInfo: { url: 'https://x', allowed_updates: ['message'] } },
      /my_chat_member/,
    ],
  ])('%s is one problem, with what to do', async (_, answers, sentence) => {
    const problems = await told(answers)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(sentence)
  })

  test('a failure of long ago is no problem, and without a group the group is not asked for', async () => {
    const old = { url: 'https://x', last_error_date: 1_789_000_000, last_error_message: 'x' }
    expect(await told({ getWebhookInfo: old })).toEqual([])
    const { group: _, ...rest } = GIVEN
    expect(await told({ getChat: { is_forum: false } }, settingsOf(rest))).toEqual([])
  })
})

function healthy(path: string): unknown {
  if (path.endsWith('/getMe'))
    return { id: 7_000_000_001, is_bot: true, username: 'shop_homing_bot' }
  if (path.endsWith('/getChat')) return { is_forum: true }
  if (path.endsWith('/getChatMember')) {
    return { status: 'administrator', can_manage_topics: true, can_delete_messages: true }
  }
  if (path.endsWith('/getWebhookInfo')) return { url: 'https://relay.test/v1/hooks/telegram' }
  if (path.endsWith('/sendMessage')) return { message_id: 50 }
  return true
}

/** What the library answers to a webhook with these headers. */
async function grammy(headers: Readonly<Record<string, string>>): Promise<number> {
  const bot = new Bot(GIVEN.token, {
    botInfo: {
      id: 7_000_000_001,
      is_bot: true,
      first_name: 'Homing',
      username: 'shop_homing_bot',
    } as never,
  })
  const handle = webhookCallback(bot, 'std/http', { secretToken: GIVEN.webhookSecret })
  const request = new Request('https://relay.test/v1/hooks/telegram', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ update_id: PERSON }),
  })
  return (await handle(request)).status
}
