import { ABSENT } from '../absent.ts'
import type { Connector, Field, Invite, Parsed } from '../connector.ts'
import type { SettingsReader } from '../settings.ts'
import { readSettings } from '../settings.ts'
import { linkWith } from '../whatsapp/link.ts'
import { channelOf, numberOf, parseAddress } from './address.ts'
import { doctor } from './doctor.ts'
import { media } from './media.ts'
import { parse } from './parse.ts'
import { notice, send, wake } from './send.ts'
import type { ApiKey, Sender, Template, TwilioSettings } from './types.ts'
import { verify } from './verify.ts'

const API = 'https://api.twilio.com'
/** How long after a person's last message WhatsApp takes free text, ms. SMS has no such window. */
const WHATSAPP_WINDOW_MS = 24 * 60 * 60_000
/** Twilio takes 1600; the rest is for a bot's name or a tag in front. */
const MAX_TEXT = 1_500

const FIELDS: readonly Field[] = [
  {
    name: 'accountSid',
    label: 'Account SID',
    help: 'On the first page of the Twilio Console, AC and 32 digits.',
    kind: 'text',
    required: true,
  },
  {
    name: 'authToken',
    label: 'Auth token',
    help: 'Beside the account SID. It signs the webhooks, so it is needed with an API key, too.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'sender',
    label: 'Sender',
    help: 'Your number as +15550001111, whatsapp:+15550001111, or a messaging service (MG…).',
    kind: 'text',
    required: true,
  },
  {
    name: 'webhook',
    label: 'Address of this webhook',
    help: 'As you type it in at Twilio, to the letter: it is part of the signature.',
    kind: 'url',
    required: true,
  },
  {
    name: 'merchant',
    label: 'Your own phone',
    help: 'The phone that answers, as +49 170 1234567; visitors’ lines come there.',
    kind: 'text',
    required: false,
  },
  {
    name: 'keySid',
    label: 'API key',
    help: 'SK…, for calls in place of the auth token.',
    kind: 'text',
    required: false,
  },
  {
    name: 'keySecret',
    label: 'Secret of the API key',
    help: 'Shown once, when the key is made.',
    kind: 'secret',
    required: false,
  },
  {
    name: 'contentSid',
    label: 'Content template',
    help: 'HX…, approved for WhatsApp; sent when 24 hours have passed since the person wrote.',
    kind: 'text',
    required: false,
  },
  {
    name: 'contentValues',
    label: 'Values of the template',
    help: 'For {{1}}, {{2}} and so on, one per line; {site}, {tag} and {visitor} are filled in.',
    kind: 'texts',
    required: false,
  },
  { name: 'url', label: 'API', help: `${API} when empty.`, kind: 'url', required: false },
]

/** Twilio's Programmable Messaging: SMS and WhatsApp, of visitors and of the merchant. */
export const twilio: Connector<TwilioSettings> = {
  ...ABSENT,
  name: 'twilio',
  capabilities: {
    roles: ['desk', 'reach'],
    line: true,
    takes: ['visitor'],
    webhooks: true,
    idempotent: false,
    reconcile: false,
    locate: false,
    echoes: false,
    pollEveryMs: 0,
    maxText: MAX_TEXT,
    textUnit: 'utf16',
    receipts: true,
    // Of SMS; `configure` says otherwise for WhatsApp.
    windowMs: 0,
    gatherMs: 0,
    silentAnswers: true,
  },
  fields: FIELDS,
  configure,
  verify,
  parse,
  send,
  wake,
  notice,
  media,
  invite: ({ sender }) => (sender.kind === 'number' ? inviteTo(sender) : undefined),
  doctor,
}

function inviteTo({ number, channel }: Extract<Sender, { readonly kind: 'number' }>): Invite {
  return channel === 'whatsapp'
    ? { app: 'WhatsApp', binds: true, link: ({ code }) => linkWith(number.slice(1), code) }
    : // What stands between the two signs is for iPhones, which want the one where others want the other.
      { app: 'SMS', binds: true, link: ({ code }) => `sms:${number}?&body=${code}` }
}

function configure(input: unknown): Parsed<TwilioSettings> {
  const read = readSettings(input)
  const base = read.url('url', { fallback: API }).replace(/\/+$/, '')
  const accountSid = read.text('accountSid', { hint: 'the account SID (AC…) is needed' })
  if (accountSid !== '' && !isSid('AC', accountSid)) {
    read.problem('accountSid', 'AC and 32 digits of 0-9 and a-f are needed')
  }
  const authToken = read.text('authToken', { hint: 'the auth token is needed' })
  const sender = readSender(read)
  const channel = sender.kind === 'number' ? sender.channel : 'sms'
  const typed = read.optional('merchant')
  const merchant = typed === undefined ? undefined : parseAddress(typed, channel)
  if (typed !== undefined && merchant === undefined) {
    read.problem('merchant', 'a number with its country is needed, as +49 170 1234567')
  }
  const webhook = read.url('webhook')
  if (/[?#]/.test(webhook)) read.problem('webhook', 'leave out what begins with "?" or "#"')
  const parsed = read.done<TwilioSettings>({
    base,
    accountSid,
    authToken,
    key: readKey(read),
    sender,
    webhook,
    merchant,
    template: readTemplate(read),
  })
  if (!parsed.ok || channel !== 'whatsapp') return parsed
  return { ...parsed, capabilities: { windowMs: WHATSAPP_WINDOW_MS } }
}

function readSender(read: SettingsReader): Sender {
  const text = read.text('sender', { hint: 'a number or a messaging service (MG…) is needed' })
  if (isSid('MG', text)) return { kind: 'service', sid: text }
  const address = parseAddress(text)
  if (address === undefined) {
    if (text !== '') read.problem('sender', '+15550001111, whatsapp:+15550001111 or MG… is needed')
    return { kind: 'service', sid: '' }
  }
  return { kind: 'number', number: numberOf(address), channel: channelOf(address) }
}

function readKey(read: SettingsReader): ApiKey | undefined {
  const sid = read.optional('keySid')
  const secret = read.optional('keySecret')
  if (sid === undefined && secret === undefined) return undefined
  if (sid === undefined || !isSid('SK', sid)) read.problem('keySid', 'SK and 32 digits are needed')
  if (secret === undefined) read.problem('keySecret', 'the secret of the key is needed, too')
  return { sid: sid ?? '', secret: secret ?? '' }
}

function readTemplate(read: SettingsReader): Template | undefined {
  const sid = read.optional('contentSid')
  const values = read.texts('contentValues')
  if (sid === undefined) {
    if (values.length > 0) read.problem('contentSid', 'the template of these values is needed')
    return undefined
  }
  if (!isSid('HX', sid)) read.problem('contentSid', 'HX and 32 digits of 0-9 and a-f are needed')
  return { sid, values }
}

function isSid(kind: string, text: string): boolean {
  return text.startsWith(kind) && /^[0-9a-f]{32}$/i.test(text.slice(kind.length))
}
