import { HomingError, isUuid } from '@homing/core'
import type { Context } from 'hono'
import type { Conversation, Store } from '../store/store.ts'

/** The conversation in the address; with `?site=` only if it is of that site. Else `not_found`. */
export type ConversationOf = (context: Context) => Promise<Conversation>

export function createConversationOf(store: Pick<Store, 'conversation'>): ConversationOf {
  return async (context) => {
    const id = context.req.param('id') ?? ''
    const found = isUuid(id) ? await store.conversation(id) : undefined
    const wanted = context.req.query('site')
    if (!found || (wanted !== undefined && wanted !== found.site)) {
      throw new HomingError('not_found', 'There is no such conversation.')
    }
    return found
  }
}
