import { domainToASCII } from 'node:url'
import type { MailServer } from '../mail/mail-port.ts'
import type { Field } from './connector.ts'
import type { SettingsReader } from './settings.ts'

/** What every connector that speaks with mail servers asks for, and how its answers are read. */

export type MailProtocol = 'smtp' | 'imap'

const SECURITY = ['starttls', 'tls', 'none'] as const
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/
const LOCAL = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+$/
/** RFC 5321: what stands before the @, and all of it. */
const MAX_LOCAL_LENGTH = 64
const MAX_ADDRESS_LENGTH = 254
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i
const PORTS = {
  smtp: { tls: 465, starttls: 587, none: 25 },
  imap: { tls: 993, starttls: 143, none: 143 },
} as const

export const isMailDomain = (text: string): boolean => DOMAIN.test(text)

/** A local part and a domain, in lower case; undefined when it is no address. */
export function splitAddress(text: string): readonly [string, string] | undefined {
  const lower = text.trim().toLowerCase()
  const at = lower.lastIndexOf('@')
  const local = lower.slice(0, at)
  // As name servers know it, whatever letters it is written in.
  const domain = domainToASCII(lower.slice(at + 1))
  if (lower.length > MAX_ADDRESS_LENGTH || local.length > MAX_LOCAL_LENGTH) return undefined
  return at > 0 && DOMAIN.test(domain) && LOCAL.test(local) ? [local, domain] : undefined
}

/** The same, of a setting; both are empty when it is no address. */
export function readAddress(
  read: SettingsReader,
  field: string,
  options: { readonly fallback?: string } = {},
): readonly [string, string] {
  const hint = 'an address such as chat@example.com is needed'
  const text = read.text(field, { ...options, hint })
  if (text === '') return ['', '']
  const parts = splitAddress(text)
  if (!parts) read.problem(field, hint)
  return parts ?? ['', '']
}

export function readMailServer(read: SettingsReader, which: MailProtocol): MailServer {
  const security = readSecurity(read, `${which}Security`, which === 'smtp' ? 'starttls' : 'tls')
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

function readSecurity(
  read: SettingsReader,
  field: string,
  fallback: MailServer['security'],
): MailServer['security'] {
  const text = read.text(field, { fallback })
  if (text === 'tls' || text === 'starttls' || text === 'none') return text
  read.problem(field, 'tls, starttls or none is needed')
  return fallback
}

export function mailServerFields(
  which: MailProtocol,
  label: string,
  login: boolean,
): readonly Field[] {
  return [
    {
      name: `${which}Host`,
      label,
      help: 'Its name, with ":port" where it is not the usual one.',
      kind: 'text',
      required: true,
    },
    {
      name: `${which}Security`,
      label: `${label}: encryption`,
      help: 'none is for hosts listed in HOMING_ALLOW_PRIVATE alone.',
      kind: 'choice',
      choices: SECURITY,
      required: false,
    },
    {
      name: `${which}User`,
      label: `${label}: user`,
      help: login ? 'Mostly the address itself.' : 'Empty where the server knows the relay.',
      kind: 'text',
      required: login,
    },
    {
      name: `${which}Password`,
      label: `${label}: password`,
      help: 'An app password where the provider has such.',
      kind: 'secret',
      required: login,
    },
  ]
}
