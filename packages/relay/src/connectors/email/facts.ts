import { createHash, createHmac } from 'node:crypto'
import type { Author } from '@homing/core'
import type { MailPosition } from '../../mail/mail-port.ts'
import { oneLine } from '../compose-text.ts'
import type { Fact } from '../connector.ts'
import { conversationOfAddress, ownMessage } from './address.ts'
import { readBounce } from './bounce.ts'
import { OWN_HEADER } from './compose.ts'
import { cutQuotes } from './cut-quotes.ts'
import { filesOf } from './files.ts'
import { isAutomatic, mayAnswer } from './sender.ts'
import { learnedThread, newThread } from './thread.ts'
import type { EmailSettings, ReadMail } from './types.ts'

/** Ids beyond this are told by their hash. */
const MAX_MESSAGE_ID = 300
const MAX_NAME = 80
/** What desks write into subjects: "[example.com #12]", "[#12]", "Ticket#12", "(#12)". */
const TAG = /\[[^\]]*\d[^\]]*\]|#\s?\d+/

/**
 * What a mail tells.
 *
 *   ours? ─yes─▶ nothing        came back? ─yes─▶ failed
 *     └─no─▶ whose conversation? ─▶ may the sender answer? ─▶ a tag to learn ─▶ automatic? ─▶ words
 */
export function factsOf(
  mail: ReadMail,
  place: MailPosition,
  cut: boolean,
  settings: EmailSettings,
): readonly Fact[] {
  if (isOwn(mail, settings)) return []
  const bounce = readBounce(mail, settings)
  if (bounce) {
    const { conversation, messageId, key, failure, reason } = bounce
    return [
      {
        kind: 'receipt',
        event: `bounce ${eventOf(mail, place, conversation)}`,
        where: { conversation },
        externalId: messageId,
        key,
        state: 'failed',
        failure,
        reason,
      },
    ]
  }
  const conversation = conversationOf(mail, settings)
  if (conversation === undefined || !mayAnswer(mail, settings)) return []
  const automatic = isAutomatic(mail)
  const learned = learnedFrom(mail, conversation, automatic, settings)
  const said = automatic ? [] : messageOf(mail, place, conversation, cut, settings)
  return [...learned, ...said]
}

/** A copy for ourselves, or one that went in a circle. */
function isOwn(mail: ReadMail, settings: EmailSettings): boolean {
  if (mail.header(OWN_HEADER.toLowerCase()).length > 0) return true
  return mail.messageId !== undefined && ownMessage(mail.messageId, settings) !== undefined
}

/** By the address it came to; where a desk lost that, by the mail it answers. */
function conversationOf(mail: ReadMail, settings: EmailSettings): string | undefined {
  for (const recipient of mail.recipients) {
    const found = conversationOfAddress(recipient, settings)
    if (found !== undefined) return found
  }
  for (const reference of mail.references) {
    const found = ownMessage(reference, settings)
    if (found) return found.conversation
  }
  return undefined
}

/** A machine's mail teaches only a desk's tag: that of a holiday note must not become the subject. */
function learnedFrom(
  mail: ReadMail,
  conversation: string,
  automatic: boolean,
  settings: EmailSettings,
): readonly Fact[] {
  if (automatic && !TAG.test(mail.subject)) return []
  const thread = learnedThread(conversation, mail, settings)
  if (thread === undefined) return []
  const where = { thread: newThread(conversation, settings) }
  return [{ kind: 'moved', event: `moved ${mail.messageId}`, where, thread }]
}

function messageOf(
  mail: ReadMail,
  place: MailPosition,
  conversation: string,
  cut: boolean,
  settings: EmailSettings,
): readonly Fact[] {
  const files = cut ? [] : filesOf(mail, place)
  const words = cutQuotes(mail.text)
  const text = cut ? `${words}\n📎 (too large to be taken along)`.trim() : words
  if (text === '' && files.length === 0) return []
  const id = eventOf(mail, place, conversation)
  return [
    {
      kind: 'message',
      event: id,
      externalId: id,
      where: { conversation },
      author: authorOf(mail, settings),
      body: { type: 'text', text },
      echo: false,
      ...(files.length > 0 ? { media: files } : {}),
    },
  ]
}

/** The same for every copy of a mail; another for a copy that went to another conversation. */
function eventOf(mail: ReadMail, place: MailPosition, conversation: string): string {
  const { messageId } = mail
  const id =
    messageId === undefined
      ? // Nothing else tells two copies from two mails.
        hash(`${mail.header('date')[0]}\n${mail.from?.address}\n${mail.subject}\n${mail.text}`)
      : messageId.length <= MAX_MESSAGE_ID
        ? messageId
        : hash(messageId)
  return `${id} ${conversation.slice(-12)}`
}

/** Visitors see an agent's name, not the address. */
function authorOf({ from }: ReadMail, settings: EmailSettings): Author {
  const name = oneLine(from?.name ?? '', MAX_NAME)
    .replace(/^["']+|["']+$/g, '')
    .replace(/\s+via\s.*$/i, '')
    .trim()
  const id = createHmac('sha256', settings.key)
    .update(`agent ${from?.address ?? ''}\n${name}`)
    .digest('hex')
    .slice(0, 24)
  return { role: 'agent', id: `mail-${id}`, ...(name === '' || name.includes('@') ? {} : { name }) }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
