import type {
  AcceptedRun,
  CachedConversation,
  ConversationMarks,
  Draft,
  Identity,
  LocalStore,
} from './local-store.ts'
import type { Entry, Position } from './protocol.ts'

interface Cached {
  position: Position
  entries: Entry[]
  marks: ConversationMarks | undefined
}

/**
 * The reference implementation: keeps everything for as long as the object lives. Used where a
 * browser keeps nothing, and by the console, whose truth is the relay.
 */
export function createMemoryLocalStore(options: { device: string }): LocalStore {
  let identity: Identity | null = null
  let counter = 0
  const drafts = new Map<string, Draft>()
  const conversations = new Map<string, Cached>()
  const notes = new Map<string, string>()

  const inOrder = (): Draft[] => [...drafts.values()].sort((a, b) => a.n - b.n)

  return {
    load: async (tail) => ({
      identity,
      device: options.device,
      drafts: inOrder(),
      conversations: [...conversations].map(
        ([id, { position, entries, marks }]): CachedConversation => ({
          id,
          position,
          entries: entries.slice(-tail),
          ...(marks ? { marks } : {}),
        }),
      ),
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
      let n = first
      for (const draft of inOrder()) {
        if (!draft.failed) drafts.set(draft.id, { ...draft, n: n++ })
      }
      counter = n - 1
      return inOrder()
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
    saveMarks: async (conversation, marks) => {
      const cached = conversations.get(conversation)
      if (cached) cached.marks = marks
    },
    saveNote: async (key, value) => {
      if (value === undefined) notes.delete(key)
      else notes.set(key, value)
    },
    clear: async (what) => {
      conversations.clear()
      if (what === 'cache') return
      drafts.clear()
      notes.clear()
      identity = null
    },
    durable: () => false,
    close: () => {},
  }
}

function merge(cached: Cached | undefined, run: AcceptedRun): Cached {
  const marks = cached?.marks
  if (!cached || run.replace) return { position: run.position, entries: [...run.entries], marks }
  const known = cached.entries.at(-1)?.seq ?? 0
  const added = run.entries.filter((entry) => entry.seq > known)
  return { position: run.position, entries: [...cached.entries, ...added], marks }
}
