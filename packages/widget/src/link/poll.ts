import { createPollTransport } from '@homing/core'
import type { Clock, Transport } from '@homing/core'

import { newId } from '../platform/browser.ts'
import { post } from './network.ts'

/** The way to the relay where sockets do not work. */
export function createPoll(clock: Clock): Transport {
  return createPollTransport({ clock, post, newId })
}
