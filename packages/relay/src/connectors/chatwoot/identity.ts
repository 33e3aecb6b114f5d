import { createHmac } from 'node:crypto'
import { isUuid } from '@homing/core'
import type { Outbound } from '../connector.ts'
import { isRecord } from '../settings.ts'
import type { ChatwootSettings, Row } from './types.ts'

/**
 * Whose words they are, in marks that Chatwoot keeps and gives back. A conversation of ours has a
 * contact's place in the inbox of its own, named by the conversation's id; so a webhook tells at
 * once whose it is. A visitor is one contact, known by its id, with as many such places as it has
 * conversations. A message of ours has the delivery's key.
 */

const SOURCE = 'homing:'
/** Of a conversation, for lists of them, which leave the contact's place out. */
const CONVERSATION_ATTRIBUTE = 'homing_conversation'

export function sourceOf(outbound: Pick<Outbound, 'key'>): string {
  return SOURCE + outbound.key
}

/** The note with which a conversation opens. */
export function noteSourceOf(outbound: Pick<Outbound, 'conversation'>): string {
  return `${SOURCE}note:${outbound.conversation}`
}

export function isOurs(message: Row): boolean {
  return typeof message['source_id'] === 'string' && message['source_id'].startsWith(SOURCE)
}

/** The contact, and its place in the inbox for this conversation. Asking twice makes one. */
export function contactOf(outbound: Outbound, settings: ChatwootSettings): Row {
  const { visitor, conversation } = outbound
  const email = settings.visitorEmail ? visitor.email : undefined
  return {
    source_id: conversation,
    identifier: visitor.id,
    ...(settings.identityKey === ''
      ? {}
      : {
          identifier_hash: createHmac('sha256', settings.identityKey)
            .update(visitor.id)
            .digest('hex'),
        }),
    name: visitor.name?.trim() || `Visitor ${visitor.id.slice(-6)}`,
    ...(email === undefined ? {} : { email }),
  }
}

export function attributesOf(outbound: Outbound, link: string): Row {
  const { page, visitor } = outbound
  return {
    [CONVERSATION_ATTRIBUTE]: outbound.conversation,
    homing_link: link,
    ...(page ? { page: page.url } : {}),
    ...(page?.title === undefined ? {} : { page_title: page.title }),
    ...(visitor.locale === undefined ? {} : { language: visitor.locale }),
  }
}

/** Our conversation, of a conversation of Chatwoot's; undefined when it is none of ours. */
export function conversationOf(conversation: unknown): string | undefined {
  if (!isRecord(conversation)) return undefined
  const place = conversation['contact_inbox']
  const attributes = conversation['custom_attributes']
  const marks = [
    isRecord(place) ? place['source_id'] : undefined,
    isRecord(attributes) ? attributes[CONVERSATION_ATTRIBUTE] : undefined,
  ]
  return marks.find((mark) => typeof mark === 'string' && isUuid(mark)) as string | undefined
}
