import { isStatus, lineOf } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import { cardOf, consoleLink, speakerOf, transcriptOf } from '../compose-text.ts'
import type { Api } from './api.ts'
import { createApi } from './api.ts'
import { findMessage, findThreadOf } from './find.ts'
import { attributesOf, contactOf, noteSourceOf, sourceOf } from './identity.ts'
import type { ChatwootSettings, Row } from './types.ts'
import { idOf } from './types.ts'

/** Characters of what was said before, in the note with which a conversation opens. */
const MAX_TRANSCRIPT = 20_000

/**
 * A visitor's words become the contact's; those of agents and bots, written elsewhere, become
 * answers, so that who reads in Chatwoot sees all of it. What the relay says itself is a note.
 *
 *   contact ──▶ conversation, if there is none yet ──▶ note: where, who, what was said before
 *                                                        └──▶ message
 */
export async function send(
  outbound: Outbound,
  settings: ChatwootSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const api = createApi(settings, io)
  const { entry } = outbound
  if (isStatus(entry.body)) return sendStatus(outbound, entry.body.status, api)
  const message = messageOf(outbound)
  if (!message) return bare(outbound.thread)
  const thread = outbound.thread ?? (await openThread(outbound, settings, api))
  const id = await post(thread, message, api)
  return { externalIds: [String(id)], thread }
}

function messageOf(outbound: Outbound): Row | undefined {
  const { entry, visitor } = outbound
  const words = lineOf(entry.body)
  if (words.trim() === '') return undefined
  const source = { source_id: sourceOf(outbound) }
  switch (entry.author.role) {
    case 'visitor':
      return { content: words, message_type: 'incoming', private: false, ...source }
    case 'system':
      return { content: words, message_type: 'outgoing', private: true, ...source }
    default: {
      const content = `${speakerOf(entry.author, visitor)}: ${words}`
      return { content, message_type: 'outgoing', private: false, ...source }
    }
  }
}

async function openThread(
  outbound: Outbound,
  settings: ChatwootSettings,
  api: Api,
): Promise<string> {
  const contact = idOf(
    (await api.inbox('POST', '/contacts', { body: contactOf(outbound, settings) }))['id'],
  )
  if (contact === undefined) {
    throw new SendError('retry', 'Chatwoot made a contact without a number: check the url')
  }
  const found = await findThreadOf(contact, outbound, api)
  const thread = found ?? (await createThread(contact, outbound, settings, api))
  await postNote(thread, outbound, api)
  return thread
}

async function createThread(
  contact: number,
  outbound: Outbound,
  settings: ChatwootSettings,
  api: Api,
): Promise<string> {
  const { page, visitor, conversation } = outbound
  const answer = await api.account('POST', '/conversations', {
    body: {
      source_id: conversation,
      inbox_id: settings.inbox,
      contact_id: contact,
      status: 'open',
      // What Chatwoot shows beside the words without being told how.
      additional_attributes: {
        ...(page ? { referer: page.url } : {}),
        ...(visitor.locale === undefined ? {} : { browser_language: visitor.locale }),
      },
      custom_attributes: attributesOf(outbound, consoleLink(outbound)),
    },
  })
  const id = idOf(answer['id'])
  if (id === undefined) {
    throw new SendError('unknown', 'Chatwoot made a conversation without a number: check the url')
  }
  return String(id)
}

/** Once: a try before this one may have got this far. */
async function postNote(thread: string, outbound: Outbound, api: Api): Promise<void> {
  const source = noteSourceOf(outbound)
  const known = await findMessage(thread, source, outbound.entry.time, api)
  if (known !== 'absent') return
  const card = cardOf(outbound).map(([label, value]) => `${label}: ${value}`)
  const before = transcriptOf(outbound, MAX_TRANSCRIPT)
  const content = [
    [...card, `Console: ${consoleLink(outbound)}`].join('\n'),
    ...(before === '' ? [] : [`Said before:\n${before}`]),
  ].join('\n\n')
  await post(thread, { content, message_type: 'outgoing', private: true, source_id: source }, api)
}

async function post(thread: string, message: Row, api: Api): Promise<number> {
  const path = `/conversations/${thread}/messages`
  const answer = await api.account('POST', path, { body: message, missing: 'thread-gone' })
  const id = idOf(answer['id'])
  if (id === undefined) {
    throw new SendError('unknown', 'Chatwoot took the message and gave no number for it')
  }
  return id
}

/** Nothing is opened for the sake of a status. */
async function sendStatus({ thread }: Outbound, status: string, api: Api): Promise<Receipt> {
  if (thread !== undefined && (status === 'open' || status === 'resolved')) {
    const path = `/conversations/${thread}/toggle_status`
    await api.account('POST', path, { body: { status }, missing: 'thread-gone' })
  }
  return bare(thread)
}

function bare(thread: string | undefined): Receipt {
  return { externalIds: [], ...(thread === undefined ? {} : { thread }) }
}
