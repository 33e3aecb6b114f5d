import type { LinkKeeper, LinkUser } from '@homing/core'
import { createLinkKeeper, createSocketTransport } from '@homing/core'

import { browserClock as clock } from '../platform/browser.ts'
import { createLazyTransport } from './lazy-transport.ts'
import { connectSocket } from './network.ts'

/**
 * The way to the relay and to the other tabs, fetched once the panel is usable: until it is here,
 * words are kept and shown as they are without a network.
 */
export { watchLifecycle } from './lifecycle.ts'
export { pageFacts } from './page-facts.ts'
export { createCompany } from './company.ts'

export function keepLink(user: LinkUser): LinkKeeper {
  const poll = import('./poll.ts')
  // Who uses it sees the failure.
  poll.catch(() => {})
  return createLinkKeeper({
    ...user,
    clock,
    random: Math.random,
    transports: [
      createSocketTransport({ clock, connect: connectSocket }),
      createLazyTransport('poll', async () => (await poll).createPoll(clock)),
    ],
  })
}
