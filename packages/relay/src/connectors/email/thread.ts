import { oneLine } from '../compose-text.ts'
import { tokenOf } from './address.ts'
import type { EmailSettings } from './types.ts'

/**
 * What a later mail needs so that the helpdesk puts it with the earlier ones. It answers the first
 * mail that came back, as people's programs do: with its subject, in which most desks write a tag
 * of their own ("[rt.example.com #12]"), and in reply to its id.
 *
 * A thread's name in the relay's log is the conversation's token, which every mail that comes back
 * tells; once one came, the id and the subject stand behind it.
 */
export interface MailThread {
  /** Of the desk's first mail, without angle brackets. */
  readonly messageId?: string
  readonly subject?: string
}

/** Characters. */
const MAX_SUBJECT = 200
const MAX_MESSAGE_ID = 300
const ANSWER_PREFIX =
  /^(?:(?:re|aw|fw|fwd|wg|sv|vs|antw|antwort|rv|tr|rif|r|odp|ynt)(?:\[\d+\])?\s*:\s*)+/i

/** Until something came back. */
export function newThread(conversation: string, settings: EmailSettings): string {
  return tokenOf(conversation, settings)
}

export function learnedThread(
  conversation: string,
  mail: { readonly messageId?: string; readonly subject: string },
  settings: EmailSettings,
): string | undefined {
  const { messageId } = mail
  if (messageId === undefined || messageId.length > MAX_MESSAGE_ID) return undefined
  const subject = oneLine(mail.subject, MAX_SUBJECT).replace(ANSWER_PREFIX, '')
  return `${tokenOf(conversation, settings)} ${messageId} ${subject}`.trim()
}

export function readThread(name: string | undefined): MailThread {
  const [, messageId, ...words] = (name ?? '').split(' ')
  if (messageId === undefined || messageId === '') return {}
  const subject = words.join(' ')
  return subject === '' ? { messageId } : { messageId, subject }
}

export function answerTo(subject: string): string {
  return ANSWER_PREFIX.test(subject) ? subject : `Re: ${subject}`
}
