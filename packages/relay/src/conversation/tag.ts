import { createHash } from 'node:crypto'

/** Without those that people take for one another. */
const LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const LENGTH = 4

/** Short name of a conversation for people, e.g. "7F3A". Two may share one, so it is no address. */
export function tagOf(conversation: string): string {
  const hash = createHash('sha256').update(conversation).digest()
  return Array.from(hash.subarray(0, LENGTH), (byte) => LETTERS[byte % LETTERS.length]).join('')
}
