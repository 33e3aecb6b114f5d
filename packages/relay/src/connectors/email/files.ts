import { oneLine } from '../compose-text.ts'
import type { ConnectorIo, Fact, Media } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { MailPosition } from '../../mail/mail-port.ts'
import { mailFailure, mailOf } from '../mail-failures.ts'
import { readMail } from './read-mail.ts'
import type { EmailSettings, MailPart, ReadMail } from './types.ts'

type Reference = NonNullable<Extract<Fact, { readonly kind: 'message' }>['media']>[number]

const MAX_FILES = 10
const MAX_NAME = 120
/** A smaller picture within the text is the logo of a signature. */
const LOGO_BYTES = 16 * 1024
/** Signatures of mails, reports and mails within mails are nothing to look at. */
const NOT_FILES =
  /^(?:application\/(?:pgp-(?:signature|encrypted)|(?:x-)?pkcs7-signature)|message\/.*|text\/rfc822-headers)$/

/** What is attached, each by the place of the mail and its number within. */
export function filesOf(mail: ReadMail, { validity, uid }: MailPosition): readonly Reference[] {
  return mail.parts
    .flatMap((part, index): Reference[] =>
      isFile(part)
        ? [{ reference: `${validity}/${uid}/${index}`, name: nameOf(part), type: part.type }]
        : [],
    )
    .slice(0, MAX_FILES)
}

export async function media(
  reference: string,
  settings: EmailSettings,
  io: ConnectorIo,
): Promise<Media> {
  const [, validity = '', uid = '', index = ''] = /^(\d+)\/(\d+)\/(\d+)$/.exec(reference) ?? []
  const gone = new SendError('bad-content', 'the mail is not in the mailbox any more')
  if (index === '') throw gone
  let bytes: Uint8Array | undefined
  try {
    bytes = await mailOf(io).read(settings.imap, { validity, uid: Number(uid) }, io.signal)
  } catch (error) {
    throw mailFailure(error)
  }
  const part = bytes && (await readMail(bytes))?.parts[Number(index)]
  if (!part) throw gone
  return { bytes: part.bytes, type: part.type, name: nameOf(part) }
}

function isFile(part: MailPart): boolean {
  if (NOT_FILES.test(part.type) || part.bytes.byteLength === 0) return false
  return !(part.related && part.bytes.byteLength < LOGO_BYTES)
}

function nameOf({ name, type }: MailPart): string {
  return (
    oneLine(name ?? '', MAX_NAME) || `file.${type.split('/')[1]?.replace(/\W.*$/, '') || 'bin'}`
  )
}
