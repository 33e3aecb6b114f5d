import type { EventOf } from '../event.ts'
import type { CreateRule } from '../rule.ts'

/**
 * C11: what a far side told and was answered 2xx is in the log, once. An answer given before an
 * older backup took the log's place is the backup's to keep; so is one given after it of a
 * conversation that the backup did not have, which is taken note of and is nobody's.
 */
export const inbound: CreateRule = (log, flag) => {
  const told = new Map<string, EventOf<'inbound'>>()
  const accepted = new Map<string, EventOf<'inbound'>>()
  let restored = false
  /** Conversations that surely were in the log, and since when. */
  let known = new Map<string, number>()
  return {
    see: (event) => {
      if (event.op === 'head' && !known.has(event.conversation)) {
        known.set(event.conversation, event.t)
      }
      if (event.op === 'restored') {
        accepted.clear()
        known = new Map()
        restored = true
      }
      if (event.op !== 'inbound') return
      const key = `${event.sink} ${event.event}`
      told.set(key, event)
      const { ok, conversation, t, asked = t } = event
      // It may have begun again on the way of the answer.
      const there = (known.get(conversation) ?? Infinity) <= asked
      if (ok && (!restored || there)) accepted.set(key, event)
    },
    end: () => {
      for (const event of told.values()) {
        const { conversation, words, draft } = event
        const there = log.ofWords(conversation, words)
        if (there.length > 1) {
          const seqs = there.map(({ seq }) => seq).join(' and ')
          flag('C11', event, `one event made the entries ${seqs}`, { conversation, draft })
        }
      }
      if (log.epoch === undefined) return
      for (const event of accepted.values()) {
        const { conversation, draft } = event
        if (log.ofDraft(draft).length > 0) continue
        flag('C11', event, 'an event was answered 2xx and is not in the log', {
          conversation,
          draft,
        })
      }
    },
  }
}
