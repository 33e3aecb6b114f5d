import { createHash } from 'node:crypto'
import { formatUuid } from '@homing/core'

/** The same message has one id however it came: by webhook, by poll, or by both. */
export function entryId(connector: string, externalId: string): string {
  const hash = createHash('sha256').update(`${connector}\n${externalId}`).digest()
  return formatUuid(new Uint8Array(hash.subarray(0, 16)), 0x80)
}
