import type { Clock, RandomBytes } from '@homing/core'
import { uuidv7 } from '@homing/core'

/** The browser's edges, as core wants them. */

export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** Exists on plain-http pages too, where `crypto.randomUUID` does not. */
export const randomBytes: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count))

export const newId = (): string => uuidv7(Date.now(), randomBytes)
