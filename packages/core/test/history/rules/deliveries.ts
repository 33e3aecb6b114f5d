import type { EventOf, HistoryEvent } from '../event.ts'
import type { CreateRule } from '../rule.ts'

/**
 * C10: each entry left at least once for every far side that is owed it, always under one key, and
 * for the first time in the log's order; one that was parked may be overtaken.
 */
export const deliveries: CreateRule = (log, flag) => {
  /** Far side and draft → its key. */
  const keys = new Map<string, string>()
  /** Key → what it stands for. */
  const meant = new Map<string, string>()
  const parked = new Set<string>()
  /** Far side and conversation → seqs in the order they left first. */
  const highest = new Map<string, number>()
  /** Out of the log's order, as far as it is the log in the end. */
  let late: (() => void)[] = []
  let restored = false
  let end: HistoryEvent | undefined

  const attempt = (event: EventOf<'attempt'>): void => {
    const { sink, draft, delivery } = event
    const name = `${sink} ${draft}`
    const known = keys.get(name)
    const place = log.ofDraft(draft)[0]
    const where = {
      draft,
      ...(place ? { conversation: place.conversation, seq: place.entry.seq } : {}),
    }
    if (known !== undefined && known !== delivery) {
      // A draft that was sent again into an older log is owed anew, under a new key.
      if (!restored) flag('C10', event, `it left for ${sink} under two keys`, where)
    }
    const other = meant.get(delivery)
    if (other !== undefined && other !== name) {
      flag('C10', event, `one key stands for two entries`, where)
    }
    keys.set(name, delivery)
    meant.set(delivery, name)
    if (known !== undefined || !place || restored) return
    const line = `${sink} ${place.conversation}`
    const before = highest.get(line) ?? 0
    if (place.entry.seq < before && !parked.has(name)) {
      late.push(() => flag('C10', event, `it left for ${sink} after seq ${before}`, where))
    }
    highest.set(line, Math.max(before, place.entry.seq))
  }

  return {
    see: (event) => {
      if (event.op === 'attempt') attempt(event)
      else if (event.op === 'parked') parked.add(`${event.sink} ${event.draft}`)
      else if (event.op === 'restored') {
        // What left in the life before says nothing of the order in this one.
        restored = true
        highest.clear()
        late = []
      } else if (event.op === 'end') end = event
    },
    end: () => {
      for (const tell of late) tell()
      if (!end) return
      for (const { conversation, entries } of log.conversations.values()) {
        for (const { sinks, id, seq } of entries) {
          for (const sink of sinks) {
            const name = `${sink} ${id}`
            if (keys.has(name) || parked.has(name)) continue
            flag('C10', end, `it never left for ${sink}`, { conversation, seq, draft: id })
          }
        }
      }
    },
  }
}
