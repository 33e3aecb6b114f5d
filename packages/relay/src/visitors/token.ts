import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { RandomBytes } from '@homing/core'
import { formatUuid } from '@homing/core'

/**
 * An anonymous visitor's secret: 32 random bytes and a 16-byte stamp that only the log's key makes.
 *
 * The stamp tells a token that was handed out from an invented one without a row, so a visitor who
 * never wrote costs no storage; the visitor's id comes from the random part, so such a token has
 * the same visitor whenever it comes back. The store keeps the token's SHA-256 only.
 */
export interface VisitorToken {
  readonly text: string
  /** What the store keeps. */
  readonly hash: Uint8Array
  /** UUIDv8 (RFC 9562): the relay's own making. */
  readonly visitor: string
  /** False: not stamped by this log. It is worth what its row is worth. */
  readonly stamped: boolean
}

const RANDOM_BYTES = 32
const STAMP_BYTES = 16
const UUID_VERSION = 0x80

/** 48 bytes in base64url are 64 characters, without padding. */
const TOKEN = /^[A-Za-z0-9_-]{64}$/

export function mintToken(
  site: string,
  secret: Uint8Array,
  randomBytes: RandomBytes,
): VisitorToken {
  const random = randomBytes(RANDOM_BYTES)
  const text = Buffer.concat([random, stamp(site, secret, random)]).toString('base64url')
  return { text, hash: hashToken(text), visitor: visitorOf(site, random), stamped: true }
}

/** Undefined: this cannot be a token at all. */
export function readToken(
  text: string,
  site: string,
  secret: Uint8Array,
): VisitorToken | undefined {
  if (!TOKEN.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const random = bytes.subarray(0, RANDOM_BYTES)
  return {
    text,
    hash: hashToken(text),
    visitor: visitorOf(site, random),
    stamped: timingSafeEqual(stamp(site, secret, random), bytes.subarray(RANDOM_BYTES)),
  }
}

export function hashToken(text: string): Uint8Array {
  // A copy of its own: a digest can be a view of a shared pool, and a link keeps this for its life.
  return Uint8Array.from(createHash('sha256').update(text).digest())
}

/** The site's key ends with a zero byte, which no key holds, so that no two pairs read the same. */
function stamp(site: string, secret: Uint8Array, random: Uint8Array): Uint8Array {
  const full = createHmac('sha256', secret).update(`${site}\0`).update(random).digest()
  return full.subarray(0, STAMP_BYTES)
}

/** One way, so that an id in a log or a helpdesk tells nothing of the token. */
function visitorOf(site: string, random: Uint8Array): string {
  const hash = createHash('sha256').update(`visitor\0${site}\0`).update(random).digest()
  return formatUuid(hash.subarray(0, 16), UUID_VERSION)
}
