import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { readSettings } from '../settings.ts'
import { doctor } from './doctor.ts'
import { media } from './media.ts'
import { parse } from './parse.ts'
import { send } from './send.ts'
import type { TelegramSettings } from './types.ts'
import { verify } from './verify.ts'

const BOT_API = 'https://api.telegram.org'
/** Telegram takes twenty messages a minute in a group, and all conversations share one, ms. */
const GATHER_MS = 3_000
/** Shorter secrets can be tried out. */
const MIN_SECRET_LENGTH = 16

const FIELDS: readonly Field[] = [
  {
    name: 'token',
    label: 'Bot token',
    help: 'From @BotFather: /newbot, or /token for one that is there.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'webhookSecret',
    label: 'Webhook secret',
    help: 'Your own: 16 to 256 of letters, digits, "_" and "-". Give the same to setWebhook.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'group',
    label: 'Group',
    help: 'As a desk: the id of the group with topics, "-100…".',
    kind: 'text',
    required: false,
  },
  {
    name: 'username',
    label: 'Name of the bot',
    help: 'As in t.me/…, ending in “bot”. With it visitors are offered to go on in Telegram.',
    kind: 'text',
    required: false,
  },
  {
    name: 'url',
    label: 'Address of the Bot API',
    help: `Only for a Bot API server of your own; "${BOT_API}" when empty.`,
    kind: 'url',
    required: false,
  },
]

/** Telegram: a conversation is a topic of a group, or a visitor's own chat with the bot. */
export const telegram: Connector<TelegramSettings> = {
  ...ABSENT,
  name: 'telegram',
  capabilities: {
    roles: ['desk', 'reach'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: false,
    // Bots cannot read what they wrote.
    reconcile: false,
    locate: false,
    // Nor are they told of it.
    echoes: false,
    pollEveryMs: 0,
    // Below Telegram's 4,096, for the name in front.
    maxText: 4_000,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    gatherMs: GATHER_MS,
  },
  fields: FIELDS,
  configure,
  verify,
  parse,
  send,
  media,
  invite: ({ username }) =>
    username === undefined
      ? undefined
      : {
          app: 'Telegram',
          binds: true,
          link: ({ code }) => `https://t.me/${username}?start=${code}`,
        },
  doctor,
}

function configure(input: unknown): Parsed<TelegramSettings> {
  const read = readSettings(input)
  const token = read.text('token', { hint: 'the token from @BotFather is needed' })
  const bot = /^(\d{3,15}):[\w-]{20,100}$/.exec(token)?.[1]
  if (token !== '' && bot === undefined) {
    read.problem('token', 'this is no token: it has a number, a colon and letters')
  }
  const secret = read.text('webhookSecret', { hint: 'a secret of your own is needed' })
  if (secret !== '' && (secret.length < MIN_SECRET_LENGTH || !/^[\w-]{1,256}$/.test(secret))) {
    read.problem(
      'webhookSecret',
      `${MIN_SECRET_LENGTH} to 256 of letters, digits, "_" and "-" are needed`,
    )
  }
  const group = read.text('group', { fallback: '' })
  if (group !== '' && !/^-\d{5,16}$/.test(group)) {
    read.problem('group', 'the id of a group is needed ("-100…"), not its name or link')
  }
  const username = read.text('username', { fallback: '' }).replace(/^@/, '')
  if (username !== '' && !/^\w{5,32}$/.test(username)) {
    read.problem('username', 'the name of the bot is needed, as in t.me/lamps_bot')
  }
  const api = read.url('url', { fallback: BOT_API }).replace(/\/+$/, '')
  return read.done({
    api,
    token,
    bot: Number(bot),
    secret,
    ...(group === '' ? {} : { group: Number(group) }),
    ...(username === '' ? {} : { username }),
  })
}
