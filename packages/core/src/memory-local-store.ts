import type {
  AcceptedRun,
  CachedConversation,
  ConversationMarks,
  Draft,
  Identity,
  LocalStore,
  Snapshot,
} from './local-store.ts'
import type { Entry, Position, ReadMarks } from './protocol.ts'

interface Cached {
  readonly position: Position
  readonly entries: readonly Entry[]
}

/**
 * The reference implementation: keeps everything for as long as the object lives. Used where a
 * browser keeps nothing, and by the console, whose truth is the relay.
 */
export function createMemoryLocalStore(options: {
  readonly device: string
  /** What another store knew, when this one takes over from it. */
  readonly seed?: Snapshot
  /** The counter given last. */
  readonly counter?: number
}): LocalStore {
  const { seed } = options
  let identity: Identity | null = seed?.identity ?? null
  let counter = options.counter ?? 0
  const drafts = new Map(seed?.drafts.map((draft) => [draft.id, draft]))
  const conversations = new Map<string, Cached>()
  /** Of their own: a mark may be known before the first entry is. */
  const marks = new Map<string, ConversationMarks>()
  const notes = new Map(Object.entries(seed?.notes ?? {}))

  const inOrder = (): Draft[] => [...drafts.values()].sort((a, b) => a.n - b.n)

  return {
    load: async (tail) => ({
      identity,
      device: options.device,
      drafts: inOrder(),
      conversations: [...conversations].map(([id, { position, entries }]): CachedConversation => {
        const kept = marks.get(id)
        return { id, position, entries: entries.slice(-tail), ...(kept ? { marks: kept } : {}) }
      }),
      notes: Object.fromEntries(notes),
    }),
    claimIdentity: async (offer, replace) => {
      if (identity === null || identity.token === replace) identity = offer
      return identity
    },
    saveDraft: async (draft) => {
      const numbered = { ...draft, n: ++counter }
      drafts.set(draft.id, numbered)
      return numbered
    },
    updateDraft: async (draft) => {
      if (drafts.has(draft.id)) drafts.set(draft.id, draft)
    },
    renumberDrafts: async (first) => {
      const waiting = inOrder().filter((draft) => !draft.failed)
      const renumbered = waiting.map((draft, at) => ({ ...draft, n: first + at }))
      for (const draft of renumbered) drafts.set(draft.id, draft)
      counter = first + renumbered.length - 1
      return renumbered
    },
    dropDraft: async (id) => {
      drafts.delete(id)
    },
    accept: async (run) => {
      for (const id of run.settled) drafts.delete(id)
      conversations.set(run.conversation, merge(conversations.get(run.conversation), run))
    },
    page: async (conversation, before, limit) =>
      (conversations.get(conversation)?.entries ?? [])
        .filter((entry) => entry.seq < before)
        .slice(-limit),
    saveMarks: async (conversation, { status, read }) => {
      marks.set(conversation, { status, read: raise(read, marks.get(conversation)?.read) })
    },
    saveNote: async (key, value) => {
      if (value === undefined) notes.delete(key)
      else notes.set(key, value)
    },
    clear: async (what) => {
      conversations.clear()
      marks.clear()
      if (what === 'cache') return
      drafts.clear()
      notes.clear()
      identity = null
    },
    durable: () => false,
    close: () => {},
  }
}

/** Several tabs accept the same news: a slower one neither repeats entries nor sets the end back. */
function merge(cached: Cached | undefined, run: AcceptedRun): Cached {
  const known = cached?.position.seq ?? 0
  const continues =
    cached?.position.epoch === run.position.epoch && (run.entries[0]?.seq ?? 1) <= known + 1
  if (!cached || run.replace || !continues) return { position: run.position, entries: run.entries }
  if (run.position.seq <= known) return cached
  const added = run.entries.filter((entry) => entry.seq > known)
  return { position: run.position, entries: [...cached.entries, ...added] }
}

function raise(a: ReadMarks, b: ReadMarks = a): ReadMarks {
  return { visitor: Math.max(a.visitor, b.visitor), agent: Math.max(a.agent, b.agent) }
}
