import type { ConnectorType, RoleChoice } from './connector.ts'
import { strings } from './strings.ts'

/** How the console speaks of a type of connector: the relay knows no words for people. */
export interface Face {
  readonly title: string
  /** What one gets from it, in a line. */
  readonly line: string
  readonly group: Group
  readonly glyph: Glyph
  /** One of the avatars' tints. */
  readonly tint: 0 | 1 | 2 | 3 | 4 | 5
  /** Further words by which it is found. */
  readonly words?: string
  /** What it means as a desk and as a reach, where it can be both. */
  readonly roles?: Readonly<Record<'desk' | 'reach', string>>
  /** The setting that says which template opens a closed window. */
  readonly template?: string
  /** Secrets that people make up: the form offers to. */
  readonly makes?: Readonly<Record<string, 'word' | 'whsec'>>
}

export type Group = 'helpdesk' | 'chat' | 'messenger' | 'own'

/** Our own drawings on a 20 px grid; far sides' logos are theirs. */
export const GLYPHS = {
  bubbles:
    'M12.5 8V5.6A1.6 1.6 0 0 0 10.9 4H4.6A1.6 1.6 0 0 0 3 5.6v8.2l2.4-2.3H7M8.6 8h6.8A1.6 1.6 0 0 1 17 9.6v7.4l-2.4-2.3H8.6A1.6 1.6 0 0 1 7 13.1V9.6A1.6 1.6 0 0 1 8.6 8Z',
  lines:
    'M4.8 4h10.4A1.8 1.8 0 0 1 17 5.8v6.4a1.8 1.8 0 0 1-1.8 1.8H9l-3.8 3v-3h-.4A1.8 1.8 0 0 1 3 12.2V5.8A1.8 1.8 0 0 1 4.8 4ZM6.5 7.5h7M6.5 10.5h4.5',
  ticket:
    'M3 7.5V6a1.5 1.5 0 0 1 1.5-1.5h11A1.5 1.5 0 0 1 17 6v1.5a2.5 2.5 0 0 0 0 5V14a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14v-1.5a2.5 2.5 0 0 0 0-5ZM12 7v1.2M12 11.8V13',
  headset:
    'M4 12v-2a6 6 0 0 1 12 0v2M4 11h1.8v4H5a1 1 0 0 1-1-1zM16 11h-1.8v4h.8a1 1 0 0 0 1-1zM15.5 15c0 1.5-1.5 2-4 2',
  people:
    'M8 9.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM2.8 16c.4-2.5 2.5-4 5.2-4s4.8 1.5 5.2 4M13 4.2a2.7 2.7 0 0 1 0 5.1M14.8 12.3c1.3.6 2.2 1.9 2.5 3.7',
  list: 'M4 4h12v12H4zM7 8l.9.9L9.5 7M11 8h2.5M7 12.4l.9.9 1.6-1.9M11 12.4h2.5',
  mail: 'M4.5 4.8h11A1.5 1.5 0 0 1 17 6.3v7.4a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 13.7V6.3a1.5 1.5 0 0 1 1.5-1.5ZM3.4 6.2 10 11l6.6-4.8',
  hash: 'M8 3.5 6.5 16.5M13.5 3.5 12 16.5M3.8 7.8h12.9M3.3 12.2h12.9',
  robot:
    'M6 7h8a2 2 0 0 1 2 2v4.5a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2ZM10 7V4.2M10 3.6v.1M7.8 10.5v.9M12.2 10.5v.9M2.5 10v2.5M17.5 10v2.5',
  handset:
    'M6.5 2.8h7A1.5 1.5 0 0 1 15 4.3v11.4a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 5 15.7V4.3a1.5 1.5 0 0 1 1.5-1.5ZM8 6.5h4M8 9h2.5M9.5 14.6h1',
  jump: 'M6.5 2.8h5A1.5 1.5 0 0 1 13 4.3V6M13 13v2.7a1.5 1.5 0 0 1-1.5 1.5h-5A1.5 1.5 0 0 1 5 15.7V4.3a1.5 1.5 0 0 1 1.5-1.5M9 9.5h8m-2.7-2.7L17 9.5l-2.7 2.7',
  waves:
    'M4.5 15.5a1 1 0 1 0 0-.1M4 10.5a5.5 5.5 0 0 1 5.5 5.5M4 6.5a9.5 9.5 0 0 1 9.5 9.5M4 2.8A13.2 13.2 0 0 1 17.2 16',
  dots: 'M10 3.5c4 0 7 2.6 7 5.9s-3 5.9-7 5.9c-.5 0-1 0-1.5-.1L5 17.3l.3-3.2C3.9 13 3 11.3 3 9.4c0-3.3 3-5.9 7-5.9ZM7 9.4v.1M10 9.4v.1M13 9.4v.1',
  page: 'M5.5 3h6.2L15 6.3V15.5A1.5 1.5 0 0 1 13.5 17h-8A1.5 1.5 0 0 1 4 15.5v-11A1.5 1.5 0 0 1 5.5 3ZM11.5 3.2v3.3H15M7 10h5M7 13h3.5',
  picture:
    'M4.8 3.5h10.4a1.3 1.3 0 0 1 1.3 1.3v10.4a1.3 1.3 0 0 1-1.3 1.3H4.8a1.3 1.3 0 0 1-1.3-1.3V4.8a1.3 1.3 0 0 1 1.3-1.3ZM3.7 13.5 7.5 9.8l3.2 3 2.2-2 3.4 3.2M12.6 7.2v.1',
  braces:
    'M7.5 3.5c-2 0-2.3 1-2.3 2.5 0 2 .2 3.5-2 4 2.2.5 2 2 2 4 0 1.5.3 2.5 2.3 2.5M12.5 3.5c2 0 2.3 1 2.3 2.5 0 2-.2 3.5 2 4-2.2.5-2 2-2 4 0 1.5-.3 2.5-2.3 2.5',
  plug: 'M7.5 3v3.5M12.5 3v3.5M5.5 6.5h9v3a4.5 4.5 0 0 1-9 0zM10 14v3',
} as const

export type Glyph = keyof typeof GLYPHS

const PHONE_ROLES = (app: string) => ({
  desk: `Answer from your own ${app}. What visitors write comes to your phone, tagged by conversation; quote a message to answer it.`,
  reach: `Visitors can take their conversation along to ${app}. Your answers reach them there when they have left the page.`,
})

const FACES: Readonly<Record<string, Face>> = {
  chatwoot: {
    title: 'Chatwoot',
    line: 'Answer in a Chatwoot inbox, with typing and read marks.',
    group: 'helpdesk',
    glyph: 'bubbles',
    tint: 0,
    makes: { webhookToken: 'word' },
  },
  'zendesk-messaging': {
    title: 'Zendesk messaging',
    line: 'Live conversations in Zendesk’s Agent Workspace.',
    group: 'helpdesk',
    glyph: 'lines',
    tint: 1,
    words: 'sunshine smooch chat',
  },
  'zendesk-support': {
    title: 'Zendesk Support',
    line: 'Every conversation becomes a ticket in Zendesk.',
    group: 'helpdesk',
    glyph: 'ticket',
    tint: 1,
    words: 'tickets',
  },
  freshdesk: {
    title: 'Freshdesk',
    line: 'Every conversation becomes a ticket in Freshdesk.',
    group: 'helpdesk',
    glyph: 'headset',
    tint: 4,
    words: 'freshworks tickets',
  },
  intercom: {
    title: 'Intercom',
    line: 'Answer in your team’s Intercom inbox.',
    group: 'helpdesk',
    glyph: 'people',
    tint: 3,
  },
  'request-tracker': {
    title: 'Request Tracker',
    line: 'Every conversation becomes a ticket in your own RT.',
    group: 'helpdesk',
    glyph: 'list',
    tint: 5,
    words: 'rt best practical',
  },
  email: {
    title: 'E-mail',
    line: 'Any helpdesk that takes mail: out by SMTP, answers in by IMAP.',
    group: 'helpdesk',
    glyph: 'mail',
    tint: 2,
    words: 'smtp imap helpscout front mail',
    makes: { secret: 'word' },
  },
  'email-follow-up': {
    title: 'E-mail follow-up',
    line: 'Answers that visitors miss, sent to the address they left, with a link back.',
    group: 'messenger',
    glyph: 'mail',
    tint: 4,
    words: 'smtp mail missed unseen newsletter visitors resume',
  },
  slack: {
    title: 'Slack',
    line: 'A thread for every conversation, in a channel of your team.',
    group: 'chat',
    glyph: 'hash',
    tint: 3,
  },
  telegram: {
    title: 'Telegram',
    line: 'A topic for every conversation in your team’s group.',
    group: 'chat',
    glyph: 'robot',
    tint: 4,
    words: 'bot messenger',
    roles: {
      desk: 'Your team answers in a Telegram group: every conversation is a topic of its own.',
      reach:
        'Visitors can take their conversation along to Telegram. Your answers reach them there when they have left the page.',
    },
    makes: { webhookSecret: 'word' },
  },
  whatsapp: {
    title: 'WhatsApp',
    line: 'Answer from your own WhatsApp, and let visitors continue on theirs.',
    group: 'messenger',
    glyph: 'handset',
    tint: 1,
    words: 'meta cloud api phone',
    roles: PHONE_ROLES('WhatsApp'),
    template: 'templateName',
    makes: { verifyToken: 'word' },
  },
  'whatsapp-link': {
    title: 'WhatsApp button',
    line: 'A link to your WhatsApp in the widget. No API needed.',
    group: 'messenger',
    glyph: 'jump',
    tint: 1,
    words: 'click to chat wa.me',
  },
  twilio: {
    title: 'Twilio',
    line: 'SMS or WhatsApp, from your phone to theirs.',
    group: 'messenger',
    glyph: 'waves',
    tint: 5,
    words: 'sms text message whatsapp phone',
    roles: PHONE_ROLES('phone'),
    template: 'contentSid',
  },
  line: {
    title: 'LINE',
    line: 'Answer from your own LINE, and let visitors continue on theirs.',
    group: 'messenger',
    glyph: 'dots',
    tint: 1,
    roles: PHONE_ROLES('LINE'),
  },
  messenger: {
    title: 'Messenger',
    line: 'Reach visitors on Messenger through your Facebook Page.',
    group: 'messenger',
    glyph: 'page',
    tint: 0,
    words: 'facebook meta page',
    makes: { verifyToken: 'word' },
  },
  instagram: {
    title: 'Instagram',
    line: 'Reach visitors in Instagram’s direct messages.',
    group: 'messenger',
    glyph: 'picture',
    tint: 3,
    words: 'meta dm direct',
    makes: { verifyToken: 'word' },
  },
  webhook: {
    title: 'Webhook',
    line: 'Signed posts to your own program, which answers them.',
    group: 'own',
    glyph: 'braces',
    tint: 0,
    words: 'http api custom bot own',
    makes: { secrets: 'whsec' },
  },
}

export const GROUPS: readonly { readonly group: Group; readonly title: string }[] = [
  { group: 'helpdesk', title: strings.groupHelpdesk },
  { group: 'chat', title: strings.groupChat },
  { group: 'messenger', title: strings.groupMessenger },
  { group: 'own', title: strings.groupOwn },
]

/** The types that have a face of their own. */
export const FACED: readonly string[] = Object.keys(FACES)

/** A type that this version does not know still has a name. */
export function faceOf(type: string): Face {
  const known = Object.hasOwn(FACES, type) ? FACES[type] : undefined
  return known ?? { title: type, line: '', group: 'own', glyph: 'plug', tint: 2 }
}

/** A connector's name for people, with its own where that says more. */
export function titleOfEntry(type: string, id: string): string {
  const { title } = faceOf(type)
  return id === type ? title : `${title} (${id})`
}

/** As people look for them; types that are not known here come last. */
export function inOrder(types: readonly ConnectorType[]): readonly ConnectorType[] {
  const place = ({ name }: ConnectorType): number => {
    const at = FACED.indexOf(name)
    return at < 0 ? FACED.length : at
  }
  return types.toSorted((a, b) => place(a) - place(b))
}

/** Everything somebody typing this may be looking for. */
export function isMatch(type: string, query: string): boolean {
  const { title, line, group, words = '' } = faceOf(type)
  const name = GROUPS.find((each) => each.group === group)?.title ?? ''
  const text = `${type} ${title} ${line} ${name} ${words}`.toLowerCase()
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

export function roleText(role: RoleChoice): string {
  return role === 'both' ? strings.roleBoth : role === 'desk' ? strings.roleDesk : strings.roleReach
}

/** What a role means there, in plain words. */
export function roleHint({ name }: Pick<ConnectorType, 'name'>, role: RoleChoice): string {
  if (role === 'both') return strings.roleBothHint
  return faceOf(name).roles?.[role] ?? (role === 'desk' ? strings.routeDesk : strings.routeReach)
}
