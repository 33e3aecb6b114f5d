import { ABSENT } from '../absent.ts'
import { oneLine } from '../compose-text.ts'
import type { Connector, Field, Parsed } from '../connector.ts'
import { readSettings } from '../settings.ts'
import { doctor } from './doctor.ts'
import { locate, reconcile } from './find.ts'
import { media } from './media.ts'
import { parse } from './parse.ts'
import { send } from './send.ts'
import type { SlackSettings } from './types.ts'
import { greet, verify } from './verify.ts'

const SLACK_API = 'https://slack.com/api'
/** Slack takes about one message a second in a channel, ms. */
const GATHER_MS = 1_000

const FIELDS: readonly Field[] = [
  {
    name: 'token',
    label: 'Bot token',
    help: '"xoxb-…", in your app under OAuth & Permissions, once it is installed.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'signingSecret',
    label: 'Signing secret',
    help: 'In your app under Basic Information, App Credentials.',
    kind: 'secret',
    required: true,
  },
  {
    name: 'channel',
    label: 'Channel id',
    help: 'At the end of the channel’s details, e.g. "C0123456789". Invite the app there.',
    kind: 'text',
    required: true,
  },
  {
    name: 'agents',
    label: 'Names of agents',
    help: 'One member per line: the member id, a space, the name visitors read.',
    kind: 'texts',
    required: false,
  },
  {
    name: 'url',
    label: 'Address of the API',
    help: `Only for Slack’s other clouds; "${SLACK_API}" when empty.`,
    kind: 'url',
    required: false,
  },
]

/** Slack: a conversation is a thread in one channel. */
export const slack: Connector<SlackSettings> = {
  ...ABSENT,
  name: 'slack',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: false,
    reconcile: true,
    locate: true,
    // Events of our own messages name our app.
    echoes: false,
    pollEveryMs: 0,
    // Slack's advice; what is longer it may show in pieces.
    maxText: 4_000,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    gatherMs: GATHER_MS,
  },
  fields: FIELDS,
  configure,
  verify,
  greet,
  parse,
  send,
  reconcile,
  locate,
  media,
  doctor,
}

function configure(input: unknown): Parsed<SlackSettings> {
  const read = readSettings(input)
  const token = read.text('token', { hint: 'the bot token ("xoxb-…") is needed' })
  if (token !== '' && !token.startsWith('xoxb-')) {
    read.problem('token', 'this is no bot token: it starts with "xoxb-"')
  }
  const signingSecret = read.text('signingSecret', { hint: 'the signing secret is needed' })
  if (signingSecret !== '' && !/^[0-9a-f]{32}$/.test(signingSecret)) {
    read.problem('signingSecret', 'a signing secret has 32 digits of 0-9 and a-f')
  }
  const channel = read.text('channel', { hint: 'the id of a channel ("C…") is needed' })
  if (channel !== '' && !/^[CG][A-Z0-9]{4,29}$/.test(channel)) {
    read.problem('channel', 'the id of a channel is needed ("C…"), not its name')
  }
  const agents = new Map<string, string>()
  for (const [index, line] of read.texts('agents').entries()) {
    const [, member, name] = /^([UW][A-Z0-9]{4,29})[\s=:]+(\S.*)$/.exec(line.trim()) ?? []
    if (member === undefined || name === undefined) {
      read.problem(`agents[${index}]`, 'a member id and a name are needed, e.g. "U0123456789 Mia"')
    } else {
      agents.set(member, oneLine(name))
    }
  }
  const api = read.url('url', { fallback: SLACK_API }).replace(/\/+$/, '')
  return read.done({ api, token, signingSecret, channel, agents })
}
