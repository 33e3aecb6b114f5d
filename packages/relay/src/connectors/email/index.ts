import { ABSENT } from '../absent.ts'
import type { Connector, Field } from '../connector.ts'
import { mailServerFields } from '../mail-settings.ts'
import { configure } from './configure.ts'
import { doctor } from './doctor.ts'
import { media } from './files.ts'
import { poll } from './poll.ts'
import { reconcile, send } from './send.ts'
import type { EmailSettings } from './types.ts'

/** Between two looks into the mailbox, ms: within the time people wait. On a connection that stays open a look is two short commands. */
const POLL_EVERY_MS = 2_500
/** Quiet time after a visitor's line; the settings may say another. Long enough for a desk's tag to come back. */
const GATHER_MS = 20_000

const FIELDS: readonly Field[] = [
  {
    name: 'desk',
    label: "The helpdesk's address",
    help: 'Where your customers write to today, e.g. support@example.com.',
    kind: 'text',
    required: true,
  },
  {
    name: 'address',
    label: 'Our own address',
    help: 'A mailbox for Homing alone. Mail to chat+anything@… must arrive in it too.',
    kind: 'text',
    required: true,
  },
  {
    name: 'secret',
    label: 'Secret',
    help: "A long random text. It seals the conversations' addresses: with another one, answers to older mails find nobody.",
    kind: 'secret',
    required: true,
  },
  {
    name: 'agents',
    label: 'Who may answer',
    help: "Addresses or whole domains, one per line. The helpdesk's address alone when empty.",
    kind: 'texts',
    required: false,
  },
  {
    name: 'authority',
    label: 'Name in Authentication-Results',
    help: 'The first word of that header in a mail you received. Given, only mails that pass DMARC count.',
    kind: 'text',
    required: false,
  },
  {
    name: 'quietSeconds',
    label: 'Quiet time',
    help: 'Lines written within so many seconds go as one mail; 20 when empty.',
    kind: 'text',
    required: false,
  },
  {
    name: 'copies',
    label: 'Copies to ourselves',
    help: 'Shows after a broken connection whether a mail left. Turn it off where the mailbox hides mails to oneself, as Gmail does.',
    kind: 'flag',
    on: true,
    required: false,
  },
  ...mailServerFields('smtp', 'Outgoing server', false),
  ...mailServerFields('imap', 'Incoming server', true),
  {
    name: 'folder',
    label: 'Folder',
    help: 'INBOX when empty.',
    kind: 'text',
    required: false,
  },
]

/** Any helpdesk behind an address: SMTP out, IMAP in. A conversation is an exchange of mails. */
export const email: Connector<EmailSettings> = {
  ...ABSENT,
  name: 'email',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot'],
    webhooks: false,
    idempotent: false,
    reconcile: true,
    locate: false,
    // Our own mails are known by their header and their sealed id.
    echoes: false,
    pollEveryMs: POLL_EVERY_MS,
    maxText: 100_000,
    textUnit: 'utf16',
    receipts: true,
    windowMs: 0,
    gatherMs: GATHER_MS,
  },
  fields: FIELDS,
  configure,
  verify: () => ({ ok: false, status: 401, reason: 'mail has no webhooks' }),
  parse: () => [],
  send,
  reconcile,
  poll,
  media,
  doctor,
}
