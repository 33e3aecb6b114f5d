import type { Author, ReadMarks, Stop } from '@homing/core'

/**
 * Tells relay processes to look. Hints may be lost, doubled or late; a reader repairs itself from
 * the Store, so nothing here returns data that anyone depends on.
 */
export interface Bus {
  /** Hands over to everyone who listens to one of the topics, our own process included. Never waited for. */
  publish(topics: readonly Topic[], hint: Hint): void
  /** The returned stop may be called twice. */
  subscribe(topic: Topic, listener: (hint: Hint) => void): Stop
  /** The line was down: anything may be missing. Whoever listens reads again. */
  onGap(listener: () => void): Stop
  close(): Promise<void>
}

/** Who cares: one visitor's readers, or the agents of a site. */
export type Topic = `visitor:${string}` | `agents:${string}`

/** `site` and `visitor` are the conversation's, so that a listener can tell without a read. */
export type Hint =
  /** The log has reached this seq. */
  | {
      readonly kind: 'grew'
      readonly site: string
      readonly visitor: string
      readonly conversation: string
      readonly seq: number
    }
  /** Status, page or visitor changed. */
  | {
      readonly kind: 'changed'
      readonly site: string
      readonly visitor: string
      readonly conversation: string
    }
  | {
      readonly kind: 'read'
      readonly site: string
      readonly visitor: string
      readonly conversation: string
      readonly by: keyof ReadMarks
      readonly seq: number
    }
  /** Never stored, worthless after TYPING_TTL_MS. */
  | {
      readonly kind: 'typing'
      readonly site: string
      readonly visitor: string
      readonly conversation: string
      readonly author: Author
      readonly on: boolean
      /** The session that typed, which need not hear of it. */
      readonly from?: string
    }
  /** A visitor's or an agent's first link came, or last one went. */
  | {
      readonly kind: 'presence'
      readonly site: string
      readonly who: 'visitor' | 'agent'
      readonly visitor: string
      readonly online: boolean
    }
