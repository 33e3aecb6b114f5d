import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import { cardOf, consoleLink, oneLine, speakerOf, transcriptOf, wordsOf } from '../compose-text.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import type { JsonApi } from '../json-api.ts'
import { refusalOf } from '../json-api.ts'
import { createApi } from './api.ts'
import { findMessage, findThreads, pathOf } from './find.ts'
import { conversationMetadata, messageMetadata, noteKeyOf } from './identity.ts'
import type { Row, ZendeskMessagingSettings } from './types.ts'

/** Characters of the words with which a conversation opens: one message. */
const MAX_NOTE = 4_000
/** Zendesk takes no longer name, address or language. */
const MAX_PROFILE_LENGTH = 128

/**
 * A visitor's words are said as the user, those of everybody else as the business.
 *
 *   user ──▶ conversation, if there is none that takes words ──▶ where, who, what was said before
 *                                                                  └──▶ message
 */
export async function send(
  outbound: Outbound,
  settings: ZendeskMessagingSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const api = createApi(settings, io)
  const { thread, entry } = outbound
  const words = wordsOf(entry).trim()
  // Nothing is opened for the sake of a status.
  const idle = words === '' || (isStatus(entry.body) && thread === undefined)
  if (idle) return { externalIds: [], ...(thread === undefined ? {} : { thread }) }
  const say = (at: string): Promise<Receipt> =>
    post(at, outbound.key, authorOf(outbound), words, api)
  if (thread !== undefined) return say(thread)

  await makeUser(outbound, settings, api)
  for (const known of await findThreads(outbound, api)) {
    try {
      await introduce(known, outbound, api)
      return await say(known)
    } catch (error) {
      // Full, or taken away meanwhile.
      if (!(error instanceof SendError) || error.failure !== 'thread-gone') throw error
    }
  }
  const made = await makeConversation(outbound, api)
  await introduce(made, outbound, api)
  return say(made)
}

function authorOf({ entry, visitor, site }: Outbound): Row {
  const { author, body } = entry
  if (author.role === 'visitor' && !isStatus(body)) {
    return { type: 'user', userExternalId: visitor.id }
  }
  const name = author.role === 'system' ? site.name : speakerOf(author, visitor)
  return { type: 'business', displayName: name }
}

async function makeUser(
  { visitor }: Outbound,
  settings: ZendeskMessagingSettings,
  api: JsonApi,
): Promise<void> {
  const email = settings.visitorEmail ? visitor.email : undefined
  const name = oneLine(visitor.name ?? '', MAX_PROFILE_LENGTH)
  const body = {
    externalId: visitor.id,
    profile: {
      givenName: name === '' ? `Visitor ${visitor.id.slice(-6)}` : name,
      ...(email === undefined || email.length > MAX_PROFILE_LENGTH ? {} : { email }),
      ...(visitor.locale === undefined ? {} : { locale: oneLine(visitor.locale, 64) }),
    },
  }
  try {
    await api.call('POST', '/users', { body })
  } catch (error) {
    // There already.
    if (refusalOf(error)?.status !== 409) throw error
  }
}

async function makeConversation(outbound: Outbound, api: JsonApi): Promise<string> {
  const answer = await api.call('POST', '/conversations', {
    body: {
      type: 'personal',
      participants: [{ userExternalId: outbound.visitor.id, subscribeSDKClient: false }],
      metadata: conversationMetadata(outbound, consoleLink(outbound)),
    },
  })
  const id = textOf(recordAt(answer, 'conversation')?.['id'])
  if (id === undefined) {
    throw new SendError('unknown', 'Zendesk made a conversation without an id: check the url')
  }
  return id
}

/** Once: a try before this one may have got this far. Only we are told of it, not the visitor. */
async function introduce(thread: string, outbound: Outbound, api: JsonApi): Promise<void> {
  const key = noteKeyOf(outbound)
  const known = await findMessage(thread, key, outbound.entry.time, api)
  if (known !== 'absent') return
  const card = [...cardOf(outbound), ['Console', consoleLink(outbound)] as const]
    .map(([label, value]) => `${label}: ${value}`)
    .join('\n')
  const before = transcriptOf(outbound, Math.max(0, MAX_NOTE - card.length - 20))
  const text = before === '' ? card : `${card}\n\nSaid before:\n${before}`
  const author = { type: 'business', displayName: outbound.site.name }
  await post(thread, key, author, text, api)
}

async function post(
  thread: string,
  key: string,
  author: Row,
  text: string,
  api: JsonApi,
): Promise<Receipt> {
  const answer = await api.call('POST', `${pathOf(thread)}/messages`, {
    body: { author, content: { type: 'text', text }, metadata: messageMetadata(key) },
  })
  const ids = recordsOf(recordAt(answer)?.['messages']).map(({ id }) => textOf(id))
  return { externalIds: ids.filter((id) => id !== undefined), thread }
}
