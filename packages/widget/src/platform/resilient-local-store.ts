import type { Clock, Draft, Identity, LocalStore, Snapshot } from '@homing/core'
import { createMemoryLocalStore, STORE_OPEN_TIMEOUT_MS, STORE_TIMEOUT_MS } from '@homing/core'

/**
 * A LocalStore that always answers: whatever the browser's storage refuses, loses or never
 * answers, goes on in memory, with the drafts, the identity and the counter known so far.
 *
 *   durable ──refused, too late──▶ memory ──storage answers again──▶ durable
 *                                            (what memory holds is moved there first)
 */
export interface ResilientLocalStoreOptions {
  readonly durable: LocalStore
  readonly clock: Clock
  readonly newId: () => string
  /** It began or ceased to be durable. */
  changed(durable: boolean): void
}

/** Storage that failed is tried again after this, and then after twice as long each time … */
const RETRY_MS = 30_000
/** … this often at most: a page must not spend its life on broken storage. */
const MAX_RETRIES = 6

export function createResilientLocalStore(options: ResilientLocalStoreOptions): LocalStore {
  const { durable, clock } = options
  let memory: LocalStore | undefined
  let tries = 0
  let closed = false
  // What memory would need, should it have to take over.
  let device = ''
  let identity: Identity | null = null
  let counter = 0
  const drafts = new Map<string, Draft>()
  let notes: Readonly<Record<string, string>> = {}

  const snapshot = (): Snapshot => ({
    device: device === '' ? options.newId() : device,
    identity,
    drafts: [...drafts.values()],
    conversations: [],
    notes,
  })

  const fallBack = (): LocalStore => {
    if (!memory) {
      const seed = snapshot()
      device = seed.device
      memory = createMemoryLocalStore({ device, seed, counter })
      options.changed(false)
      retryLater()
    }
    return memory
  }

  function retryLater(): void {
    if (closed || tries >= MAX_RETRIES) return
    clock.after(RETRY_MS * 2 ** tries++, () => {
      if (!closed) moveBack().catch(retryLater)
    })
  }

  /** Storage answers again: give it what memory holds, then trust it again. */
  async function moveBack(): Promise<void> {
    const kept = await inTime(durable.load(0), STORE_OPEN_TIMEOUT_MS)
    const held = await fallBack().load(0)
    // Somebody else uses this browser's storage by now; this page stays who it is.
    if (kept.identity && kept.identity.token !== held.identity?.token) return
    if (held.identity) await inTime(durable.claimIdentity(held.identity), STORE_TIMEOUT_MS)
    for (const draft of held.drafts) await inTime(durable.saveDraft(draft), STORE_TIMEOUT_MS)
    memory = undefined
    tries = 0
    options.changed(true)
  }

  function inTime<Value>(work: Promise<Value>, ms: number): Promise<Value> {
    return new Promise((resolve, reject) => {
      const stop = clock.after(ms, () => reject(new Error('The browser storage gave no answer.')))
      work.then(resolve, reject).finally(stop)
    })
  }

  async function attempt<Value>(
    work: (store: LocalStore) => Promise<Value>,
    ms = STORE_TIMEOUT_MS,
  ): Promise<Value> {
    if (memory) return work(memory)
    try {
      return await inTime(work(durable), ms)
    } catch (error) {
      if (isFull(error) && !memory) {
        // The cached history makes room for the drafts; the relay has it all.
        try {
          await inTime(durable.clear('cache'), STORE_TIMEOUT_MS)
          return await inTime(work(durable), STORE_TIMEOUT_MS)
        } catch {
          // No room even so.
        }
      }
      return work(fallBack())
    }
  }

  const note = (draft: Draft): Draft => {
    drafts.set(draft.id, draft)
    counter = Math.max(counter, draft.n)
    return draft
  }

  return {
    load: async (tail) => {
      const loaded = await attempt((store) => store.load(tail), STORE_OPEN_TIMEOUT_MS)
      ;({ device, identity, notes } = loaded)
      drafts.clear()
      for (const draft of loaded.drafts) note(draft)
      return loaded
    },
    claimIdentity: async (offer, replace) =>
      (identity = await attempt((store) => store.claimIdentity(offer, replace))),
    saveDraft: async (draft) => note(await attempt((store) => store.saveDraft(draft))),
    updateDraft: async (draft) => {
      await attempt((store) => store.updateDraft(draft))
      if (drafts.has(draft.id)) note(draft)
    },
    renumberDrafts: async (first) => {
      const renumbered = await attempt((store) => store.renumberDrafts(first))
      drafts.clear()
      for (const draft of renumbered) note(draft)
      return renumbered
    },
    dropDraft: async (id) => {
      drafts.delete(id)
      await attempt((store) => store.dropDraft(id))
    },
    accept: async (run) => {
      for (const id of run.settled) drafts.delete(id)
      await attempt((store) => store.accept(run))
    },
    page: (conversation, before, limit) =>
      attempt((store) => store.page(conversation, before, limit)),
    saveMarks: (conversation, marks) => attempt((store) => store.saveMarks(conversation, marks)),
    saveNote: (key, value) => attempt((store) => store.saveNote(key, value)),
    clear: async (what) => {
      if (what === 'all') {
        drafts.clear()
        identity = null
      }
      await attempt((store) => store.clear(what))
    },
    durable: () => !memory,
    close: () => {
      closed = true
      durable.close()
    },
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError'
}
