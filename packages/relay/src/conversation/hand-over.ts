import { createHash } from 'node:crypto'
import type { Clock, RandomBytes } from '@homing/core'
import type { HandOver, Store } from '../store/store.ts'

/**
 * Takes a conversation along to a messenger. The page shows a one-time code inside a link; the
 * first message that brings it binds its sender's address to the conversation.
 */
export interface HandOvers {
  /**
   * The conversation need not be there yet. Whether it is this visitor's is asked when the code
   * comes back, so that issuing one tells nobody what there is.
   */
  issue(of: Pick<HandOver, 'site' | 'conversation' | 'visitor'>): Promise<Issued>
  /** What a code is good for, without taking it. Undefined as with `redeem`. */
  look(code: string, site: string): Promise<HandOver | undefined>
  /**
   * Binds the address to the conversation that the code was made for; once. Undefined: it is no
   * good, or the conversation is somebody else's.
   */
  redeem(
    code: string,
    to: { readonly site: string; readonly connector: string; readonly address: string },
  ): Promise<HandOver | undefined>
}

export interface Issued {
  readonly code: string
  readonly expires: number
}

export interface HandOversOptions {
  readonly store: Pick<Store, 'saveHandOver' | 'handOver' | 'takeHandOver'>
  readonly clock: Pick<Clock, 'now'>
  readonly randomBytes: RandomBytes
}

/** Without those that people take for one another, and exactly 32 of them. */
const LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
/** 50 bits: as many guesses as nobody makes through a messenger in a day. */
const LENGTH = 10
export const HAND_OVER_TTL_MS = 24 * 3_600_000
/** Telegram takes letters, digits, "_" and "-" only. */
const PREFIX = 'HM-'
const CODE = new RegExp(`\\b${PREFIX}[${LETTERS}]{${LENGTH}}\\b`)

export function createHandOvers({ store, clock, randomBytes }: HandOversOptions): HandOvers {
  return {
    async issue({ site, conversation, visitor }) {
      const letters = Array.from(randomBytes(LENGTH), (byte) => LETTERS[byte % LETTERS.length])
      const code = PREFIX + letters.join('')
      const now = clock.now()
      const expires = now + HAND_OVER_TTL_MS
      await store.saveHandOver(hashOf(code), { site, conversation, visitor, expires }, now)
      return { code, expires }
    },
    look: (code, site) => store.handOver(hashOf(code), site, clock.now()),
    redeem: (code, to) => store.takeHandOver(hashOf(code), to, clock.now()),
  }
}

/** The code in a text, and the text without it. Pure. */
export function splitCode(text: string): {
  readonly code: string | undefined
  readonly rest: string
} {
  const code = CODE.exec(text)?.[0]
  if (code === undefined) return { code, rest: text }
  const without = text.replace(code, ' ').replace(/[([]\s*[)\]]/g, ' ')
  return { code, rest: without.replace(/[ \t]+/g, ' ').trim() }
}

function hashOf(code: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(code).digest())
}
