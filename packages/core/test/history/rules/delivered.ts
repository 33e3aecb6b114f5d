import type { EventOf } from '../event.ts'
import type { CreateRule } from '../rule.ts'

/**
 * C9: what is shown as delivered has reached the other side: of a visitor's words some far side took
 * them, of an agent's some page of the visitor was shown them. What is shown as undelivered some far
 * side has refused. Once a backup took the log's place, nothing is said of it: pages kept what the life
 * before had told.
 */
export const delivered: CreateRule = (log, flag) => {
  const taken = new Set<string>()
  const refused = new Set<string>()
  const roles = new Map<string, 'visitor' | 'agent'>()
  /** Drafts that a page of a visitor was shown. */
  const shown = new Set<string>()

  let restored = false

  const status = (event: EventOf<'status'>): void => {
    const { draft, state } = event
    const place = log.ofDraft(draft)[0]
    if (!place || restored) return
    const where = { draft, conversation: place.conversation, seq: place.entry.seq }
    if (state === 'undelivered' && !refused.has(draft)) {
      flag('C9', event, 'it is shown as undelivered, and nobody refused it', where)
    }
    if (state !== 'delivered') return
    const reached = place.entry.role === 'visitor' ? taken.has(draft) : shown.has(draft)
    if (!reached) flag('C9', event, 'it is shown as delivered, and nobody there has it', where)
  }

  return {
    see: (event) => {
      switch (event.op) {
        case 'restored':
          restored = true
          return
        case 'open':
          roles.set(event.who, event.role)
          return
        case 'read':
          if (roles.get(event.who) !== 'visitor') return
          for (const { id } of event.entries) shown.add(id)
          return
        case 'answered':
          ;(event.taken ? taken : refused).add(event.draft)
          return
        case 'status':
          status(event)
          return
        default:
      }
    },
    end: () => {},
  }
}
