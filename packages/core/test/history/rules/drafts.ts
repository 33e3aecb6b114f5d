import type { DraftState, EventOf } from '../event.ts'
import type { CreateRule } from '../rule.ts'

const RANK: Readonly<Record<Exclude<DraftState, 'failed'>, number>> = {
  pending: 0,
  stored: 1,
  undelivered: 2,
  delivered: 3,
  read: 4,
}

/**
 * C8: in the end, what was submitted is in the log, or some reader shows that it waits or failed,
 * or its author discarded it. When all has been quiet for long, nothing waits any more.
 * C9: what a reader shows of a draft only rises; it fails aloud, and comes back only by a retry. That
 * it was read an answer implies; what a far side refused was not, whenever the reader hears of that.
 */
export const drafts: CreateRule = (log, flag) => {
  const submitted = new Map<string, EventOf<'submit'>>()
  /** Acked in a log that a backup replaced: the backup's to keep. */
  const ackedBefore = new Set<string>()
  const settled = new Set<string>()
  /** Reader → draft → what it shows. */
  const shown = new Map<string, Map<string, DraftState>>()
  let end: EventOf<'end'> | undefined

  const status = (event: EventOf<'status'>): void => {
    const { who, draft, state } = event
    const known = shown.get(who) ?? new Map<string, DraftState>()
    shown.set(who, known)
    const before = known.get(draft)
    known.set(draft, state)
    if (before === undefined || before === state) return
    const corrected = before === 'read' && state === 'undelivered'
    const falls =
      !corrected &&
      (before === 'failed'
        ? state === 'pending'
        : state === 'failed'
          ? before !== 'pending'
          : RANK[state] < RANK[before])
    if (falls) flag('C9', event, `it was ${before} and became ${state}`, { draft })
  }

  const finish = (): void => {
    if (!end) return
    const pending = new Set<string>()
    const failed = new Set<string>()
    for (const known of shown.values()) {
      for (const [draft, state] of known) {
        if (state === 'pending') pending.add(draft)
        if (state === 'failed') failed.add(draft)
      }
    }
    for (const { draft, conversation } of submitted.values()) {
      if (log.ofDraft(draft).length > 0 || settled.has(draft) || ackedBefore.has(draft)) continue
      if (failed.has(draft)) continue
      const where = { conversation, draft }
      if (!pending.has(draft)) flag('C8', end, 'a submitted draft is nowhere', where)
      else if (end.quiet) flag('C8', end, 'a draft still waits though nothing hinders it', where)
    }
  }

  return {
    see: (event) => {
      switch (event.op) {
        case 'submit':
          submitted.set(event.draft, event)
          return
        case 'ack':
          if (event.epoch !== log.epoch) ackedBefore.add(event.draft)
          return
        case 'read':
          if (event.epoch === log.epoch) return
          for (const { id } of event.entries) ackedBefore.add(id)
          return
        case 'retry':
          // Every reader of the browser shows it so, in whatever order they hear of it.
          for (const known of shown.values()) known.delete(event.draft)
          return
        case 'discard':
          settled.add(event.draft)
          return
        case 'lost':
          for (const draft of event.drafts) settled.add(draft)
          return
        case 'status':
          status(event)
          return
        case 'forgot':
        case 'close':
          if (!('conversation' in event)) shown.delete(event.who)
          return
        case 'end':
          end = event
          return
        default:
      }
    },
    end: finish,
  }
}
