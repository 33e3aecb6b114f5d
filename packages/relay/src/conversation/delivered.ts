import type { Clock, DeliveredMarks, Stop } from '@homing/core'
import type { Bus } from '../bus/bus.ts'
import type { Store } from '../store/store.ts'

/**
 * Keeps and tells how far entries have come. Deliveries raise their marks in the commit that settles
 * them; readers of the log itself (links, the agents' API) say what they have. Both are told to the
 * conversation's readers, and neither one by one: what happens in the same moment is one write and
 * one hint.
 *
 *   kept, changed ──▶ wait a moment ──▶ raise what readers have ──▶ news? ──▶ hint: changed
 *
 * What waits here is lost with the process, and said again by the next hello.
 */
export interface Delivered {
  /** A reader has the log up to here. `read`: somebody has seen it. */
  kept(conversation: string, by: keyof DeliveredMarks, seq: number, how: 'has' | 'read'): void
  /** Something is known of this conversation's deliveries that was not known before. */
  changed(conversation: string): void
  /** Nothing is written or told from now on. May be called twice. */
  stop(): void
}

export interface DeliveredOptions {
  readonly store: Pick<Store, 'kept' | 'conversation'>
  readonly bus: Pick<Bus, 'publish'>
  readonly clock: Pick<Clock, 'after'>
  /** The site's desks, by id. */
  readonly desksOf: (site: string) => readonly string[]
  readonly onError: (cause: unknown) => void
}

/** What happens within this is one write and one hint, ms. */
export const GATHER_MS = 250

interface Waiting {
  /** Some delivery has settled. */
  news: boolean
  /** By side: how far a reader has it, and how far it was seen. */
  readonly has: Record<keyof DeliveredMarks, number>
  readonly read: Record<keyof DeliveredMarks, number>
}

export function createDelivered(options: DeliveredOptions): Delivered {
  const { store, bus, clock, desksOf, onError } = options
  let waiting = new Map<string, Waiting>()
  let timer: Stop | undefined
  let stopped = false

  const waitingOf = (conversation: string): Waiting => {
    const known = waiting.get(conversation)
    if (known) return known
    const added: Waiting = {
      news: false,
      has: { visitor: 0, agent: 0 },
      read: { visitor: 0, agent: 0 },
    }
    waiting.set(conversation, added)
    timer ??= clock.after(GATHER_MS, flush)
    return added
  }

  const flush = (): void => {
    timer = undefined
    const now = waiting
    waiting = new Map()
    if (stopped) return
    // Asked for together, so that they share one commit.
    for (const [conversation, what] of now) settle(conversation, what).catch(onError)
  }

  const settle = async (id: string, { news, has, read }: Waiting): Promise<void> => {
    // Where a conversation has desks, that a console is open somewhere brings nothing to anybody.
    const agent = has.agent > read.agent && (await isDeskless(id)) ? has.agent : read.agent
    const rose = await Promise.all([
      raise(id, 'visitor', Math.max(has.visitor, read.visitor)),
      raise(id, 'agent', agent),
    ])
    if (news || rose.includes(true)) await tell(id)
  }

  const raise = async (id: string, side: keyof DeliveredMarks, seq: number): Promise<boolean> =>
    seq > 0 && store.kept(id, side, seq)

  const isDeskless = async (id: string): Promise<boolean> => {
    const found = await store.conversation(id)
    return found !== undefined && (found.desks ?? desksOf(found.site)).length === 0
  }

  const tell = async (id: string): Promise<void> => {
    const found = await store.conversation(id)
    if (!found) return
    const { site, visitor } = found
    bus.publish([`visitor:${visitor.id}`, `agents:${site}`], {
      kind: 'changed',
      site,
      visitor: visitor.id,
      conversation: id,
    })
  }

  return {
    kept(conversation, by, seq, how) {
      if (stopped) return
      const marks = waitingOf(conversation)[how]
      marks[by] = Math.max(marks[by], seq)
    },
    changed(conversation) {
      if (!stopped) waitingOf(conversation).news = true
    },
    stop() {
      stopped = true
      timer?.()
      timer = undefined
      waiting.clear()
    },
  }
}
