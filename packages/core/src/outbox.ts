import type { Clock, Stop } from './clock.ts'
import { ACK_TIMEOUT_MS, MAX_UNACKED, OUT_OF_ORDER_HOLD_MS, REJECT_HOLD_MS } from './constants.ts'
import type { Draft, LocalStore, NewDraft } from './local-store.ts'
import type { ClientFrame, Reject } from './protocol.ts'

/**
 * Drafts that wait for their ack, in pressed order. A draft is kept by the local store before it
 * is in here, and leaves only by ack, or by its author's hand after it failed.
 *
 *            add                 flush               ack
 *   (kept) ───────▶ waiting ─────────────▶ in flight ─────▶ gone
 *                     ▲ ▲   link lost, 8 s,   │  │
 *                     │ └── retryable reject ─┘  │ terminal reject
 *                     └───────── retry ─────── failed
 *
 * Sending twice is harmless, the draft id sees to that; sending out of order is not, so the
 * first draft that has to wait holds all behind it.
 */
export interface Outbox {
  /** Keep a draft; resolves when it is kept, with its counter. */
  add(draft: NewDraft): Promise<Draft>
  /** A draft that another tab kept, or all of them after a load. */
  put(draft: Draft): void
  /** Settled: by ack here, or by an entry that came another way. */
  remove(id: string): void
  rejected(frame: Reject): Promise<Draft | undefined>
  retry(id: string): Promise<void>
  discard(id: string): Promise<void>
  /** A link is live: the relay took `n` last of this device. */
  resume(n: number, unacked: number): Promise<void>
  /** The link is gone; what was in flight waits again. */
  suspend(): void
  get(id: string): Draft | undefined
  /** In pressed order. */
  drafts(): readonly Draft[]
  /** Some draft still waits for its ack. */
  waiting(): boolean
}

export interface OutboxOptions {
  readonly store: LocalStore
  readonly clock: Clock
  /** False when there is no link or it takes nothing now. */
  send(frame: ClientFrame): boolean
  /** Drafts came, went or changed. */
  changed(conversation: string): void
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock } = options
  const drafts = new Map<string, Draft>()
  /** Draft id → when it was sent, monotonic. */
  const flights = new Map<string, number>()
  let live = false
  let unacked = MAX_UNACKED
  let heldUntil = -Infinity
  let timer: Stop = () => {}

  const inOrder = (): Draft[] => [...drafts.values()].sort((a, b) => a.n - b.n)
  const pending = (): Draft[] => inOrder().filter((draft) => !draft.failed)

  function put(draft: Draft): void {
    drafts.set(draft.id, draft)
    options.changed(draft.conversation)
  }

  function flush(): void {
    timer()
    if (!live) return
    const now = clock.monotonic()
    if (now < heldUntil) {
      timer = clock.after(heldUntil - now, flush)
      return
    }
    let oldest = Infinity
    let room = unacked
    for (const draft of pending()) {
      const sent = flights.get(draft.id)
      if (sent === undefined || now - sent >= ACK_TIMEOUT_MS) {
        if (room <= 0) break
        const { id, conversation, n, body } = draft
        if (!options.send({ t: 'send', id, conversation, n, body })) {
          oldest = Math.min(oldest, now)
          break
        }
        flights.set(id, now)
        oldest = Math.min(oldest, now)
      } else {
        oldest = Math.min(oldest, sent)
      }
      room--
    }
    if (oldest < Infinity) timer = clock.after(oldest + ACK_TIMEOUT_MS - now, flush)
  }

  async function renumber(first: number): Promise<void> {
    const renumbered = await store.renumberDrafts(first)
    for (const draft of renumbered) if (drafts.has(draft.id)) drafts.set(draft.id, draft)
    flights.clear()
  }

  return {
    add: async (fresh) => {
      const draft = await store.saveDraft(fresh)
      put(draft)
      flush()
      return draft
    },
    put: (draft) => {
      put(draft)
      flush()
    },
    remove: (id) => {
      const draft = drafts.get(id)
      flights.delete(id)
      if (!draft) return
      drafts.delete(id)
      options.changed(draft.conversation)
      flush()
    },
    rejected: async (frame) => {
      const draft = frame.id === undefined ? undefined : drafts.get(frame.id)
      if (!draft) return undefined
      flights.delete(draft.id)
      if (!frame.retryable) {
        const { code, message, retryable } = frame
        const failed = { ...draft, failed: { code, message, retryable } }
        await store.updateDraft(failed)
        if (drafts.has(failed.id)) put(failed)
        flush()
        return failed
      }
      if (frame.code === 'out_of_order') {
        // The one it waits for is still here: it goes first, this one follows it. It is not: the
        // count has a hole that nothing will ever fill, so it is closed.
        const expected = frame.expected ?? 1
        const first = pending()[0]
        if (first && first.n > expected) await renumber(expected)
        else heldUntil = Math.max(heldUntil, clock.monotonic() + OUT_OF_ORDER_HOLD_MS)
        flush()
        return undefined
      }
      heldUntil = Math.max(heldUntil, clock.monotonic() + (frame.retryAfter ?? REJECT_HOLD_MS))
      flush()
      return undefined
    },
    retry: async (id) => {
      const draft = drafts.get(id)
      if (!draft?.failed) return
      const { conversation, body, time } = draft
      put(await store.saveDraft({ id, conversation, body, time }))
      flush()
    },
    discard: async (id) => {
      const draft = drafts.get(id)
      if (!draft?.failed) return
      await store.dropDraft(id)
      drafts.delete(id)
      options.changed(draft.conversation)
    },
    resume: async (n, limit) => {
      unacked = limit
      const first = pending()[0]
      if (first && first.n > n + 1) await renumber(n + 1)
      live = true
      flush()
    },
    suspend: () => {
      live = false
      flights.clear()
      heldUntil = -Infinity
      timer()
    },
    get: (id) => drafts.get(id),
    drafts: inOrder,
    waiting: () => pending().length > 0,
  }
}
