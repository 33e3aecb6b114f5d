import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { readSettings } from '../settings.ts'
import { doctor } from './doctor.ts'
import { locate, reconcile } from './find.ts'
import { media } from './media.ts'
import { parse } from './parse.ts'
import { send } from './send.ts'
import { tell } from './tell.ts'
import type { ZendeskMessagingSettings } from './types.ts'
import { verify } from './verify.ts'

/** Zendesk takes 4 096. */
const MAX_TEXT = 4_000
/** Shorter ones can be guessed; Zendesk's own are longer. */
const MIN_SECRET_LENGTH = 16

const FIELDS: readonly Field[] = [
  {
    name: 'url',
    label: 'Address',
    help: 'https://<your subdomain>.zendesk.com, or https://api.smooch.io for an older account.',
    kind: 'url',
    required: true,
  },
  {
    name: 'app',
    label: 'App id',
    help: 'In the Admin Center at the API key, under Apps and integrations → Conversations API.',
    kind: 'text',
    required: true,
  },
  {
    name: 'keyId',
    label: 'Key id',
    help: 'Begins with "app_".',
    kind: 'text',
    required: true,
  },
  {
    name: 'secret',
    label: 'Secret key',
    help: 'Shown once, when the key is made.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'webhookSecrets',
    label: 'Shared secret of the webhook',
    help: 'In the Admin Center at the webhook, under Conversations integrations.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'integration',
    label: 'Id of the integration',
    help: 'Of the one that has the webhook; then the doctor can check it.',
    kind: 'text',
    required: false,
  },
  {
    name: 'visitorEmail',
    label: 'Tell addresses',
    help: 'Only where the site signs its visitors: Zendesk may join people of one address.',
    kind: 'flag',
    required: false,
  },
]

/** Zendesk messaging, by Sunshine Conversations: a conversation here is one there, live. */
export const zendeskMessaging: Connector<ZendeskMessagingSettings> = {
  ...ABSENT,
  name: 'zendesk-messaging',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: false,
    reconcile: true,
    locate: true,
    // Ours carry their key in the payload.
    echoes: false,
    // Zendesk tries five times within a quarter of an hour.
    pollEveryMs: 0,
    maxText: MAX_TEXT,
    textUnit: 'utf16',
    receipts: true,
    tells: ['read'],
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
  locate,
  media,
  doctor,
}

function configure(input: unknown): Parsed<ZendeskMessagingSettings> {
  const read = readSettings(input)
  const webhookSecrets = read.texts('webhookSecrets')
  if (webhookSecrets.length === 0) {
    read.problem('webhookSecrets', "the webhook's shared secret is needed")
  }
  for (const [index, secret] of webhookSecrets.entries()) {
    if (secret.length < MIN_SECRET_LENGTH) {
      read.problem(
        `webhookSecrets[${index}]`,
        `at least ${MIN_SECRET_LENGTH} characters are needed`,
      )
    }
  }
  const keyId = read.text('keyId', { hint: 'the id of an API key is needed' })
  if (keyId.includes(':')) read.problem('keyId', 'the id alone is needed, without its secret')
  return read.done({
    base: baseOf(read.url('url')),
    app: read.text('app', { hint: "the app's id is needed" }),
    keyId,
    secret: read.text('secret', { hint: "the key's secret is needed" }),
    webhookSecrets,
    integration: read.text('integration', { fallback: '' }),
    visitorEmail: read.flag('visitorEmail', false),
  })
}

/** Zendesk's own hosts have the API below /sc. */
function baseOf(address: string): string {
  const base = address.replace(/\/+$/, '')
  return /^https:\/\/[^/]+\.zendesk\.com$/.test(base) ? `${base}/sc` : base
}
