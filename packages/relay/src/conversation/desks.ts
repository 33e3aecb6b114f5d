import type { Clock } from '@homing/core'
import { HomingError } from '@homing/core'
import type { Conversation, Store } from '../store/store.ts'
import type { Route } from './route.ts'

/**
 * Says which desks answer a conversation. A desk that is new to it gets the whole of it, in a
 * thread of its own; one that had it before gets what it missed. One that goes keeps what it has,
 * and may still answer.
 */
export type ChooseDesks = (
  conversation: Conversation,
  /** Undefined: all of its site. */
  desks: readonly string[] | undefined,
) => Promise<void>

export interface ChooseDesksOptions {
  readonly store: Pick<Store, 'setDesks'>
  readonly clock: Pick<Clock, 'now'>
  /** The connectors of a site. */
  readonly routesOf: (site: string) => readonly Route[]
  /** Deliveries wait in the store. */
  readonly nudge: () => void
}

export function createChooseDesks(options: ChooseDesksOptions): ChooseDesks {
  const { store, clock, routesOf, nudge } = options
  return async ({ id, site, desks: before }, desks) => {
    const all = routesOf(site).filter(({ role }) => role === 'desk')
    const unknown = desks?.filter((desk) => !all.some(({ connector }) => connector === desk)) ?? []
    if (unknown.length > 0) {
      const names = unknown.map((desk) => `"${desk}"`).join(', ')
      throw new HomingError('bad_request', `This site has no desk ${names}.`)
    }
    const chosen = desks && [...new Set(desks)]
    const isIn = (list: readonly string[] | undefined, desk: string): boolean =>
      list === undefined || list.includes(desk)
    const change = {
      desks: chosen,
      entering: all
        .filter(({ connector }) => isIn(chosen, connector))
        .map(({ connector, takes }) => ({ connector, takes })),
      leaving: all
        .map(({ connector }) => connector)
        .filter((desk) => isIn(before, desk) && !isIn(chosen, desk)),
    }
    if (!(await store.setDesks(id, change, clock.now()))) {
      throw new HomingError('not_found', 'There is no such conversation.')
    }
    nudge()
  }
}
