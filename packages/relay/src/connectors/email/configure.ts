import type { Mailbox, MailServer } from '../../mail/mail-port.ts'
import type { Parsed } from '../connector.ts'
import type { SettingsReader } from '../settings.ts'
import { readSettings } from '../settings.ts'
import { MAX_LOCAL_LENGTH } from './address.ts'
import type { EmailSettings } from './types.ts'

/** Shorter secrets can be guessed from one address. */
const MIN_SECRET_LENGTH = 16
const DEFAULT_QUIET_S = 20
const MAX_QUIET_S = 300
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/
const LOCAL = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i
const PORTS = {
  smtp: { tls: 465, starttls: 587, none: 25 },
  imap: { tls: 993, starttls: 143, none: 143 },
} as const

export function configure(input: unknown): Parsed<EmailSettings> {
  const read = readSettings(input)
  const [local, domain] = addressIn(read, 'address')
  if (local.length > MAX_LOCAL_LENGTH || (local !== '' && !LOCAL.test(local))) {
    read.problem(
      'address',
      `at most ${MAX_LOCAL_LENGTH} letters, digits, ".", "_" and "-" may stand before the @`,
    )
  }
  const desk = addressIn(read, 'desk').join('@')
  if (desk !== '@' && desk === `${local}@${domain}`) {
    read.problem('desk', 'this is our own address: the helpdesk needs another one')
  }
  const secret = read.text('secret', { hint: 'a long random text is needed' })
  if (secret !== '' && secret.length < MIN_SECRET_LENGTH) {
    read.problem('secret', `at least ${MIN_SECRET_LENGTH} characters are needed`)
  }
  const authority = read.text('authority', { fallback: '' }).toLowerCase()
  const copies = read.flag('copies', true)
  const quietMs = quietIn(read) * 1000
  const settings = {
    local,
    domain,
    desk,
    agents: agentsIn(read, desk),
    key: new TextEncoder().encode(secret),
    ...(authority === '' ? {} : { authority }),
    copies,
    smtp: serverIn(read, 'smtp'),
    imap: mailboxIn(read),
  }
  const parsed = read.done<EmailSettings>(settings)
  return parsed.ok ? { ...parsed, capabilities: { gatherMs: quietMs, reconcile: copies } } : parsed
}

/** A local part and a domain; empty when it is no address. */
function addressIn(read: SettingsReader, field: string): readonly [string, string] {
  const text = read.text(field, { hint: 'an address such as chat@example.com is needed' })
  const lower = text.toLowerCase()
  const at = lower.lastIndexOf('@')
  const local = lower.slice(0, at)
  const domain = lower.slice(at + 1)
  if (text === '') return ['', '']
  if (at > 0 && DOMAIN.test(domain) && /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+$/.test(local)) {
    return [local, domain]
  }
  read.problem(field, 'an address such as chat@example.com is needed')
  return ['', '']
}

function agentsIn(read: SettingsReader, desk: string): EmailSettings['agents'] {
  const addresses = new Set<string>()
  const domains = new Set<string>()
  const entries = read.texts('agents').map((entry) => entry.trim().toLowerCase())
  for (const entry of entries.length > 0 ? entries : [desk]) {
    if (DOMAIN.test(entry)) domains.add(entry)
    else if (/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(entry)) addresses.add(entry)
    else if (entries.length > 0)
      read.problem(
        'agents',
        'addresses and domains are needed, such as mia@example.com or example.com',
      )
  }
  return { addresses, domains }
}

function quietIn(read: SettingsReader): number {
  const text = read.text('quietSeconds', { fallback: String(DEFAULT_QUIET_S) })
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (seconds <= MAX_QUIET_S) return seconds
  read.problem('quietSeconds', `a number from 0 to ${MAX_QUIET_S} is needed`)
  return DEFAULT_QUIET_S
}

function serverIn(read: SettingsReader, which: 'smtp' | 'imap'): MailServer {
  const security = securityIn(read, `${which}Security`, which === 'smtp' ? 'starttls' : 'tls')
  const field = `${which}Host`
  const text = read.text(field, { hint: 'a host such as mail.example.com is needed' })
  const [, host = '', port] = HOST.exec(text) ?? []
  const number = port === undefined ? PORTS[which][security] : Number(port)
  if (text !== '' && (host === '' || number < 1 || number > 65_535)) {
    read.problem(field, 'a host such as mail.example.com or mail.example.com:2525 is needed')
  }
  const user = read.text(`${which}User`, { fallback: '' })
  const password = read.text(`${which}Password`, { fallback: '' })
  if (user === '' && password !== '') read.problem(`${which}User`, 'a password needs a user')
  if (user !== '' && password === '') read.problem(`${which}Password`, 'a user needs a password')
  const server = { host, port: number, security }
  return user === '' ? server : { ...server, login: { user, password } }
}

function mailboxIn(read: SettingsReader): Mailbox {
  const server = serverIn(read, 'imap')
  if (!server.login) read.problem('imapUser', 'the user of the mailbox is needed')
  const folder = read.text('folder', { fallback: 'INBOX' })
  return { ...server, login: server.login ?? { user: '', password: '' }, folder }
}

function securityIn(
  read: SettingsReader,
  field: string,
  fallback: MailServer['security'],
): MailServer['security'] {
  const text = read.text(field, { fallback })
  if (text === 'tls' || text === 'starttls' || text === 'none') return text
  read.problem(field, 'tls, starttls or none is needed')
  return fallback
}
