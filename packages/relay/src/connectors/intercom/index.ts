import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { download } from '../download.ts'
import { readSettings } from '../settings.ts'
import { doctor } from './doctor.ts'
import { locate, reconcile } from './find.ts'
import { parse } from './parse.ts'
import { poll } from './poll.ts'
import { send } from './send.ts'
import type { IntercomSettings } from './types.ts'
import { greet, verify } from './verify.ts'

/** A webhook that fails is tried once more after a minute; what is lost then is read here. */
const POLL_EVERY_MS = 60_000
/** Intercom names no limit; this is well within what its Messenger shows. */
const MAX_TEXT = 10_000

const FIELDS: readonly Field[] = [
  {
    name: 'url',
    label: 'Address of the API',
    help: 'https://api.intercom.io, or https://api.eu.intercom.io, or https://api.au.intercom.io: where your workspace lives.',
    kind: 'url',
    required: false,
  },
  {
    name: 'token',
    label: 'Access token',
    help: 'Developer Hub, your app, Configure, Authentication.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'clientSecrets',
    label: 'Client secret',
    help: 'Developer Hub, your app, Configure, Basic information: it signs the webhooks.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'visitorEmail',
    label: 'Use real addresses',
    help: 'Intercom then also mails its answers to visitors whose address is known.',
    kind: 'flag',
    required: false,
  },
]

/** Intercom: a conversation is a conversation, and the visitor its contact. */
export const intercom: Connector<IntercomSettings> = {
  ...ABSENT,
  name: 'intercom',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: false,
    reconcile: true,
    locate: true,
    // Ours are the contact's words, and nobody else writes as the contact but by mail.
    echoes: false,
    pollEveryMs: POLL_EVERY_MS,
    maxText: MAX_TEXT,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    gatherMs: 0,
  },
  fields: FIELDS,
  configure,
  greet,
  verify,
  parse,
  send,
  reconcile,
  locate,
  poll,
  media: (reference, _settings, io) => download(reference, { farSide: 'Intercom' }, io),
  doctor,
}

function configure(input: unknown): Parsed<IntercomSettings> {
  const read = readSettings(input)
  const base = read.url('url', { fallback: 'https://api.intercom.io' }).replace(/\/+$/, '')
  const token = read.text('token', { hint: "an access token of the workspace's app is needed" })
  const clientSecrets = read.texts('clientSecrets')
  if (clientSecrets.length === 0) {
    read.problem('clientSecrets', "the app's client secret is needed: it signs the webhooks")
  }
  return read.done({ base, token, clientSecrets, visitorEmail: read.flag('visitorEmail', false) })
}
