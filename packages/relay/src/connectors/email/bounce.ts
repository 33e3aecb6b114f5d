import type { SendFailure } from '../connector.ts'
import { ownMessage } from './address.ts'
import type { EmailSettings, ReadMail } from './types.ts'

/** A mail of ours that came back. */
export interface Bounce {
  readonly messageId: string
  readonly conversation: string
  readonly key: string
  readonly failure: SendFailure
  /** For operators: the status alone, for a server's own words may name people. */
  readonly reason: string
}

/**
 * Reads a report of a mail server (RFC 3464): which mail of ours was not delivered, for good. Ours
 * is known by the seal in its Message-ID; a report of a delay says nothing yet.
 */
export function readBounce(mail: ReadMail, settings: EmailSettings): Bounce | undefined {
  const report = mail.parts.find(({ type }) => type === 'message/delivery-status')
  if (!report) return undefined
  const words = textOf(report.bytes)
  if (!/^action:\s*failed\b/im.test(words)) return undefined
  for (const part of mail.parts) {
    if (part.type !== 'message/rfc822' && !part.type.startsWith('text/rfc822')) continue
    const head = textOf(part.bytes).split(/\r?\n\r?\n/, 1)[0] ?? ''
    const id = /^message-id:\s*<([^<>\s]+)>/im.exec(head)?.[1]
    const own = id === undefined ? undefined : ownMessage(id, settings)
    if (id === undefined || !own) continue
    const status = /^status:\s*(\d\.\d{1,3}\.\d{1,3})/im.exec(words)?.[1] ?? '5.0.0'
    return {
      messageId: id.toLowerCase(),
      ...own,
      failure: failureOf(status),
      reason: `the mail came back (${status})`,
    }
  }
  return undefined
}

/** By the subject of RFC 3463: 1 and 2 are the address and its mailbox. */
function failureOf(status: string): SendFailure {
  return /^\d\.[12]\./.test(status) ? 'bad-recipient' : 'bad-content'
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
