import type { Clock } from '@homing/core'
import { HomingError } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Fact } from '../connectors/connector.ts'
import type { Conversation, Store } from '../store/store.ts'
import { createRecent } from '../recent.ts'
import type { Within } from './within.ts'

/**
 * Which conversation of ours a far side means: the one it names, or the one its thread is bound to.
 * A thread that nobody remembers is looked up over there, once.
 */
export interface Whose {
  /** Undefined: none, or one of another site; not there equals not yours. */
  conversationAt(connector: ConfiguredConnector, where: Place): Promise<Conversation | undefined>
}

type Place = Exclude<Fact['where'], { readonly line: string }>

export interface WhoseOptions {
  readonly store: Pick<Store, 'conversation' | 'conversationOf' | 'link'>
  readonly clock: Pick<Clock, 'now'>
  readonly within: Within
}

/** A look at the far side for a thread nobody knows, ms. */
const LOCATE_TIMEOUT_MS = 5_000
/** Threads that are not ours are remembered, so that each costs one look. */
const MAX_STRANGERS = 5_000
const STRANGER_TTL_MS = 10 * 60_000

export function createWhose({ store, clock, within }: WhoseOptions): Whose {
  const strangers = createRecent<true>(MAX_STRANGERS)

  const routeOf = async (
    connector: ConfiguredConnector,
    thread: string,
  ): Promise<string | undefined> => {
    const known = await store.conversationOf(connector.id, thread)
    if (known !== undefined || !connector.capabilities.locate) return known
    const key = `${connector.id} ${thread}`
    const now = clock.now()
    if (strangers.get(key, now)) return undefined
    const found = await locate(connector, thread)
    const conversation = found === undefined ? undefined : await store.conversation(found)
    if (conversation?.site !== connector.site) {
      strangers.set(key, true, now + STRANGER_TTL_MS)
      return undefined
    }
    await store.link(connector.id, conversation.id, thread)
    // The first binding wins: a second ticket that claims the conversation stays a stranger.
    return store.conversationOf(connector.id, thread)
  }

  const locate = async (
    connector: ConfiguredConnector,
    thread: string,
  ): Promise<string | undefined> => {
    try {
      return await within(LOCATE_TIMEOUT_MS, (io) => connector.locate(thread, io))
    } catch (cause) {
      // Nobody knows whose it is; the far side may tell again.
      throw new HomingError('unavailable', 'the thread cannot be looked up now', { cause })
    }
  }

  return {
    async conversationAt(connector, where) {
      const id =
        'conversation' in where ? where.conversation : await routeOf(connector, where.thread)
      const conversation = id === undefined ? undefined : await store.conversation(id)
      return conversation?.site === connector.site ? conversation : undefined
    },
  }
}
