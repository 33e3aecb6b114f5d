import type { HistoryEvent } from '../event.ts'
import type { CreateRule, RuleId } from '../rule.ts'

/**
 * C4: drafts of one device are in the log in the order they were pressed; one that failed and was
 * tried again counts from then.
 * C5: what was acked before another left for the first time is before it.
 *
 * For both, of all that has to be before, only the highest seq matters. A draft that was acked in a
 * log that a backup replaced was there in time; where it comes to lie anew, nobody promised.
 */
export const order: CreateRule = (log, flag) => {
  /** Device and conversation → drafts, in pressed order; one that is pressed again moves on. */
  const pressed = new Map<string, Map<string, HistoryEvent>>()
  const pressedBy = new Map<string, { device: string; conversation: string }>()
  /** Conversation → highest seq acked so far in the log that is there in the end. */
  const acked = new Map<string, number>()
  const taken = new Set<string>()
  /** Acked in a log that was replaced. */
  const before = new Set<string>()
  /** Draft → what had been acked when it left first. */
  const floors = new Map<string, { floor: number; event: HistoryEvent }>()

  const press = (draft: string, event: HistoryEvent): void => {
    const by = pressedBy.get(draft)
    if (!by) return
    const key = `${by.device} ${by.conversation}`
    const drafts = pressed.get(key) ?? new Map<string, HistoryEvent>()
    pressed.set(key, drafts)
    drafts.delete(draft)
    drafts.set(draft, event)
  }

  const seqOf = (draft: string): number | undefined =>
    before.has(draft) ? undefined : log.ofDraft(draft)[0]?.entry.seq

  const raise = (conversation: string, seq: number): void => {
    acked.set(conversation, Math.max(acked.get(conversation) ?? 0, seq))
  }

  const early = (rule: RuleId, event: HistoryEvent, draft: string, seq: number, after: number) =>
    flag(rule, event, `it is in the log before seq ${after}, which came first`, {
      conversation: log.ofDraft(draft)[0]?.conversation ?? '',
      seq,
      draft,
    })

  return {
    see: (event) => {
      switch (event.op) {
        case 'submit':
          pressedBy.set(event.draft, event)
          press(event.draft, event)
          return
        case 'retry':
          // What was taken is where it is, whoever has not heard of it.
          if (!taken.has(event.draft)) press(event.draft, event)
          return
        case 'unordered':
          for (const draft of event.drafts) {
            const by = pressedBy.get(draft)
            if (by) pressed.get(`${by.device} ${by.conversation}`)?.delete(draft)
          }
          return
        case 'ack':
          taken.add(event.draft)
          if (event.epoch === log.epoch) raise(event.conversation, event.seq)
          else before.add(event.draft)
          return
        case 'sent': {
          const conversation = pressedBy.get(event.draft)?.conversation
          if (conversation === undefined || floors.has(event.draft)) return
          floors.set(event.draft, { floor: acked.get(conversation) ?? 0, event })
          return
        }
        default:
      }
    },
    end: () => {
      for (const drafts of pressed.values()) {
        let highest = 0
        for (const [draft, event] of drafts) {
          const seq = seqOf(draft)
          if (seq === undefined) continue
          if (seq < highest) early('C4', event, draft, seq, highest)
          highest = Math.max(highest, seq)
        }
      }
      for (const [draft, { floor, event }] of floors) {
        const seq = seqOf(draft)
        if (seq !== undefined && seq < floor) early('C5', event, draft, seq, floor)
      }
    },
  }
}
