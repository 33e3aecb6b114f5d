import { createPollTransport } from '@homing/core'
import type { Clock, Transport } from '@homing/core'

import { newId, post } from '../platform/browser.ts'

/** The way to the relay where sockets do not work. */
export function createPoll(clock: Clock): Transport {
  return createPollTransport({ clock, post, newId })
}
