import type { ReadMarks } from '@homing/core'
import type { Bus } from '../bus/bus.ts'
import type { Store } from '../store/store.ts'
import type { Delivered } from './delivered.ts'

/** Raise a read mark, then tell both sides. For links, the agents' API and far sides alike. */
export type Mark = (
  conversation: { readonly id: string; readonly site: string; readonly visitor: string },
  by: keyof ReadMarks,
  seq: number,
) => Promise<void>

export interface MarkOptions {
  readonly store: Pick<Store, 'mark' | 'conversation'>
  readonly bus: Pick<Bus, 'publish'>
}

export function createMark({ store, bus }: MarkOptions): Mark {
  return async ({ id, site, visitor }, by, seq) => {
    if (!(await store.mark(id, by, seq))) return
    // Told is where the mark is now: it stops at the head, and others may have raised it further.
    const marked = await store.conversation(id)
    if (!marked) return
    bus.publish([`visitor:${visitor}`, `agents:${site}`], {
      kind: 'read',
      site,
      visitor,
      conversation: id,
      by,
      seq: marked.read[by],
    })
  }
}

/** The same, by who reads the log itself: up to there nothing is undelivered to that side. */
export function createReaderMark(mark: Mark, delivered: Pick<Delivered, 'kept'>): Mark {
  return async (conversation, by, seq) => {
    await mark(conversation, by, seq)
    delivered.kept(conversation.id, by, seq, 'read')
  }
}
