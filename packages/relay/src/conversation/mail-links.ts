import { createHmac, timingSafeEqual } from 'node:crypto'
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
  issue(purpose: Purpose, of: LinkTarget): string
  /** The conversation a code is for; undefined: it is no good, or no good any more. */
  read(purpose: Purpose, code: string, at: Omit<LinkTarget, 'conversation'>): string | undefined
}

/** `resume`: the conversation in another browser. `stop`: no more mails. */
export type Purpose = 'resume' | 'stop'

export interface LinkTarget {
  readonly site: string
  readonly conversation: string
  /** The connector that sends it; a resuming link is of no particular one. */
  readonly connector?: string
}

/** A mail is found again within this, or the shop is written to anew, ms. */
export const RESUME_TTL_MS = 30 * 24 * 3_600_000

/** UUID, end in seconds, stamp. */
const ID_BYTES = 16
const END_BYTES = 4
const STAMP_BYTES = 16
/** 36 bytes in base64url are 48 characters, without padding. */
const CODE = /^[A-Za-z0-9_-]{48}$/
/** The last second that fits: it never ends. */
const NEVER = 2 ** 32 - 1

export interface MailLinksOptions {
  readonly secret: Uint8Array
  readonly clock: Pick<Clock, 'now'>
}

export function createMailLinks({ secret, clock }: MailLinksOptions): MailLinks {
  // A key of its own: nothing that is signed elsewhere can pass for a link.
  const key = createHmac('sha256', secret).update('links in mails').digest()

  const stamp = (
    purpose: Purpose,
    { site, connector = '' }: Omit<LinkTarget, 'conversation'>,
    said: Uint8Array,
  ): Buffer =>
    createHmac('sha256', key)
      // No site and no connector has a zero byte in its name.
      .update(`${purpose}\0${site}\0${connector}\0`)
      .update(said)
      .digest()
      .subarray(0, STAMP_BYTES)

  return {
    issue(purpose, of) {
      if (!isUuid(of.conversation)) throw new Error('A conversation is named by a UUID.')
      const said = Buffer.alloc(ID_BYTES + END_BYTES)
      said.write(of.conversation.replaceAll('-', ''), 'hex')
      const ends = Math.ceil((clock.now() + RESUME_TTL_MS) / 1000)
      said.writeUInt32BE(purpose === 'stop' ? NEVER : ends, ID_BYTES)
      return Buffer.concat([said, stamp(purpose, of, said)]).toString('base64url')
    },

    read(purpose, code, at) {
      if (!CODE.test(code)) return undefined
      const bytes = Buffer.from(code, 'base64url')
      const said = bytes.subarray(0, ID_BYTES + END_BYTES)
      const signed = bytes.subarray(ID_BYTES + END_BYTES)
      if (!timingSafeEqual(stamp(purpose, at, said), signed)) return undefined
      const ends = said.readUInt32BE(ID_BYTES)
      if (ends !== NEVER && ends * 1000 <= clock.now()) return undefined
      return idOf(said)
    },
  }
}

/** As it was: of its own version. */
function idOf(said: Uint8Array): string {
  return formatUuid(said.subarray(0, ID_BYTES), (said[6] ?? 0) & 0xf0)
}
