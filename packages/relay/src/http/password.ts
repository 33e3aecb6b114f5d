import type { RandomBytes } from '@homing/core'
import type { ScryptOptions } from 'node:crypto'
import { scrypt, timingSafeEqual } from 'node:crypto'

/** Checks one password. Wrong, too long, or none set at all: the same work and the same answer. */
export interface PasswordCheck {
  matches(password: string): Promise<boolean>
}

/**
 * scrypt's cost: about a quarter of a second and 32 MiB for each guess. The usual 2^17 with one
 * pass is as strong, but would quadruple the memory of a relay that promises to be light.
 */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 48 * 1024 * 1024 } as const satisfies ScryptOptions
const SALT_BYTES = 16
const HASH_BYTES = 32
/** Longer input is not hashed as it came; nobody's password is. UTF-16 code units. */
const MAX_LENGTH = 1_024

export function createPasswordCheck(
  password: string | undefined,
  randomBytes: RandomBytes,
): PasswordCheck {
  const salt = randomBytes(SALT_BYTES)
  // Without a password, a hash that no input has.
  const wanted =
    password === undefined
      ? Promise.resolve(Buffer.from(randomBytes(HASH_BYTES)))
      : derive(password, salt)
  // Awaited with the first guess; until then a failure must not end the process.
  wanted.catch(() => undefined)
  let queue: Promise<unknown> = wanted.catch(() => undefined)

  return {
    async matches(guess) {
      // One at a time: a crowd of guesses costs time, never memory.
      const turn = queue.then(() => derive(guess.slice(0, MAX_LENGTH), salt))
      queue = turn.catch(() => undefined)
      const [mine, theirs] = await Promise.all([wanted, turn])
      return timingSafeEqual(mine, theirs) && guess.length <= MAX_LENGTH
    },
  }
}

function derive(password: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same letter can be typed as one code point or as two.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, COST, (error, hash) => {
      if (error) reject(error)
      else resolve(hash)
    })
  })
}
