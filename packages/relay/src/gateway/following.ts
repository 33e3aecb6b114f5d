import type { ConversationStatus, Entry, ServerFrame, Stop } from '@homing/core'
import type { Conversation } from '../store/store.ts'
import type { Follower } from './follower.ts'
import { createFollower } from './follower.ts'
import { summaryOf } from './frames.ts'
import type { Outlet, Reader } from './reader.ts'
import { notFound } from './sending.ts'

/**
 * The conversations a link follows, and the one place that says which it may (C12): a visitor his
 * own and those he came back to by a link, an agent those of his site. What is neither does not exist for the reader.
 */
export interface Following {
  get(conversation: string): Followed | undefined
  all(): readonly Followed[]
  /** Follow one that the reader was told of. */
  follow(conversation: Conversation, after: number, anew: boolean): Followed
  /** Follow one that the reader is about to make. */
  expect(conversation: string): Followed
  /** Tell the reader of one he does not know, and follow it from its tail. Undefined: not his. */
  introduce(conversation: string): Promise<Followed | undefined>
  /** Followed, or introduced now; rejects `not_found`. */
  access(conversation: string): Promise<Followed>
  /** As the store has it now; undefined: not there or not the reader's. */
  look(conversation: string): Promise<Conversation | undefined>
  forget(conversation: string): void
  settled(): Promise<void>
  stop(): void
}

export interface Followed {
  readonly follower: Follower
  /** Whose conversation it is. */
  readonly visitor: string
  status: ConversationStatus
  /** False: it is in no log yet, for all we know. */
  made: boolean
  /** Ends hearing of it, where it is not the reader's own. */
  readonly unlisten?: Stop
  /** When the reader's typing was passed on last, monotonic ms. */
  typedAt?: number
}

/** Conversations followed over one link. An agent's link lives for days; the one quiet for longest goes. */
const MAX_FOLLOWED = 500

export interface FollowingOptions {
  readonly reader: Reader
  readonly epoch: string
  /** Entries given of a conversation the reader has nothing of. */
  readonly tail: number
  readonly outlet: Outlet
  readonly read: (conversation: string, after: number) => Promise<readonly Entry[]>
  readonly find: (conversation: string) => Promise<Conversation | undefined>
  /** Let in the hints of somebody else's conversation that the reader may read as well. */
  readonly listen: (conversation: string, visitor: string) => Stop
  /** Said right after an introduction. */
  readonly greet: (conversation: Conversation) => readonly ServerFrame[]
  readonly onError: (cause: unknown) => void
}

export function createFollowing(options: FollowingOptions): Following {
  const { reader, epoch, tail, outlet, read, find, listen, greet, onError } = options
  const followed = new Map<string, Followed>()
  const introducing = new Map<string, Promise<Followed | undefined>>()
  let stopped = false

  const add = (
    id: string,
    { after, anew }: { after: number; anew: boolean },
    about: Omit<Followed, 'follower' | 'unlisten'>,
  ): Followed => {
    forget(id)
    const follower = createFollower({
      conversation: id,
      epoch,
      after,
      anew,
      read,
      send: (frame) => outlet.send(frame),
      full: () => outlet.full(),
      onError,
    })
    const others = reader.role === 'visitor' && about.visitor !== reader.id
    const added: Followed = {
      ...about,
      follower,
      ...(others ? { unlisten: listen(id, about.visitor) } : {}),
    }
    followed.set(id, added)
    // What was said before somebody listened.
    if (others) look(id).then((now) => follower.heard(now?.head ?? 0), onError)
    evict()
    return added
  }

  const evict = (): void => {
    for (const [id, { follower }] of followed) {
      if (followed.size <= MAX_FOLLOWED) return
      if (follower.busy()) continue
      forget(id)
    }
  }

  const forget = (id: string): void => {
    const gone = followed.get(id)
    gone?.follower.stop()
    gone?.unlisten?.()
    followed.delete(id)
  }

  const look = async (id: string): Promise<Conversation | undefined> => {
    const conversation = await find(id)
    if (!conversation || conversation.site !== reader.site.key) return undefined
    return reader.role === 'agent' || isOf(conversation, reader.id) ? conversation : undefined
  }

  const following: Following = {
    get: (id) => followed.get(id),
    all: () => [...followed.values()],
    look,

    follow: ({ id, visitor, status, head }, after, anew) => {
      const added = add(id, { after, anew }, { visitor: visitor.id, status, made: true })
      added.follower.heard(head)
      return added
    },

    expect: (id) =>
      add(id, { after: 0, anew: false }, { visitor: reader.id, status: 'open', made: false }),

    introduce(id) {
      const known = introducing.get(id)
      if (known) return known
      const introduction = look(id)
        .then((conversation) => {
          if (stopped || !conversation) return undefined
          const already = followed.get(id)
          if (already) return already
          outlet.send({ t: 'conversation', conversation: summaryOf(conversation, reader.role) })
          for (const frame of greet(conversation)) outlet.send(frame)
          return following.follow(conversation, Math.max(0, conversation.head - tail), true)
        })
        .finally(() => introducing.delete(id))
      introducing.set(id, introduction)
      return introduction
    },

    async access(id) {
      const known = followed.get(id)
      if (known?.made) return known
      const introduced = known ? undefined : await following.introduce(id)
      if (!introduced) throw notFound()
      return introduced
    },

    forget,

    async settled() {
      await Promise.allSettled(introducing.values())
      for (const { follower } of followed.values()) await follower.settled()
    },

    stop() {
      stopped = true
      for (const id of followed.keys()) forget(id)
    },
  }
  return following
}

const isOf = ({ visitor, guests }: Conversation, reader: string): boolean =>
  visitor.id === reader || guests?.includes(reader) === true
