import type { Field, Parsed } from '../connector.ts'
import { readSettings } from '../settings.ts'
import type { MetaMessagingSettings } from './types.ts'

export const VERSION = 'v25.0'
/** How long after a person's last message Meta takes an answer, ms. */
export const WINDOW_MS = 24 * 3_600_000
/** How long, if a human agent writes and Meta allowed the app to say so, ms. */
const HUMAN_AGENT_WINDOW_MS = 7 * WINDOW_MS
const ID = /^\d{5,20}$/

export interface AccountField {
  readonly name: string
  readonly label: string
  readonly help: string
}

export function fieldsOf(account: AccountField, graph: string): readonly Field[] {
  return [
    { ...account, kind: 'text', required: true },
    {
      name: 'token',
      label: 'Access token',
      help: 'Of this very account, as Meta shows it once it is connected to the app.',
      kind: 'secret',
      required: true,
    },
    {
      name: 'appSecret',
      label: 'App secret',
      help: 'From the app’s settings. During a change the old and the new one, one per line.',
      kind: 'secret',
      required: true,
    },
    {
      name: 'verifyToken',
      label: 'Verify token',
      help: 'A word you make up, and type in again at Meta beside the webhook’s address.',
      kind: 'secret',
      required: true,
    },
    {
      name: 'username',
      label: 'User name of the account',
      help: 'As in its address, without “@”. With it visitors are offered to go on there.',
      kind: 'text',
      required: false,
    },
    {
      name: 'appId',
      label: 'App ID',
      help: 'On the app’s dashboard; with it the doctor sees more.',
      kind: 'text',
      required: false,
    },
    {
      name: 'humanAgent',
      label: 'Human agent',
      help: 'Meta allowed the app the feature Human Agent: people may answer for seven days.',
      kind: 'flag',
      required: false,
    },
    { name: 'url', label: 'Graph API', help: `${graph} when empty.`, kind: 'url', required: false },
    {
      name: 'version',
      label: 'Version of the Graph API',
      help: `${VERSION} when empty.`,
      kind: 'text',
      required: false,
    },
  ]
}

export function configure(
  input: unknown,
  account: string,
  graph: string,
): Parsed<MetaMessagingSettings> {
  const read = readSettings(input)
  const id = read.text(account, { hint: 'the ID of the account is needed' })
  if (id !== '' && !ID.test(id)) read.problem(account, 'the ID is digits only; it is not the name')
  const token = read.text('token', { hint: 'the access token of the account is needed' })
  if (/\s/.test(token)) read.problem('token', 'a token has no blanks: it was copied with more')
  const appSecrets = read.texts('appSecret')
  if (appSecrets.length === 0) read.problem('appSecret', 'the app secret is needed')
  const verifyToken = read.text('verifyToken', { hint: 'a word of your own is needed' })
  const appId = read.text('appId', { fallback: '' })
  if (appId !== '' && !ID.test(appId)) read.problem('appId', 'the ID is digits only')
  const username = read.text('username', { fallback: '' }).replace(/^@/, '')
  if (username !== '' && !/^[\w.-]{1,80}$/.test(username)) {
    read.problem('username', 'the name as in the address of the account is needed')
  }
  const humanAgent = read.flag('humanAgent', false)
  const url = read.url('url', { fallback: graph }).replace(/\/+$/, '')
  const version = read.text('version', { fallback: VERSION })
  if (!/^v\d{1,3}\.\d$/.test(version)) read.problem('version', 'a version such as v25.0 is needed')
  const parsed = read.done({
    account: id,
    token,
    appSecrets,
    verifyToken,
    appId: appId === '' ? undefined : appId,
    username: username === '' ? undefined : username,
    humanAgent,
    base: `${url}/${version}`,
  })
  if (!parsed.ok || !humanAgent) return parsed
  return { ...parsed, capabilities: { windowMs: HUMAN_AGENT_WINDOW_MS } }
}
