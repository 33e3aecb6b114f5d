import type { EventOf } from '../event.ts'
import type { CreateRule } from '../rule.ts'

/**
 * C3: the log counts 1, 2, 3 …
 * C2: no draft is in it twice, under its own id or another, nor with other words than were pressed.
 * C12: nobody but its visitor and the business writes into a conversation.
 */
export const numbering: CreateRule = (log, flag) => {
  const submitted = new Map<string, EventOf<'submit'>>()

  const seeLog = (event: EventOf<'log'>): void => {
    const { conversation, entries, party } = event
    const ids = new Set<string>()
    entries.forEach((entry, index) => {
      const where = { conversation, seq: entry.seq, draft: entry.id }
      if (entry.seq !== index + 1) {
        flag('C3', event, `entry ${index + 1} of the log has seq ${entry.seq}`, where)
      }
      if (ids.has(entry.id)) flag('C2', event, 'the draft is in the log twice', where)
      ids.add(entry.id)
      if (entry.role === 'visitor' && entry.author !== party) {
        flag('C12', event, 'somebody else wrote as the visitor', where)
      }
    })
  }

  return {
    see: (event) => {
      if (event.op === 'submit') submitted.set(event.draft, event)
      else if (event.op === 'log') seeLog(event)
    },
    end: () => {
      for (const event of submitted.values()) {
        const { draft, conversation, words } = event
        const [first, ...others] = log.ofWords(conversation, words)
        if (first && others.length > 0) {
          const seqs = [first, ...others].map(({ seq }) => seq).join(' and ')
          flag('C2', event, `the words are in the log at ${seqs}`, { conversation, draft })
        }
        for (const { conversation: there, entry } of log.ofDraft(draft)) {
          if (entry.words === words && there === conversation) continue
          flag('C2', event, 'the log has other words under this draft id', {
            conversation: there,
            seq: entry.seq,
            draft,
          })
        }
      }
    },
  }
}
