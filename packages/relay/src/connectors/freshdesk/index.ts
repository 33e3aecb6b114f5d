import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { download } from '../download.ts'
import { readSettings } from '../settings.ts'
import { doctor } from './doctor.ts'
import { locate, reconcile } from './find.ts'
import { poll } from './poll.ts'
import { send } from './send.ts'
import type { FreshdeskSettings } from './types.ts'

/** Six calls a minute, of the 50 of the smallest plan, and within the time people wait for an answer. */
const POLL_EVERY_MS = 10_000
/** Each note costs two or three calls of those. */
const GATHER_MS = 5_000
/** Freshdesk names no limit for the text of a note. */
const MAX_TEXT = 16_000

const FIELDS: readonly Field[] = [
  {
    name: 'url',
    label: 'Address of Freshdesk',
    help: 'The address agents open in their browser, e.g. https://example.freshdesk.com.',
    kind: 'url',
    required: true,
  },
  {
    name: 'apiKey',
    label: 'API key',
    help: "Logged in as the relay's agent: Profile settings, View API key.",
    kind: 'secret',
    required: true,
  },
  {
    name: 'visitorEmail',
    label: 'Use real addresses',
    help: 'Freshdesk then also mails its answers to visitors whose address is known.',
    kind: 'flag',
    required: false,
  },
]

/** Freshdesk: a conversation is a ticket. It has webhooks, but see poll.ts for why none is taken. */
export const freshdesk: Connector<FreshdeskSettings> = {
  ...ABSENT,
  name: 'freshdesk',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: false,
    idempotent: false,
    reconcile: true,
    locate: true,
    // Ours are notes from outside, and nobody else writes those.
    echoes: false,
    pollEveryMs: POLL_EVERY_MS,
    maxText: MAX_TEXT,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    gatherMs: GATHER_MS,
  },
  fields: FIELDS,
  configure,
  verify: () => ({ ok: false, status: 401, reason: 'nothing is taken here: Freshdesk is asked' }),
  parse: () => [],
  send,
  reconcile,
  locate,
  poll,
  media: (reference, _settings, io) => download(reference, { farSide: 'Freshdesk' }, io),
  doctor,
}

function configure(input: unknown): Parsed<FreshdeskSettings> {
  const read = readSettings(input)
  const base = read
    .url('url')
    .replace(/\/+$/, '')
    .replace(/\/api\/v2$/, '')
  const apiKey = read.text('apiKey', { hint: "an agent's API key is needed" })
  return read.done({ base, apiKey, visitorEmail: read.flag('visitorEmail', false) })
}
