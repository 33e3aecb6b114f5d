import MailComposer from 'nodemailer/lib/mail-composer'
import { oneLine } from '../connectors/compose-text.ts'
import type { OutgoingMail } from './mail-port.ts'

/** Characters of a subject or a name; servers refuse headers of any length. */
const MAX_HEADER_TEXT = 250

/** A mail as it goes over the line. Names and subjects become single lines before anything else. */
export function renderMail(mail: OutgoingMail): Promise<Uint8Array> {
  const text = (value: string): string => oneLine(value, MAX_HEADER_TEXT)
  return new MailComposer({
    from: { name: text(mail.from.name), address: plain(mail.from.address) },
    to: { name: '', address: plain(mail.to) },
    replyTo: { name: '', address: plain(mail.replyTo) },
    subject: text(mail.subject),
    messageId: `<${plain(mail.messageId)}>`,
    ...(mail.inReplyTo === undefined
      ? {}
      : { inReplyTo: `<${plain(mail.inReplyTo)}>`, references: `<${plain(mail.inReplyTo)}>` }),
    date: new Date(mail.time),
    headers: Object.entries(mail.headers ?? {}).map(([key, value]) => ({
      key,
      value: text(value),
    })),
    text: mail.text.replace(/\r\n?/g, '\n'),
    // A text such as "file:///etc/passwd" stays a text.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
}

/** An address or id without anything that could end it. */
function plain(value: string): string {
  return value.replace(/[^\x21-\x7e]|[<>,;]/g, '')
}
