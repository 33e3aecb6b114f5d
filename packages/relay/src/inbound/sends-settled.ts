import type { Clock } from '@homing/core'
import { HomingError } from '@homing/core'
import type { Deliveries } from '../deliveries/deliveries.ts'

/**
 * An echo can beat the answer of its own send, which brings the ids to know it by. So what comes of
 * a thread waits for a send to it. Rejects `unavailable` when that takes long.
 */
export type SendsSettled = (connector: string, conversation: string) => Promise<void>

/**
 * How long a webhook waits for a send to its own thread, ms. Below the shortest time-out of a far
 * side; and a far side that calls us from within our own send (Request Tracker does) must not wait
 * for itself for long.
 */
export const ECHO_WAIT_MS = 1_500

export function createSendsSettled(
  deliveries: Pick<Deliveries, 'idle'>,
  clock: Pick<Clock, 'after'>,
): SendsSettled {
  return async (connector, conversation) => {
    let stop: (() => void) | undefined
    const late = new Promise<'late'>((resolve) => {
      stop = clock.after(ECHO_WAIT_MS, () => resolve('late'))
    })
    const idle = deliveries.idle(connector, conversation).then(() => 'idle' as const)
    const first = await Promise.race([idle, late])
    stop?.()
    if (first === 'late') {
      throw new HomingError('unavailable', 'a send to this thread is under way', {
        retryAfter: ECHO_WAIT_MS,
      })
    }
  }
}
