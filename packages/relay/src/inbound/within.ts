import type { Clock } from '@homing/core'
import type { ConnectorIo } from '../connectors/connector.ts'
import type { Outside } from '../connectors/outside.ts'
import { ioOf } from '../connectors/outside.ts'

/** One piece of work out there, cut off after so many milliseconds. */
export type Within = <Value>(
  ms: number,
  work: (io: ConnectorIo) => Promise<Value>,
) => Promise<Value>

export function createWithin({ clock, ...outside }: Outside & { readonly clock: Clock }): Within {
  return async (ms, work) => {
    const timeout = new AbortController()
    const stop = clock.after(ms, () => timeout.abort())
    try {
      return await work(ioOf(outside, timeout.signal, clock.now()))
    } finally {
      stop()
    }
  }
}
