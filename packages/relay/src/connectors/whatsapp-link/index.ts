import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { SendError } from '../connector.ts'
import { readSettings } from '../settings.ts'
import { parsePhone } from '../whatsapp/address.ts'
import { linkWith } from '../whatsapp/link.ts'

export interface WhatsAppLinkSettings {
  /** As its digits. */
  readonly number: string
  /** Stands before the conversation's tag in what the visitor sends; may be empty. */
  readonly greeting: string
}

const MAX_GREETING = 200

const FIELDS: readonly Field[] = [
  {
    name: 'number',
    label: 'Your WhatsApp number',
    help: 'As +49 170 1234567, of WhatsApp or WhatsApp Business on a phone. Visitors will see it.',
    kind: 'text',
    required: true,
  },
  {
    name: 'greeting',
    label: 'First words',
    help: 'Typed in for the visitor, before a short tag such as #7F3A that finds what was said here.',
    kind: 'text',
    required: false,
  },
]

/**
 * Click-to-chat: a link to a WhatsApp that nobody has an API for. It takes nothing and tells
 * nothing; all it can do is to be offered, with the conversation's tag in the visitor's words.
 */
export const whatsappLink: Connector<WhatsAppLinkSettings> = {
  ...ABSENT,
  name: 'whatsapp-link',
  capabilities: {
    roles: ['reach'],
    takes: [],
    line: false,
    webhooks: false,
    idempotent: false,
    reconcile: false,
    locate: false,
    echoes: false,
    pollEveryMs: 0,
    maxText: 0,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    gatherMs: 0,
  },
  fields: FIELDS,
  configure,
  verify: () => ({ ok: false, reason: 'nothing calls back from a link', status: 401 }),
  parse: () => [],
  send: () => Promise.reject(new SendError('bad-recipient', 'a link takes no messages')),
  invite: ({ number, greeting }) => ({
    app: 'WhatsApp',
    binds: false,
    link: ({ tag }) => linkWith(number, [greeting, `#${tag}`].join(' ').trim()),
  }),
  doctor: ({ number }) =>
    Promise.resolve([
      {
        level: 'ok',
        message: `Visitors are led to https://wa.me/${number}: try whether it is yours.`,
      },
    ]),
}

function configure(input: unknown): Parsed<WhatsAppLinkSettings> {
  const read = readSettings(input)
  const typed = read.text('number', { hint: 'the number is needed, as +49 170 1234567' })
  const number = parsePhone(typed)
  if (typed !== '' && number === undefined) {
    read.problem('number', 'a number with its country is needed, as +49 170 1234567')
  }
  const greeting = read.text('greeting', { fallback: '' })
  if (greeting.length > MAX_GREETING) read.problem('greeting', `at most ${MAX_GREETING} characters`)
  return read.done({ number: number ?? '', greeting })
}
