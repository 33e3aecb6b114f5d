import MailComposer from 'nodemailer/lib/mail-composer'
import { oneLine } from '../connectors/compose-text.ts'
import type { OutgoingMail } from './mail-port.ts'

/** Characters of a subject or a name; servers refuse headers of any length. */
const MAX_HEADER_TEXT = 250

/**
 * A mail as it goes over the line. Texts become single lines before anything else; that addresses
 * and ids cannot end theirs is the library's word, which the test holds it to.
 */
export function renderMail(mail: OutgoingMail): Promise<Uint8Array> {
  const text = (value: string): string => oneLine(value, MAX_HEADER_TEXT)
  return new MailComposer({
    from: { name: text(mail.from.name), address: mail.from.address },
    to: { name: '', address: mail.to },
    replyTo: { name: '', address: mail.replyTo },
    subject: text(mail.subject),
    messageId: `<${mail.messageId}>`,
    ...(mail.inReplyTo === undefined
      ? {}
      : { inReplyTo: `<${mail.inReplyTo}>`, references: `<${mail.inReplyTo}>` }),
    date: new Date(mail.time),
    headers: Object.entries(mail.headers ?? {}).map(([key, value]) => ({
      key,
      value: text(value),
    })),
    text: mail.text.replace(/\r\n?/g, '\n'),
    ...(mail.html === undefined ? {} : { html: mail.html }),
    // A text such as "file:///etc/passwd" stays a text.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
}
