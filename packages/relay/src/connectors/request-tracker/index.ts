import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { readSettings } from '../settings.ts'
import { parseSecret } from '../standard-webhooks.ts'
import { doctor } from './doctor.ts'
import { locate, reconcile } from './find.ts'
import { parse } from './parse.ts'
import { poll } from './poll.ts'
import { send } from './send.ts'
import type { RequestTrackerSettings } from './types.ts'
import { verify } from './verify.ts'

/** How often RT is asked what happened, ms: within the time people wait for an answer. */
const POLL_EVERY_MS = 2_500
/** Shorter secrets can be guessed from one signed message. */
const MIN_SECRET_LENGTH = 12
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/
/** RT keeps 160 characters of a Message-ID; ids take 100 of them. */
const MAX_DOMAIN_LENGTH = 60

const FIELDS: readonly Field[] = [
  {
    name: 'url',
    label: 'Address of RT',
    help: 'The address agents open in their browser.',
    kind: 'url',
    required: true,
  },
  {
    name: 'token',
    label: 'Auth token',
    help: 'Logged in as the relay: Settings, Auth Tokens, Create.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'queue',
    label: 'Queue',
    help: 'New conversations become tickets here; "General" when empty.',
    kind: 'text',
    required: false,
  },
  {
    name: 'rtname',
    label: '$rtname',
    help: 'As in RT_SiteConfig.pm: the word before the number in subjects.',
    kind: 'text',
    required: true,
  },
  {
    name: 'visitorDomain',
    label: "Domain of visitors' addresses",
    help: 'A domain of yours that takes no mail, e.g. visitors.example.com.',
    kind: 'text',
    required: true,
  },
  {
    name: 'visitorEmail',
    label: 'Use real addresses',
    help: 'RT then also mails its answers to visitors whose address is known.',
    kind: 'flag',
    required: false,
  },
  {
    name: 'webhookSecrets',
    label: 'Secret of the scrip',
    help: 'As written in the scrip that posts to the relay.',
    kind: 'secret',
    required: true,
  },
]

/** Request Tracker 5: a conversation is a ticket. */
export const requestTracker: Connector<RequestTrackerSettings> = {
  ...ABSENT,
  name: 'request-tracker',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: false,
    reconcile: true,
    locate: true,
    echoes: true,
    pollEveryMs: POLL_EVERY_MS,
    maxText: 100_000,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    gatherMs: 0,
  },
  fields: FIELDS,
  configure,
  verify,
  parse,
  send,
  reconcile,
  locate,
  poll,
  doctor,
}

function configure(input: unknown): Parsed<RequestTrackerSettings> {
  const read = readSettings(input)
  const base = read.url('url').replace(/\/+$/, '')
  const token = read.text('token', { hint: 'an RT auth token ("1-14-…") is needed' })
  const queue = read.text('queue', { fallback: 'General' })
  const rtname = read.text('rtname', { hint: 'the $rtname of RT_SiteConfig.pm is needed' })
  const visitorDomain = read
    .text('visitorDomain', { hint: "a domain for the visitors' addresses is needed" })
    .toLowerCase()
  if (visitorDomain !== '') {
    if (!DOMAIN.test(visitorDomain) || visitorDomain.length > MAX_DOMAIN_LENGTH) {
      read.problem('visitorDomain', 'a domain such as visitors.example.com is needed')
    }
  }
  const secrets = read.texts('webhookSecrets')
  if (secrets.length === 0) read.problem('webhookSecrets', 'the secret of the scrip is needed')
  const webhookKeys: Uint8Array[] = []
  for (const [index, secret] of secrets.entries()) {
    const key = keyOf(secret)
    if (typeof key === 'string') read.problem(`webhookSecrets[${index}]`, key)
    else webhookKeys.push(key)
  }
  return read.done({
    base,
    token,
    queue,
    rtname,
    visitorDomain,
    visitorEmail: read.flag('visitorEmail', false),
    webhookKeys,
  })
}

/** A scrip has the secret as it stands; a "whsec_…" is taken as Standard Webhooks means it. */
function keyOf(secret: string): Uint8Array | string {
  if (secret.startsWith('whsec_')) {
    const key = parseSecret(secret)
    return typeof key === 'string' ? `this is ${key}` : key
  }
  if (secret.length < MIN_SECRET_LENGTH)
    return `at least ${MIN_SECRET_LENGTH} characters are needed`
  return new TextEncoder().encode(secret)
}
