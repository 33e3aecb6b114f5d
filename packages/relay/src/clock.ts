import { randomBytes as nodeRandomBytes } from 'node:crypto'
import type { Clock, RandomBytes } from '@homing/core'

/** The machine's own time and chance; everything else gets them by argument. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

export const systemRandomBytes: RandomBytes = (count) => nodeRandomBytes(count)
