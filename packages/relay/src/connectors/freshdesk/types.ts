import type { Attached } from '../attached.ts'

/** Settings of the Freshdesk connector, checked. */
export interface FreshdeskSettings {
  /** Without a slash at the end, e.g. "https://example.freshdesk.com". */
  readonly base: string
  readonly apiKey: string
  /** The requester gets the visitor's e-mail address where it is known, and so Freshdesk's mails. */
  readonly visitorEmail: boolean
}

export interface Ticket {
  readonly id: string
  readonly status: 'open' | 'resolved'
  readonly requester: number | undefined
  /** When it changed last, ms. */
  readonly updated: number
  /** Our own, by its tag. */
  readonly ours: boolean
  readonly deleted: boolean
  /** What opened it; only where it was asked for. */
  readonly text: string
}

/** A reply or a note on a ticket. */
export interface Message {
  readonly id: string
  /** Freshdesk says: from outside, and so not by an agent. */
  readonly incoming: boolean
  readonly private: boolean
  /** A note; ours are notes, and a mail of the requester is none. */
  readonly note: boolean
  readonly author: string
  readonly text: string
  readonly time: number
  readonly files: readonly Attached[]
}
