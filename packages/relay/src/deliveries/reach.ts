import type { Clock } from '@homing/core'
import type { Conversation, Delivery, Outcome, Store } from '../store/store.ts'

/**
 * Whether the visitor's phone has to ring. Who has read it on the page need not be told again, and
 * who is on the page gets a moment to see it there.
 */
export interface Reach {
  /** What becomes of a delivery without sending it; undefined: send it. */
  gate(
    delivery: Delivery,
    conversation: Conversation,
    address: string,
  ): Promise<Outcome | undefined>
}

export interface ReachOptions {
  readonly store: Pick<Store, 'optedOut'>
  readonly clock: Pick<Clock, 'now'>
  /** Has the visitor the page open? Known of this process only. */
  readonly visitorOnline: (site: string, visitor: string) => boolean
}

/** Somebody with the page open is given so long to read it there, ms. */
export const ON_PAGE_PATIENCE_MS = 60_000
/** How often it is looked whether he did, ms. */
const LOOK_AGAIN_MS = 10_000

export function createReach({ store, clock, visitorOnline }: ReachOptions): Reach {
  return {
    async gate(delivery, conversation, address) {
      const { site, visitor, read } = conversation
      if (read.visitor >= delivery.entry.seq) {
        return { kind: 'done', receipt: { externalIds: [] } }
      }
      if (await store.optedOut(delivery.connector, address)) {
        return { kind: 'parked', reason: 'the person wants no more messages there' }
      }
      const now = clock.now()
      const waited = now - delivery.created
      if (waited < ON_PAGE_PATIENCE_MS && visitorOnline(site, visitor.id)) {
        const at = now + LOOK_AGAIN_MS
        return { kind: 'wait', at, reason: 'the visitor is on the page', unsure: false }
      }
      return undefined
    },
  }
}
