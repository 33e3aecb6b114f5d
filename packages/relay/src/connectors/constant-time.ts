import { createHash, timingSafeEqual } from 'node:crypto'

/** Are two secrets the same? How long it takes tells neither where they differ nor how long they are. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
