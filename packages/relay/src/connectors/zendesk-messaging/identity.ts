import { isUuid } from '@homing/core'
import type { Outbound } from '../connector.ts'
import { oneLine } from '../compose-text.ts'
import { isRecord } from '../settings.ts'
import type { Row } from './types.ts'

/**
 * Marks that Zendesk keeps with what we make, and gives back: the visitor's id as the user's
 * external id, our conversation's with its own, and the delivery's key with a message.
 */

const CONVERSATION = 'homing_conversation'
const KEY = 'homing_key'

/** All of it together may have 4 kB. */
const MAX_VALUE_LENGTH = 500

export function conversationMetadata(outbound: Outbound, link: string): Row {
  const { page, visitor } = outbound
  return {
    [CONVERSATION]: outbound.conversation,
    homing_link: link,
    ...(page ? { page: oneLine(page.url, MAX_VALUE_LENGTH) } : {}),
    ...(page?.title === undefined ? {} : { page_title: oneLine(page.title, MAX_VALUE_LENGTH) }),
    ...(visitor.locale === undefined ? {} : { language: oneLine(visitor.locale, 64) }),
  }
}

export function messageMetadata(key: string): Row {
  return { [KEY]: key }
}

/** The key of the words with which a conversation opens. */
export function noteKeyOf(outbound: Pick<Outbound, 'conversation'>): string {
  return `note:${outbound.conversation}`
}

/** Our conversation; undefined when Zendesk's was made by somebody else, or does not say. */
export function conversationOf(conversation: unknown): string | undefined {
  const mark = markOf(conversation, CONVERSATION)
  return mark !== undefined && isUuid(mark) ? mark : undefined
}

export function keyOf(message: unknown): string | undefined {
  return markOf(message, KEY)
}

function markOf(row: unknown, name: string): string | undefined {
  const metadata = isRecord(row) ? row['metadata'] : undefined
  const mark = isRecord(metadata) ? metadata[name] : undefined
  return typeof mark === 'string' ? mark : undefined
}
