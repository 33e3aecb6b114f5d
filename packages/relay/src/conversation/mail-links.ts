import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '@homing/core'
import { formatUuid, isUuid } from '@homing/core'

/**
 * What a link in a mail says: that whoever has it was sent it, for this conversation. Signed by the
 * log's key and kept nowhere, so that thousands of mails cost no row.
 *
 * A link works as often as it is followed until it ends: mail programs and their scanners follow
 * links before people do, and people have more than one device.
 */
export interface MailLinks {
  /** The code of a link that brings a conversation to another browser, for RESUME_TTL_MS. */
  issueResume(of: { readonly site: string; readonly conversation: string }): string
  /** The conversation; undefined: the code is no good, or no good any more. */
  readResume(code: string, at: { readonly site: string }): string | undefined
  /** The code of a link that ends the mails of a connector to an address; it never ends itself. */
  issueStop(of: StopPlace & { readonly conversation: string; readonly address: string }): string
  readStop(code: string, at: StopPlace): Stop | undefined
}

export interface StopPlace {
  readonly site: string
  readonly connector: string
}

export interface Stop {
  readonly conversation: string
  /** Was it this address that the link was sent to? Another one may have been left since. */
  isOf(address: string): boolean
}

/** A mail is found again within this, or the shop is written to anew, ms. */
export const RESUME_TTL_MS = 30 * 24 * 3_600_000

/** A UUID; a word, which is the end in seconds or a mark of the address; the stamp. */
const ID_BYTES = 16
const WORD_BYTES = 4
const STAMP_BYTES = 16
/** 36 bytes in base64url are 48 characters, without padding. */
const CODE = /^[A-Za-z0-9_-]{48}$/

export interface MailLinksOptions {
  readonly secret: Uint8Array
  readonly clock: Pick<Clock, 'now'>
}

export function createMailLinks({ secret, clock }: MailLinksOptions): MailLinks {
  // A key of its own: nothing that is signed elsewhere can pass for a link.
  const key = createHmac('sha256', secret).update('links in mails').digest()

  /** `good` names what the code is good for, and has no zero byte in its parts. */
  const stamp = (good: readonly string[], said: Uint8Array): Buffer =>
    createHmac('sha256', key)
      .update(`${good.join('\0')}\0`)
      .update(said)
      .digest()
      .subarray(0, STAMP_BYTES)

  const write = (good: readonly string[], conversation: string, word: number): string => {
    if (!isUuid(conversation)) throw new Error('A conversation is named by a UUID.')
    const said = Buffer.alloc(ID_BYTES + WORD_BYTES)
    said.write(conversation.replaceAll('-', ''), 'hex')
    said.writeUInt32BE(word, ID_BYTES)
    return Buffer.concat([said, stamp(good, said)]).toString('base64url')
  }

  const read = (
    good: readonly string[],
    code: string,
  ): { readonly conversation: string; readonly word: number } | undefined => {
    if (!CODE.test(code)) return undefined
    const bytes = Buffer.from(code, 'base64url')
    const said = bytes.subarray(0, ID_BYTES + WORD_BYTES)
    if (!timingSafeEqual(stamp(good, said), bytes.subarray(ID_BYTES + WORD_BYTES))) return undefined
    return { conversation: idOf(said), word: said.readUInt32BE(ID_BYTES) }
  }

  return {
    issueResume: ({ site, conversation }) =>
      write(['resume', site], conversation, Math.ceil((clock.now() + RESUME_TTL_MS) / 1000)),

    readResume(code, { site }) {
      const found = read(['resume', site], code)
      return found && found.word * 1000 > clock.now() ? found.conversation : undefined
    },

    issueStop: ({ site, connector, conversation, address }) =>
      write(['stop', site, connector], conversation, markOf(address)),

    readStop(code, { site, connector }) {
      const found = read(['stop', site, connector], code)
      return (
        found && {
          conversation: found.conversation,
          isOf: (address) => markOf(address) === found.word,
        }
      )
    },
  }
}

/** As it was: of its own version. */
function idOf(said: Uint8Array): string {
  return formatUuid(said.subarray(0, ID_BYTES), (said[6] ?? 0) & 0xf0)
}

/** Tells one address from another; it is the stamp that nobody can guess. */
const markOf = (address: string): number =>
  createHash('sha256').update(address).digest().readUInt32BE()
