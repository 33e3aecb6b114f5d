import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { isRecord } from '../settings.ts'
import type { BotApi } from './api.ts'
import { createBotApi } from './api.ts'
import type { TelegramSettings } from './types.ts'

type Fields = Readonly<Record<string, unknown>>

/** Asks Telegram itself, in the order in which things are set up. */
export async function doctor(
  settings: TelegramSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const api = createBotApi(settings, io)
  const { findings, check } = inspect()

  let me: Fields = {}
  const reached = await check(async () => {
    me = await ask(api, 'getMe')
    return ok(`Telegram takes the token, as @${String(me['username'])}.`)
  }, 'Check token: BotFather tells it with /token.')
  if (!reached) return findings

  const { group } = settings
  if (group === undefined) {
    findings.push(ok("No group is set: the bot serves visitors' own chats, and is no desk."))
  } else {
    await check(
      async () => groupFindings(await ask(api, 'getChat', { chat_id: group })),
      'Check group: add the bot there, and take the id from a message’s link, with -100 before it.',
    )
    await check(async () => {
      const params = { chat_id: group, user_id: settings.bot }
      return rightsFindings(await ask(api, 'getChatMember', params))
    }, 'Make the bot an administrator of the group, with the right to manage topics.')
  }
  await check(
    async () => webhookFindings(await ask(api, 'getWebhookInfo'), io.now),
    'Telegram does not tell about the webhook.',
  )
  return findings
}

function groupFindings(chat: Fields): Finding {
  return chat['is_forum'] === true
    ? ok('The group has topics.')
    : problem('The group has no topics: switch them on under Edit, Topics.')
}

function rightsFindings(member: Fields): readonly Finding[] {
  if (member['status'] !== 'administrator') {
    return [problem('Make the bot an administrator of the group, or it sees no answers.')]
  }
  const findings: Finding[] = []
  if (member['can_manage_topics'] !== true) {
    findings.push(problem('Give the bot the right to manage topics, or none can be opened.'))
  }
  if (member['can_delete_messages'] !== true) {
    findings.push(
      problem(
        'Give the bot the right to delete messages, or a topic whose opening broke off stays there.',
      ),
    )
  }
  return findings.length > 0 ? findings : [ok('The bot may open, close and delete topics.')]
}

/** Telegram tells the last failure for ever; one older than this may be mended, ms. */
const RECENT_MS = 3_600_000

function webhookFindings(info: Fields, now: number): Finding {
  const { url, last_error_message: error, last_error_date: date, allowed_updates: kinds } = info
  if (typeof url !== 'string' || url === '') {
    return problem('No webhook is set: call setWebhook with this connector’s address and secret.')
  }
  if (typeof error === 'string' && typeof date === 'number' && now - date * 1000 < RECENT_MS) {
    return problem(`Telegram could not deliver to the webhook: ${error.slice(0, 200)}.`)
  }
  const told = Array.isArray(kinds) ? (kinds as readonly unknown[]) : []
  if (told.length > 0 && !told.includes('message')) {
    return problem('The webhook is set without "message" among allowed_updates.')
  }
  if (told.length > 0 && !told.includes('my_chat_member')) {
    return problem('Add "my_chat_member" to allowed_updates, or nobody learns who blocks the bot.')
  }
  return ok(`Webhooks go to ${url}; compare it with this connector’s address.`)
}

async function ask(api: BotApi, method: string, params?: Fields): Promise<Fields> {
  const result = await api.call(method, params)
  return isRecord(result) ? result : {}
}

function ok(message: string): Finding {
  return { level: 'ok', message }
}

function problem(message: string): Finding {
  return { level: 'problem', message }
}
