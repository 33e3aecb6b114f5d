import type { Connector, Parsed } from '../connector.ts'
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

/** Request Tracker 5: a conversation is a ticket. */
export const requestTracker: Connector<RequestTrackerSettings> = {
  name: 'request-tracker',
  capabilities: {
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: false,
    reconcile: true,
    locate: true,
    echoes: true,
    pollEveryMs: POLL_EVERY_MS,
    maxText: 100_000,
  },
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
