import type { Clock, RandomBytes } from '@homing/core'
import { uuidv7 } from '@homing/core'

/** The browser's edges, as core wants them. */

export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = native('setTimeout')(callback, ms)
    return () => native('clearTimeout')(timer)
  },
}

/** The browser's own: a framework's zone looks at the whole page after each timer it knows of. */
export function native<Name extends 'setTimeout' | 'clearTimeout' | 'queueMicrotask'>(
  name: Name,
): (typeof globalThis)[Name] {
  const page = globalThis as unknown as Record<string, (typeof globalThis)[Name]>
  return page[`__zone_symbol__${name}`] ?? globalThis[name]
}

/** Exists on plain-http pages too, where `crypto.randomUUID` does not. */
export const randomBytes: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count))

export const newId = (): string => uuidv7(Date.now(), randomBytes)
