import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { readSettings } from '../settings.ts'
import type { SettingsReader } from '../settings.ts'
import { doctor } from './doctor.ts'
import { reconcile } from './find.ts'
import { media } from './media.ts'
import { parse } from './parse.ts'
import { poll } from './poll.ts'
import { send } from './send.ts'
import { tell } from './tell.ts'
import type { ChatwootSettings } from './types.ts'
import { verify } from './verify.ts'

/** How often Chatwoot is asked what happened, ms. Webhooks are quicker; this is for the lost ones. */
const POLL_EVERY_MS = 15_000
/** Chatwoot takes 150 000 characters; nobody reads that many at a desk. */
const MAX_TEXT = 20_000
/** Shorter ones can be guessed. */
const MIN_TOKEN_LENGTH = 16

const FIELDS: readonly Field[] = [
  {
    name: 'url',
    label: 'Address of Chatwoot',
    help: 'The address agents open in their browser, e.g. https://app.chatwoot.com.',
    kind: 'url',
    required: true,
  },
  {
    name: 'account',
    label: 'Account',
    help: 'The number after /accounts/ in the addresses of Chatwoot.',
    kind: 'text',
    required: true,
  },
  {
    name: 'inbox',
    label: 'Inbox',
    help: "The number at the end of the address of the API inbox's settings.",
    kind: 'text',
    required: true,
  },
  {
    name: 'inboxIdentifier',
    label: 'Inbox identifier',
    help: 'At the inbox, under Configuration.',
    kind: 'text',
    required: true,
  },
  {
    name: 'token',
    label: 'Access token',
    help: 'Of an administrator, under Profile Settings at the bottom.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'webhookSecrets',
    label: 'Secret of the webhook',
    help: 'From Chatwoot 4.13 on: at the inbox, under Configuration.',
    kind: 'secret',
    required: false,
  },
  {
    name: 'webhookToken',
    label: "Token in the webhook's address",
    help: 'For older ones: any random text, put behind ?token= in the address.',
    kind: 'secret',
    required: false,
  },
  {
    name: 'identityKey',
    label: 'HMAC token',
    help: 'Where the inbox wants signed identities: under Configuration.',
    kind: 'secret',
    required: false,
  },
  {
    name: 'visitorEmail',
    label: 'Know visitors by their address',
    help: 'Only where the site signs its visitors: Chatwoot joins contacts of one address.',
    kind: 'flag',
    required: false,
  },
]

/** Chatwoot: a conversation here is one there, in an inbox of its own kind. */
export const chatwoot: Connector<ChatwootSettings> = {
  ...ABSENT,
  name: 'chatwoot',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: false,
    reconcile: true,
    locate: false,
    // Ours carry their key in the payload.
    echoes: false,
    pollEveryMs: POLL_EVERY_MS,
    maxText: MAX_TEXT,
    textUnit: 'utf16',
    receipts: false,
    tells: ['typing', 'read'],
    windowMs: 0,
    gatherMs: 0,
  },
  fields: FIELDS,
  configure,
  verify,
  parse,
  send,
  reconcile,
  tell,
  poll,
  media,
  doctor,
}

function configure(input: unknown): Parsed<ChatwootSettings> {
  const read = readSettings(input)
  const webhookSecrets = read.texts('webhookSecrets')
  const webhookToken = read.text('webhookToken', { fallback: '' })
  if (webhookSecrets.length === 0 && webhookToken === '') {
    read.problem('webhookSecrets', "the webhook's secret is needed, or else a webhookToken")
  }
  if (webhookToken !== '' && webhookToken.length < MIN_TOKEN_LENGTH) {
    read.problem('webhookToken', `at least ${MIN_TOKEN_LENGTH} characters are needed`)
  }
  return read.done({
    base: read.url('url').replace(/\/+$/, ''),
    account: number(read, 'account'),
    inbox: number(read, 'inbox'),
    inboxIdentifier: read.text('inboxIdentifier', { hint: 'the inbox identifier is needed' }),
    token: read.text('token', { hint: 'an access token is needed' }),
    webhookSecrets,
    webhookToken,
    identityKey: read.text('identityKey', { fallback: '' }),
    visitorEmail: read.flag('visitorEmail', false),
  })
}

function number(read: SettingsReader, field: string): number {
  const hint = 'its number, as in the addresses of Chatwoot, is needed'
  const text = read.text(field, { hint })
  if (text === '' || /^[1-9]\d{0,14}$/.test(text)) return Number(text)
  read.problem(field, hint)
  return 0
}
