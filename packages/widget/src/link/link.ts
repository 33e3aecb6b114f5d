import { createSocketTransport } from '@homing/core'
import type { Clock, Transport } from '@homing/core'

import { connectSocket } from '../platform/browser.ts'

/**
 * The way to the relay and to the other tabs, fetched once the panel is usable: until it is here,
 * words are kept and shown as they are without a network.
 */
export { watchLifecycle } from './lifecycle.ts'
export { pageFacts } from './page-facts.ts'
export { createTabs } from './tabs.ts'

export function createSocket(clock: Clock): Transport {
  return createSocketTransport({ clock, connect: connectSocket })
}
