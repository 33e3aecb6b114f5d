import { createHash } from 'node:crypto'
import { formatUuid, isUuid } from '@homing/core'

/** RFC 9562: a UUID made from a hash of our own choice. */
const UUID_V8 = 0x80

/**
 * LINE takes only UUIDs as retry keys. A delivery's key is one; that of a part ("<uuid>.2") becomes
 * one by its hash, the same on every try.
 */
export function retryKeyOf(key: string): string {
  if (isUuid(key)) return key
  return formatUuid(new Uint8Array(createHash('sha256').update(key).digest()), UUID_V8)
}
