import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import { textToHtml } from '../html-to-text.ts'
import type { JsonApi } from '../json-api.ts'
import { recordAt, textOf } from '../json-fields.ts'
import type { Receipt } from '../../store/store.ts'
import { transcriptOf } from '../compose-text.ts'
import { contextText, isOfVisitor, saidText } from '../ticket-text.ts'
import { adminOf, conversationPath, createApi } from './api.ts'
import { contactOf } from './contact.ts'
import { findSaid } from './find.ts'
import type { IntercomSettings } from './types.ts'

/** Characters of what was said before. */
const MAX_TRANSCRIPT = 20_000

/**
 * The visitor's words are the contact's. The words of agents and bots, which the visitor has
 * already, are notes of the admin whose token it is.
 */
export async function send(
  outbound: Outbound,
  settings: IntercomSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const api = createApi(settings, io)
  if (isStatus(outbound.entry.body)) return sendStatus(outbound, api)
  if (saidText(outbound) === '') return bare(outbound.thread)
  if (outbound.thread === undefined) return open(outbound, settings, api)
  if (!isOfVisitor(outbound)) {
    await addNote(outbound.thread, saidText(outbound), api)
    return bare(outbound.thread)
  }
  const answer = await api.call('POST', `${conversationPath(outbound.thread)}/reply`, {
    body: {
      message_type: 'comment',
      type: 'user',
      user_id: outbound.visitor.id,
      body: saidText(outbound),
    },
  })
  const part = findSaid(answer, outbound)
  return { externalIds: part ? [part.id] : [], thread: outbound.thread }
}

/**
 * A conversation begins with the visitor's words alone, so that it reads as one; what was said
 * before, and where the visitor is, follow as a note. A note that fails is not worth the words.
 */
async function open(
  outbound: Outbound,
  settings: IntercomSettings,
  api: JsonApi,
): Promise<Receipt> {
  const contact = await contactOf(outbound, settings, api)
  const answer = await api.call('POST', '/conversations', {
    body: { from: { type: 'user', id: contact }, body: saidText(outbound) },
  })
  const thread = textOf(recordAt(answer)?.['conversation_id'])
  if (thread === undefined) throw new SendError('unknown', 'Intercom named no conversation')
  const before = transcriptOf(outbound, MAX_TRANSCRIPT)
  const context = [...(before === '' ? [] : [before]), contextText(outbound)].join('\n\n')
  await addNote(thread, context, api).catch(() => {})
  const message = textOf(recordAt(answer)?.['id'])
  return { externalIds: message === undefined ? [] : [message], thread }
}

async function addNote(thread: string, text: string, api: JsonApi): Promise<void> {
  const admin = await adminOf(api)
  await api.call('POST', `${conversationPath(thread)}/reply`, {
    body: { message_type: 'note', type: 'admin', admin_id: admin, body: textToHtml(text) },
  })
}

/** A conversation in which the contact writes is opened by Intercom itself. */
async function sendStatus({ entry, thread }: Outbound, api: JsonApi): Promise<Receipt> {
  const status = isStatus(entry.body) ? entry.body.status : undefined
  if (thread === undefined || (status !== 'open' && status !== 'resolved')) return bare(thread)
  const admin = await adminOf(api)
  await api.call('POST', `${conversationPath(thread)}/parts`, {
    body:
      status === 'resolved'
        ? { message_type: 'close', type: 'admin', admin_id: admin }
        : { message_type: 'open', admin_id: admin },
  })
  return bare(thread)
}

function bare(thread: string | undefined): Receipt {
  return { externalIds: [], ...(thread === undefined ? {} : { thread }) }
}
