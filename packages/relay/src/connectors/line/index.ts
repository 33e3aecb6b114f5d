import { ABSENT } from '../absent.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { readSettings } from '../settings.ts'
import { doctor } from './doctor.ts'
import { media } from './media.ts'
import { parse } from './parse.ts'
import { MAX_TEXT, notice, send } from './send.ts'
import type { LineSettings } from './types.ts'
import { verify } from './verify.ts'

const API = 'https://api.line.me'
const DATA = 'https://api-data.line.me'
const CHANNEL_SECRET = /^[0-9a-f]{32}$/
const BASIC_ID = /^@[a-z0-9._-]{2,30}$/
const USER_ID = /^U[0-9a-f]{32}$/

const FIELDS: readonly Field[] = [
  {
    name: 'channelAccessToken',
    label: 'Channel access token',
    help: 'LINE Developers Console: the channel, Messaging API, Channel access token, Issue.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'channelSecret',
    label: 'Channel secret',
    help: 'LINE Developers Console: the channel, Basic settings.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'basicId',
    label: 'LINE ID of the account',
    help: 'As people search for it, with its “@”. With it visitors are offered to go on in LINE.',
    kind: 'text',
    required: false,
  },
  {
    name: 'merchantUserId',
    label: 'Your user ID',
    help: 'To answer from your own LINE: the channel, Basic settings, Your user ID ("U…").',
    kind: 'text',
    required: false,
  },
  {
    name: 'merchantName',
    label: 'Your name',
    help: 'What visitors read beside answers from your own LINE.',
    kind: 'text',
    required: false,
  },
  {
    name: 'apiUrl',
    label: 'Address of the API',
    help: 'Only where calls to LINE go through a proxy of yours.',
    kind: 'url',
    required: false,
  },
  {
    name: 'dataUrl',
    label: 'Address of the files',
    help: 'Only where calls to LINE go through a proxy of yours.',
    kind: 'url',
    required: false,
  },
]

/** LINE: the visitor's phone, the merchant's own, or both on one official account. */
export const line: Connector<LineSettings> = {
  ...ABSENT,
  name: 'line',
  capabilities: {
    roles: ['desk', 'reach'],
    line: true,
    // Each push counts against the month's: a colleague's answers are not told to the merchant.
    takes: ['visitor'],
    webhooks: true,
    idempotent: true,
    reconcile: false,
    locate: false,
    echoes: false,
    pollEveryMs: 0,
    maxText: MAX_TEXT,
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
  notice,
  media,
  invite: ({ basicId }) =>
    basicId === undefined
      ? undefined
      : {
          app: 'LINE',
          binds: true,
          link: ({ code }) => `https://line.me/R/oaMessage/${encodeURIComponent(basicId)}/?${code}`,
        },
  doctor,
}

function configure(input: unknown): Parsed<LineSettings> {
  const read = readSettings(input)
  const token = read.text('channelAccessToken', { hint: 'the long-lived token is needed' })
  const channelSecret = read.text('channelSecret', { hint: '32 hex digits are needed' })
  if (channelSecret !== '' && !CHANNEL_SECRET.test(channelSecret)) {
    read.problem('channelSecret', '32 hex digits are needed, from Basic settings')
  }
  const basicId = read.text('basicId', { fallback: '' })
  if (basicId !== '' && !BASIC_ID.test(basicId)) {
    read.problem('basicId', 'the ID with its "@" is needed, as @lamps or @123abcde')
  }
  const merchant = read.text('merchantUserId', { fallback: '' })
  if (merchant !== '' && !USER_ID.test(merchant)) {
    read.problem('merchantUserId', '"U" and 32 hex digits are needed; it is not the LINE ID')
  }
  const merchantName = read.text('merchantName', { fallback: '' })
  return read.done({
    token,
    channelSecret,
    basicId: basicId === '' ? undefined : basicId,
    merchant: merchant === '' ? undefined : merchant,
    merchantName: merchantName === '' ? undefined : merchantName,
    api: read.url('apiUrl', { fallback: API }).replace(/\/+$/, ''),
    data: read.url('dataUrl', { fallback: DATA }).replace(/\/+$/, ''),
  })
}
