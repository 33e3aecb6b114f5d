import { backoffMs } from './backoff.ts'
import type { Clock, Random, Stop } from './clock.ts'
import { utf8Length } from './codec.ts'
import {
  ACK_TIMEOUT_MS,
  MAX_FRAME_BYTES,
  MAX_UNACKED,
  OUT_OF_ORDER_HOLD_MS,
  REJECT_HOLD_MS,
} from './constants.ts'
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
  /** The store was swept away: keep there again what still waits here. False: it waits no more. */
  keepAgain(id: string): Promise<boolean>
  /** A link is live. */
  resume(unacked: number): void
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
  readonly random: Random
  /** False when there is no link or it takes nothing now. */
  send(frame: ClientFrame): boolean
  /** Drafts came, went or changed. */
  changed(conversation: string): void
}

/** No draft has this counter. */
const NONE = 0
/** What a send frame holds besides its body, bytes; rather more. */
const SEND_OVERHEAD_BYTES = 512

export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock } = options
  const drafts = new Map<string, Draft>()
  /** Draft id → when it was sent, monotonic. */
  const flights = new Map<string, number>()
  let live = false
  /** The first that waits was told to be too early, with nothing of ours before it. */
  let doubt: { readonly id: string; readonly n: number; readonly expected: number } | undefined
  /** Retryable rejects in a row. */
  let refusals = 0
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

  /**
   * Take over what the store has waiting, also drafts of tabs that are gone; and, while its first
   * one still has the counter `seen`, count them anew from `expected` on.
   */
  async function recount(expected: number, seen: number): Promise<void> {
    const waiting = pending()
    const renumbered = await store.renumberDrafts(expected, seen)
    for (const draft of renumbered) put(draft)
    const kept = new Set(renumbered.map((draft) => draft.id))
    for (const { id } of waiting) {
      // Settled by another tab, or swept away with the store: sending it again is harmless, and
      // losing it is not.
      const draft = drafts.get(id)
      if (draft && !draft.failed && !kept.has(id)) put(await keep(draft, 0))
    }
  }

  /**
   * The one it waits for is here, or on its way from another tab: it goes first, this one follows.
   * Or the count has a hole that nothing will ever fill. That is sure only when the first one was
   * sent again after the store was looked at, and the relay still waits for the same: then the
   * count is closed. To close it on an old answer would use a counter twice, and order with it.
   */
  async function tooEarly(draft: Draft, expected: number): Promise<void> {
    heldUntil = Math.max(heldUntil, clock.monotonic() + OUT_OF_ORDER_HOLD_MS)
    const first = pending()[0]
    if (first?.id !== draft.id || first.n <= expected) return
    const { id, n } = first
    const sure = doubt?.id === id && doubt.n === n && doubt.expected === expected
    doubt = sure ? undefined : { id, n, expected }
    await recount(expected, sure ? n : NONE)
    if (!sure) return
    flights.clear()
    heldUntil = -Infinity
  }

  /** `after`, `had`: as `LocalStore.saveDraft` has them. */
  async function keep(
    { id, conversation, body, time }: NewDraft,
    after = inOrder().at(-1)?.n,
    had?: number,
  ): Promise<Draft> {
    const draft = await store.saveDraft({ id, conversation, body, time }, after, had)
    if (utf8Length(JSON.stringify(body)) <= MAX_FRAME_BYTES - SEND_OVERHEAD_BYTES) return draft
    // The relay could not even read whose it is, and nothing behind it would ever be sent.
    return fail(draft, { code: 'too_large', message: 'It is too large to send.', retryable: false })
  }

  async function fail(draft: Draft, failed: NonNullable<Draft['failed']>): Promise<Draft> {
    const failure = { ...draft, failed }
    await store.updateDraft(failure)
    return failure
  }

  return {
    add: async (fresh) => {
      const draft = await keep(fresh)
      // Taken over already when the count was closed meanwhile, with a counter of its own.
      if (draft.failed || !drafts.has(draft.id)) put(draft)
      flush()
      return draft
    },
    put: (draft) => {
      const known = drafts.get(draft.id)
      // Kept where the refusal could not be, so it is kept there now: a retry has another counter.
      if (known?.failed && !draft.failed && known.n === draft.n) {
        return void store.updateDraft(known)
      }
      put(draft)
      flush()
    },
    remove: (id) => {
      const draft = drafts.get(id)
      flights.delete(id)
      refusals = 0
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
        const failure = await fail(draft, { code, message, retryable })
        if (drafts.has(draft.id)) put(failure)
        flush()
        return failure
      }
      if (frame.code === 'out_of_order') {
        await tooEarly(draft, frame.expected ?? 1)
        flush()
        return undefined
      }
      // Not all at the same moment when it was the relay that could not take any.
      const pause = frame.retryAfter ?? REJECT_HOLD_MS + backoffMs(++refusals, options.random)
      heldUntil = Math.max(heldUntil, clock.monotonic() + pause)
      flush()
      return undefined
    },
    retry: async (id) => {
      const draft = drafts.get(id)
      if (!draft?.failed) return
      put(await keep(draft))
      flush()
    },
    keepAgain: async (id) => {
      const draft = drafts.get(id)
      if (!draft || draft.failed) return false
      const kept = await keep(draft, 0, draft.n)
      if (drafts.has(id)) put(kept)
      return drafts.has(id)
    },
    discard: async (id) => {
      const draft = drafts.get(id)
      if (!draft?.failed) return
      await store.dropDraft(id)
      drafts.delete(id)
      options.changed(draft.conversation)
    },
    resume: (limit) => {
      unacked = limit
      live = true
      flush()
    },
    suspend: () => {
      live = false
      doubt = undefined
      flights.clear()
      heldUntil = -Infinity
      timer()
    },
    get: (id) => drafts.get(id),
    drafts: inOrder,
    waiting: () => pending().length > 0,
  }
}
