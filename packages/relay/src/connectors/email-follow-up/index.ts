import { ABSENT } from '../absent.ts'
import type { Connector, Field } from '../connector.ts'
import { mailServerFields } from '../mail-settings.ts'
import { configure } from './configure.ts'
import { doctor } from './doctor.ts'
import { send } from './send.ts'
import type { FollowUpSettings } from './types.ts'

const FIELDS: readonly Field[] = [
  {
    name: 'from',
    label: 'Sender',
    help: 'The address that answers come from, e.g. hello@example.com. Your mail server must let us use it.',
    kind: 'text',
    required: true,
  },
  {
    name: 'page',
    label: 'Page with the widget',
    help: 'Where the link in a mail leads when the page of the conversation is not known, e.g. https://shop.example.com/.',
    kind: 'url',
    required: true,
  },
  {
    name: 'afterMinutes',
    label: 'Unseen for, minutes',
    help: 'An answer that nobody has seen for so long is sent; 10 when empty.',
    kind: 'text',
    required: false,
  },
  {
    name: 'replyTo',
    label: 'Replies go to',
    help: 'For people who answer the mail instead of following its link. The sender when empty.',
    kind: 'text',
    required: false,
  },
  ...mailServerFields('smtp', 'Outgoing server', false),
]

/**
 * Answers that a visitor has missed, at the address that he left on the page. Nothing comes back by
 * mail: the link in it leads back into the conversation.
 */
export const emailFollowUp: Connector<FollowUpSettings> = {
  ...ABSENT,
  name: 'email-follow-up',
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
    maxText: 100_000,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    // The settings say how long.
    gatherMs: 10 * 60_000,
  },
  fields: FIELDS,
  configure,
  verify: () => ({ ok: false, status: 401, reason: 'mail has no webhooks' }),
  parse: () => [],
  send,
  invite: () => ({ app: 'e-mail', binds: true, asks: 'email' }),
  doctor,
}
