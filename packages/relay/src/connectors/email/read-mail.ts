import PostalMime, { addressParser } from 'postal-mime'
import type { Address } from 'postal-mime'
import { htmlToText } from '../html-to-text.ts'
import type { MailPart, ReadMail } from './types.ts'

/** Nesting and headers beyond what people and their programs write. */
const MAX_NESTING = 30
const MAX_HEADERS_BYTES = 256 * 1024
/** Where mail servers write whom a mail really was for, surest first. */
const DELIVERED_TO = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to']

/** The bytes of a mail, taken apart; undefined when they are none. */
export async function readMail(bytes: Uint8Array): Promise<ReadMail | undefined> {
  let mail: Awaited<ReturnType<typeof PostalMime.parse>>
  try {
    mail = await PostalMime.parse(bytes, {
      // A mail within a mail is not what was said.
      forceRfc822Attachments: true,
      maxNestingDepth: MAX_NESTING,
      maxHeadersSize: MAX_HEADERS_BYTES,
    })
  } catch {
    return undefined
  }
  const header = (name: string): readonly string[] =>
    mail.headers.filter(({ key }) => key === name).map(({ value }) => value)
  const from = authorOf(header('from'), mail.from)
  const messageId = idsIn(mail.messageId)[0]
  return {
    ...(messageId === undefined ? {} : { messageId }),
    subject: mail.subject ?? '',
    ...(from ? { from } : {}),
    recipients: [
      ...DELIVERED_TO.flatMap(header).map((value) => value.replace(/[<>\s]/g, '')),
      ...[...(mail.to ?? []), ...(mail.cc ?? [])].flatMap(addressesOf),
    ],
    references: [...idsIn(mail.inReplyTo), ...idsIn(mail.references).toReversed()],
    header,
    text: mail.text ?? htmlToText(mail.html ?? ''),
    parts: mail.attachments.map((part): MailPart => {
      const { filename, mimeType, content } = part
      return {
        type: mimeType,
        ...(filename === null || filename === '' ? {} : { name: filename }),
        bytes: typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content),
        related: part.related === true,
      }
    }),
  }
}

/** One From with one address: with more of either, it depends on the reader who wrote. */
function authorOf(values: readonly string[], from: Address | undefined): ReadMail['from'] {
  const [value = '', ...further] = values
  const count = addressParser(value, { flatten: true }).length
  if (further.length > 0 || count !== 1) return undefined
  if (from?.address === undefined || from.address === '') return undefined
  return { name: from.name, address: from.address.toLowerCase() }
}

function addressesOf(address: Address): readonly string[] {
  if (address.address !== undefined) return [address.address]
  return (address.group ?? []).map((member) => member.address)
}

/** What stands in angle brackets. */
function idsIn(value: string | undefined): readonly string[] {
  return [...(value ?? '').matchAll(/<([^<>\s]+)>/g)].flatMap(([, id]) => id ?? [])
}
