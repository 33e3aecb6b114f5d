import type { Body } from '@homing/core'
import { HomingError, utf8Length } from '@homing/core'

/**
 * Largest body of an entry as JSON, bytes, whoever writes it. An entry has to fit into one frame
 * with its author and id: no client reads a larger one, and so nobody would ever get past it.
 */
export const MAX_BODY_BYTES = 32 * 1024

/** Undefined: it fits. */
export function bodyTooLarge(body: Body): HomingError | undefined {
  const json = JSON.stringify(body)
  // Each UTF-16 unit is at most three bytes, so short ones need no count.
  if (json.length * 3 <= MAX_BODY_BYTES || utf8Length(json) <= MAX_BODY_BYTES) return undefined
  return new HomingError('too_large', `A body has at most ${MAX_BODY_BYTES} bytes.`)
}
