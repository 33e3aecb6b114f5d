import type { Entry } from '@homing/core'
import { isStatus } from '@homing/core'
import type { Outbound } from '../connector.ts'
import type { RequestTrackerSettings } from './types.ts'

/**
 * Who wrote, and which mail it was, in words that RT keeps: its requestor, its Message-ID and its
 * subject. From these a ticket is found again, and our own words are known when they come back.
 */

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const MESSAGE_ID = new RegExp(`^<?homing\\.(${UUID})\\.[^@<>\\s]+@([^@<>\\s]+)>?$`)

export function visitorAddress(
  visitor: Outbound['visitor'],
  settings: RequestTrackerSettings,
): string {
  if (settings.visitorEmail && visitor.email !== undefined && isMailbox(visitor.email)) {
    return visitor.email
  }
  return `visitor-${visitor.id.replace(/[^a-zA-Z0-9-]/g, '')}@${settings.visitorDomain}`
}

export function isVisitorAddress(creator: string, settings: RequestTrackerSettings): boolean {
  const address = creator.toLowerCase()
  return address.startsWith('visitor-') && address.endsWith(`@${settings.visitorDomain}`)
}

/** Without the angle brackets, as RT keeps it. At most 160 characters are kept there. */
export function messageIdOf(
  outbound: Pick<Outbound, 'conversation' | 'key'>,
  settings: RequestTrackerSettings,
): string {
  return `homing.${outbound.conversation}.${outbound.key}@${settings.visitorDomain}`
}

/** The conversation, when the mail was ours. */
export function conversationOfMessageId(
  messageId: string,
  settings: RequestTrackerSettings,
): string | undefined {
  const match = MESSAGE_ID.exec(messageId)
  return match?.[2] === settings.visitorDomain ? match[1] : undefined
}

/** Stands in the subject of a conversation's first mail: the random end of its id. */
export function referenceOf(conversation: string): string {
  return conversation.slice(-12)
}

export function isMailed(entry: Entry): boolean {
  return entry.author.role === 'visitor'
}

export function isStatusChange(entry: Entry): boolean {
  return isStatus(entry.body)
}

/** A comment is known by its subject: REST lets us choose no Message-ID. */
export function commentSubject(outbound: Outbound): string {
  return `Homing ${outbound.key}`
}

/** Plain ASCII mailboxes only: what is odd stays out of a mail's header. */
function isMailbox(value: string): boolean {
  return value.length <= 120 && /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$/.test(value)
}
