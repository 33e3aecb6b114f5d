import type { RandomBytes } from './clock.ts'

const HEX = '0123456789abcdef'

/** UUIDv7 (RFC 9562): 48 bits of time, then 74 random bits. Sorts by the time it was made. */
export function uuidv7(now: number, random: RandomBytes): string {
  const bytes = random(16)
  let time = now
  for (let i = 5; i >= 0; i--) {
    bytes[i] = time % 256
    time = Math.floor(time / 256)
  }
  return formatUuid(bytes, 0x70)
}

/** Sixteen bytes as a UUID's text. `version` is the high nibble of byte 6, e.g. 0x70. */
export function formatUuid(bytes: Uint8Array, version: number): string {
  let text = ''
  for (let i = 0; i < 16; i++) {
    let byte = bytes[i] ?? 0
    if (i === 6) byte = (byte & 0x0f) | version
    if (i === 8) byte = (byte & 0x3f) | 0x80
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
    text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15)
  }
  return text
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Ids made by authors: lower-case UUIDs of any version. */
export function isUuid(value: string): boolean {
  return UUID.test(value)
}
