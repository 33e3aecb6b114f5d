import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { greetMeta, verifyMetaSignature } from '../meta-signature.ts'
import type { SettingsReader } from '../settings.ts'
import { readSettings } from '../settings.ts'
import { parseAddress, parsePhone } from './address.ts'
import { doctor } from './doctor.ts'
import { linkWith } from './link.ts'
import { media } from './media.ts'
import { parse } from './parse.ts'
import { notice, send, wake } from './send.ts'
import type { Template, WhatsAppSettings } from './types.ts'

const GRAPH = 'https://graph.facebook.com'
const VERSION = 'v23.0'
/** How long after a person's last message free text is taken, ms. */
const WINDOW_MS = 24 * 60 * 60_000
/** WhatsApp takes 4096; the rest is for a bot's name or a tag in front. */
const MAX_TEXT = 4_000

const FIELDS: readonly Field[] = [
  {
    name: 'phoneNumberId',
    label: 'Phone number ID',
    help: 'On Meta’s page WhatsApp → API Setup, below the number. Not the number itself.',
    kind: 'text',
    required: true,
  },
  {
    name: 'token',
    label: 'Access token',
    help: 'Of a system user with whatsapp_business_messaging and whatsapp_business_management.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'appSecret',
    label: 'App secret',
    help: 'On Meta’s page App settings → Basic. During a change the old and the new one, one per line.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'verifyToken',
    label: 'Verify token',
    help: 'A word you make up, and type in again at Meta under WhatsApp → Configuration.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'number',
    label: 'Your business number',
    help: 'The number itself, as +49 30 1234567. With it visitors are offered to go on in WhatsApp.',
    kind: 'text',
    required: false,
  },
  {
    name: 'merchant',
    label: 'Your own WhatsApp',
    help: 'The phone that answers, as +49 170 1234567. Visitors’ lines come there, and quoted replies go back.',
    kind: 'text',
    required: false,
  },
  {
    name: 'accountId',
    label: 'Business account ID',
    help: 'On the same page as the phone number ID; with it the doctor sees more.',
    kind: 'text',
    required: false,
  },
  {
    name: 'templateName',
    label: 'Template',
    help: 'Name of an approved template. It is sent when 24 hours have passed since the person wrote.',
    kind: 'text',
    required: false,
  },
  {
    name: 'templateLanguage',
    label: 'Language of the template',
    help: 'As Meta lists it, e.g. en_US.',
    kind: 'text',
    required: false,
  },
  {
    name: 'templateValues',
    label: 'Values of the template',
    help: 'For {{1}}, {{2}} and so on, one per line; {site}, {tag} and {visitor} are filled in.',
    kind: 'texts',
    required: false,
  },
  {
    name: 'url',
    label: 'Graph API',
    help: `${GRAPH} when empty.`,
    kind: 'url',
    required: false,
  },
  {
    name: 'version',
    label: 'Version of the Graph API',
    help: `${VERSION} when empty.`,
    kind: 'text',
    required: false,
  },
]

/** WhatsApp's Cloud API: the merchant's own phone as a desk, and visitors who went on there. */
export const whatsapp: Connector<WhatsAppSettings> = {
  ...ABSENT,
  name: 'whatsapp',
  capabilities: {
    roles: ['desk', 'reach'],
    line: true,
    takes: ['visitor'],
    webhooks: true,
    idempotent: false,
    reconcile: false,
    locate: false,
    // What the API sends does not come back; what the phone app beside it sends does, and is news.
    echoes: false,
    pollEveryMs: 0,
    maxText: MAX_TEXT,
    textUnit: 'utf16',
    receipts: true,
    windowMs: WINDOW_MS,
    gatherMs: 0,
  },
  fields: FIELDS,
  configure,
  verify: (request, { appSecrets }) => verifyMetaSignature(request, appSecrets),
  greet: (request, { verifyToken }) => greetMeta(request, verifyToken),
  parse,
  send,
  wake,
  notice,
  media,
  invite: ({ number }) =>
    number === undefined
      ? undefined
      : { app: 'WhatsApp', binds: true, link: ({ code }) => linkWith(number, code) },
  doctor,
}

function configure(input: unknown): Parsed<WhatsAppSettings> {
  const read = readSettings(input)
  const url = read.url('url', { fallback: GRAPH }).replace(/\/+$/, '')
  const version = read.text('version', { fallback: VERSION })
  if (!/^v\d{1,3}\.\d$/.test(version)) read.problem('version', 'a version such as v23.0 is needed')
  const phoneNumberId = read.text('phoneNumberId', { hint: 'the ID of the number is needed' })
  if (phoneNumberId !== '' && !/^\d{5,20}$/.test(phoneNumberId)) {
    read.problem('phoneNumberId', 'the ID is digits only, as on API Setup; not the number')
  }
  const accountId = read.optional('accountId')
  if (accountId !== undefined && !/^\d{5,20}$/.test(accountId)) {
    read.problem('accountId', 'the ID is digits only')
  }
  const token = read.text('token', { hint: 'the access token of a system user is needed' })
  if (/\s/.test(token)) read.problem('token', 'a token has no blanks: it was copied with more')
  const appSecrets = read.texts('appSecret')
  if (appSecrets.length === 0) read.problem('appSecret', 'the app secret is needed')
  const verifyToken = read.text('verifyToken', { hint: 'a word of your own is needed' })
  const typed = read.optional('merchant')
  const merchant = typed === undefined ? undefined : parseAddress(typed)
  if (typed !== undefined && merchant === undefined) {
    read.problem('merchant', 'a number with its country is needed, as +49 170 1234567')
  }
  const shown = read.optional('number')
  const number = shown === undefined ? undefined : parsePhone(shown)
  if (shown !== undefined && number === undefined) {
    read.problem('number', 'a number with its country is needed, as +49 30 1234567')
  }
  return read.done({
    base: `${url}/${version}`,
    phoneNumberId,
    number,
    accountId,
    token,
    appSecrets,
    verifyToken,
    merchant,
    template: readTemplate(read),
  })
}

function readTemplate(read: SettingsReader): Template | undefined {
  const name = read.optional('templateName')
  const language = read.optional('templateLanguage')
  const values = read.texts('templateValues')
  if (name === undefined) {
    if (language !== undefined || values.length > 0) {
      read.problem('templateName', 'the name of the template is needed, too')
    }
    return undefined
  }
  if (!/^[a-z0-9_]{1,512}$/.test(name)) {
    read.problem('templateName', 'a name of a-z, 0-9 and "_" is needed')
  }
  if (language === undefined) {
    read.problem('templateLanguage', 'the language of the template is needed, e.g. en_US')
  }
  return { name, language: language ?? '', values }
}
