import { isStatus } from '@homing/core'
import type { OutgoingMail } from '../../mail/mail-port.ts'
import type { Outbound } from '../connector.ts'
import { openingText, saidText, subjectOf, visitorName } from '../ticket-text.ts'
import { addressOf, messageIdOf } from './address.ts'
import { MARKER } from './cut-quotes.ts'
import { answerTo, readThread } from './thread.ts'
import type { EmailSettings } from './types.ts'

/** Characters of what was said before that the first mail repeats. */
const MAX_TRANSCRIPT = 20_000
/** In every mail of ours; what comes back with it is ours. */
export const OWN_HEADER = 'X-Homing-Conversation'

/**
 * The visitor's words as a mail; undefined when there are none. It comes from the conversation's
 * own address, so that whatever the desk takes for the customer leads back here.
 *
 * It is not marked as written by a machine, for a person wrote it; desks answer such mails with
 * their tag, and drop or park the others.
 */
export function composeMail(outbound: Outbound, settings: EmailSettings): OutgoingMail | undefined {
  const { conversation, entry, more, site, tag } = outbound
  if ([entry, ...more].every(({ body }) => isStatus(body))) return undefined
  const said = saidText(outbound)
  if (said === '') return undefined
  const thread = readThread(outbound.thread)
  const words = outbound.thread === undefined ? openingText(outbound, MAX_TRANSCRIPT) : said
  const address = addressOf(conversation, settings)
  return {
    from: { name: `${visitorName(outbound)} via ${site.name}`, address },
    to: settings.desk,
    replyTo: address,
    returnPath: address,
    ...(settings.copies ? { copyTo: address } : {}),
    messageId: messageIdOf(conversation, outbound.key, settings),
    ...(thread.messageId === undefined ? {} : { inReplyTo: thread.messageId }),
    subject:
      thread.subject === undefined
        ? `${safeWords(subjectOf(outbound))} (${tag})`
        : answerTo(thread.subject),
    text: `${MARKER}\n\n${words}\n`,
    time: entry.time,
    headers: {
      [OWN_HEADER]: conversation,
      // No holiday notes, no receipts; a desk's own answer to a first mail is welcome.
      'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF',
    },
  }
}

/** A tag of another ticket in a page's title would put these words there. */
function safeWords(text: string): string {
  return text
    .replace(/[[\]#]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
