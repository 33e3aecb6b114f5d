import { createHash } from 'node:crypto'
import type { HandedOverBody } from '@homing/core'
import type { Bus } from '../bus/bus.ts'
import type { Store } from '../store/store.ts'
import type { Append } from './append.ts'
import { entryId } from './entry-id.ts'

/**
 * An address that a visitor leaves on the page, for answers that he does not see there. Everybody
 * in the conversation sees that he did; the address is on his card, and in no entry.
 */
export interface FollowUps {
  /** False: the conversation is not there, or not his. The same address again is no news. */
  leave(
    of: { readonly site: string; readonly conversation: string; readonly visitor: string },
    at: { readonly connector: string; readonly app: string; readonly address: string },
  ): Promise<boolean>
}

export interface FollowUpsOptions {
  readonly store: Pick<Store, 'leaveAddress'>
  readonly append: Append
  readonly bus: Pick<Bus, 'publish'>
  readonly clock: { now(): number }
}

export function createFollowUps({ store, append, bus, clock }: FollowUpsOptions): FollowUps {
  return {
    async leave(of, { connector, app, address }) {
      const { site, conversation, visitor } = of
      if (!(await store.leaveAddress(of, { connector, address }, clock.now()))) return false
      await append({
        site,
        conversation,
        id: entryId(connector, `${conversation} ${hashOf(address)}`),
        author: { role: 'visitor', id: visitor },
        body: {
          type: 'handed_over',
          app,
          asks: 'email',
          fallback: 'Answers that are missed here go out by e-mail.',
        } satisfies HandedOverBody,
      })
      bus.publish([`agents:${site}`], { kind: 'changed', site, visitor, conversation })
      return true
    },
  }
}

const hashOf = (address: string): string => createHash('sha256').update(address).digest('hex')
