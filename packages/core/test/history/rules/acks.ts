import type { EventOf } from '../event.ts'
import type { CreateRule } from '../rule.ts'

/**
 * C1: what was acked is in the log at the seq that was told. An ack of an epoch that was replaced
 * by an older backup is the backup's to keep or not.
 * C2: a repeat is told the first seq.
 */
export const acks: CreateRule = (log, flag) => {
  /** Epoch and draft → where it was acked first. */
  const told = new Map<string, EventOf<'ack'>>()
  return {
    see: (event) => {
      if (event.op !== 'ack') return
      const { draft, conversation, seq, epoch } = event
      const where = { conversation, seq, draft }
      const first = told.get(`${epoch} ${draft}`)
      if (first && (first.seq !== seq || first.conversation !== conversation)) {
        flag('C2', event, `the draft was acked at ${first.seq} before`, where)
      }
      told.set(`${epoch} ${draft}`, first ?? event)
      if (log.epoch === undefined || epoch !== log.epoch) return
      const entry = log.at(conversation, seq)
      if (entry?.id !== draft) {
        const there = entry ? 'another one there' : 'nothing there'
        flag('C1', event, `the draft was acked, and the log has ${there}`, where)
      }
    },
    end: () => {},
  }
}
