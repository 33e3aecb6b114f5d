import type { Mailbox } from '../../mail/mail-port.ts'
import type { Parsed } from '../connector.ts'
import { isMailDomain, readAddress, readMailServer } from '../mail-settings.ts'
import type { SettingsReader } from '../settings.ts'
import { readSettings } from '../settings.ts'
import { MAX_LOCAL_LENGTH } from './address.ts'
import type { EmailSettings } from './types.ts'

/** Shorter secrets can be guessed from one address. */
const MIN_SECRET_LENGTH = 16
const DEFAULT_QUIET_S = 20
const MAX_QUIET_S = 300
const LOCAL = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/

export function configure(input: unknown): Parsed<EmailSettings> {
  const read = readSettings(input)
  const [local, domain] = readAddress(read, 'address')
  if (local.length > MAX_LOCAL_LENGTH || (local !== '' && !LOCAL.test(local))) {
    read.problem(
      'address',
      `at most ${MAX_LOCAL_LENGTH} letters, digits, ".", "_" and "-" may stand before the @`,
    )
  }
  const desk = readAddress(read, 'desk').join('@')
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
    smtp: readMailServer(read, 'smtp'),
    imap: mailboxIn(read),
  }
  const parsed = read.done<EmailSettings>(settings)
  return parsed.ok ? { ...parsed, capabilities: { gatherMs: quietMs, reconcile: copies } } : parsed
}

function agentsIn(read: SettingsReader, desk: string): EmailSettings['agents'] {
  const addresses = new Set<string>()
  const domains = new Set<string>()
  const entries = read.texts('agents').map((entry) => entry.trim().toLowerCase())
  for (const entry of entries.length > 0 ? entries : [desk]) {
    if (isMailDomain(entry)) domains.add(entry)
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

function mailboxIn(read: SettingsReader): Mailbox {
  const server = readMailServer(read, 'imap')
  if (!server.login) read.problem('imapUser', 'the user of the mailbox is needed')
  const folder = read.text('folder', { fallback: 'INBOX' })
  return { ...server, login: server.login ?? { user: '', password: '' }, folder }
}
