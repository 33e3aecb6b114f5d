import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { download } from '../download.ts'
import { readSettings } from '../settings.ts'
import { doctor } from './doctor.ts'
import { locate, reconcile } from './find.ts'
import { parse } from './parse.ts'
import { poll } from './poll.ts'
import { send } from './send.ts'
import type { ZendeskSupportSettings } from './types.ts'
import { verify } from './verify.ts'

/** The export of changes is a minute behind, and may be asked ten times a minute. */
const POLL_EVERY_MS = 60_000
/** Zendesk takes 30 changes of a ticket by one user in ten minutes; a lively visitor writes more. */
const GATHER_MS = 10_000
/** Bytes. Zendesk cuts at 64 kB without a word; the rest is for what was said before. */
const MAX_TEXT = 16_000

const FIELDS: readonly Field[] = [
  {
    name: 'url',
    label: 'Address of Zendesk',
    help: 'The address agents open in their browser, e.g. https://example.zendesk.com.',
    kind: 'url',
    required: true,
  },
  {
    name: 'email',
    label: "Agent's e-mail address",
    help: "Whose API token it is, an administrator's. Leave it empty with an OAuth access token.",
    kind: 'text',
    required: false,
  },
  {
    name: 'token',
    label: 'API token',
    help: 'Admin Center, Apps and integrations, APIs, Zendesk API, Add API token.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'signingSecrets',
    label: 'Signing secret',
    help: "On the webhook's page: Admin Center, Apps and integrations, Webhooks, Reveal secret.",
    kind: 'secret',
    required: true,
  },
  {
    name: 'visitorEmail',
    label: 'Use real addresses',
    help: 'Zendesk then also mails its answers to visitors whose address is known.',
    kind: 'flag',
    required: false,
  },
]

/** Zendesk Support: a conversation is a ticket. */
export const zendeskSupport: Connector<ZendeskSupportSettings> = {
  ...ABSENT,
  name: 'zendesk-support',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    // Only the opening of a ticket is.
    idempotent: false,
    reconcile: true,
    locate: true,
    echoes: false,
    pollEveryMs: POLL_EVERY_MS,
    maxText: MAX_TEXT,
    textUnit: 'bytes',
    receipts: false,
    windowMs: 0,
    gatherMs: GATHER_MS,
  },
  fields: FIELDS,
  configure,
  verify,
  parse,
  send,
  reconcile,
  locate,
  poll,
  media: (reference, settings, io) =>
    download(
      reference,
      {
        farSide: 'Zendesk',
        credentials: {
          origin: new URL(settings.base).origin,
          headers: { authorization: settings.authorization },
        },
      },
      io,
    ),
  doctor,
}

function configure(input: unknown): Parsed<ZendeskSupportSettings> {
  const read = readSettings(input)
  const base = read.url('url').replace(/\/+$/, '')
  const email = read.text('email', {
    fallback: '',
    hint: 'an e-mail address is needed, or nothing',
  })
  const token = read.text('token', { hint: 'an API token is needed, or an OAuth access token' })
  const signingSecrets = read.texts('signingSecrets')
  if (signingSecrets.length === 0) {
    read.problem('signingSecrets', "the signing secret of Zendesk's webhook is needed")
  }
  if (email !== '' && !/^[^\s@:/]+@[^\s@:/]+$/.test(email)) {
    read.problem('email', "the e-mail address of the token's agent is needed, without /token")
  }
  const visitorEmail = read.flag('visitorEmail', false)
  const parsed = read.done({
    base,
    authorization:
      email === ''
        ? `Bearer ${token}`
        : `Basic ${Buffer.from(`${email}/token:${token}`).toString('base64')}`,
    signingSecrets,
    visitorEmail,
  })
  // With an address a requester can also write by mail, so that not every comment is ours.
  return parsed.ok ? { ...parsed, capabilities: { echoes: visitorEmail } } : parsed
}
