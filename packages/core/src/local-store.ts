import type {
  Body,
  ConversationStatus,
  DeliveredMarks,
  Entry,
  Position,
  ReadMarks,
  UndeliveredList,
} from './protocol.ts'

/**
 * What one browser, or one console, keeps between visits: who it is, what it still has to send,
 * and a cache of what it has read.
 *
 * Guarantee: each method is one transaction; when its promise resolves the change survives the
 * end of the page. Several tabs use one store at once. The relay holds the history, so all but
 * the drafts may vanish at any time without loss.
 *
 * An implementation that cannot keep its promise (denied, full, hanging) goes on in memory and
 * says so by `durable()`; it never throws for that and never hangs.
 */
export interface LocalStore {
  /** All that a fresh page needs: identity, drafts in pressed order, newest entries of each conversation. */
  load(tail: number): Promise<Snapshot>
  /**
   * Offer an identity. The first one offered wins and is returned; `replace` names the token that
   * the relay no longer takes, and only that one is overwritten.
   */
  claimIdentity(offer: Identity, replace?: string | null): Promise<Identity>
  /**
   * Give the draft the device's next counter and keep it. The counter's order is the pressed
   * order. A draft that is kept already goes to the end and is no longer failed: a retry.
   * The counter is above `after`, for a page may know of drafts that its storage has lost. `had`:
   * it had this one here before, and has it again, unless another draft has it by now.
   */
  saveDraft(draft: NewDraft, after?: number, had?: number): Promise<Draft>
  /** Change a kept draft's state or counter. A draft that is gone stays gone. */
  updateDraft(draft: Draft): Promise<void>
  /**
   * Give every kept, unfailed draft a new counter, from `first` on, in pressed order, and return
   * them all, also those that another tab kept. The next draft goes on from there.
   * With `seen`, only while the first of them still has that counter; else nothing changes, for
   * another tab was here meanwhile, and they are returned as they are.
   */
  renumberDrafts(first: number, seen?: number): Promise<readonly Draft[]>
  dropDraft(id: string): Promise<void>
  /**
   * Take over entries and the position they lead to, and drop the drafts they settle.
   * A run that begins with the first entry of another epoch replaces what is kept. One that does not
   * continue it is left out, for what is kept has no holes: the relay gives what is missing after a
   * load. What is known is not repeated, and one that ends before the kept end does not set it back.
   */
  accept(run: AcceptedRun): Promise<void>
  /** Cached entries with seq below `before`, the newest `limit` of them, oldest first. */
  page(conversation: string, before: number, limit: number): Promise<readonly Entry[]>
  /**
   * Keep marks and status of a conversation, also before its first entry. Marks only rise; those of
   * another life of the log than what is kept are left out.
   */
  saveMarks(conversation: string, marks: ConversationMarks): Promise<void>
  /** Small values of the widget's own (an unsent text, an open panel); undefined removes. */
  saveNote(key: string, value: string | undefined): Promise<void>
  /** Drop the cached history (`cache`), or everything with drafts and identity (`all`). */
  clear(what: 'cache' | 'all'): Promise<void>
  /** False once the implementation had to go on in memory. */
  durable(): boolean
  close(): void
}

export interface Identity {
  readonly token: string
  readonly visitor: string
}

export interface NewDraft {
  readonly id: string
  readonly conversation: string
  readonly body: Body
  /** When it was submitted, by this device's clock; for show only, order comes from `n`. */
  readonly time: number
}

export interface Draft extends NewDraft {
  /** The device's counter of sends. */
  readonly n: number
  /** Why the relay refused it; absent while it is waiting. */
  readonly failed?: { readonly code: string; readonly message: string; readonly retryable: boolean }
}

export interface AcceptedRun {
  readonly conversation: string
  readonly position: Position
  readonly entries: readonly Entry[]
  /** Ids of drafts that these entries settle. */
  readonly settled: readonly string[]
  /** True: forget what was cached of this conversation first. */
  readonly replace: boolean
}

export interface ConversationMarks {
  /** The life of the log that they are of. */
  readonly epoch: string
  readonly status: ConversationStatus
  readonly read: ReadMarks
  readonly delivered?: DeliveredMarks
  readonly undelivered?: UndeliveredList | undefined
}

export interface CachedConversation {
  readonly id: string
  readonly position: Position
  readonly entries: readonly Entry[]
  readonly marks?: ConversationMarks
}

export interface Snapshot {
  readonly identity: Identity | null
  /** This device's id; made by the store when it is first written to, and then kept. */
  readonly device: string
  readonly drafts: readonly Draft[]
  readonly conversations: readonly CachedConversation[]
  readonly notes: Readonly<Record<string, string>>
}
