import type { EventOf } from '../event.ts'
import type { CreateRule } from '../rule.ts'

/** What was stored less than this before a look may still be on its way, ms. */
export const ON_ITS_WAY_MS = 1_000

/**
 * C7: when it is looked at, every open reader is at the head of each conversation it may read.
 * When that is, the run decides: 10 s after the network healed.
 */
export const catchingUp: CreateRule = (log, flag) => {
  const open = new Map<string, 'visitor' | 'agent'>()
  const asleep = new Set<string>()
  const parties = new Map<string, string>()
  /** Reader and conversation → how far it has read, in this epoch. */
  const places = new Map<string, { epoch: string; seq: number }>()
  /** Conversation → when which head was reached, rising. */
  const heads = new Map<string, { t: number; epoch: string; seq: number }[]>()

  const look = (event: EventOf<'look'>): void => {
    for (const [conversation, reached] of heads) {
      const due = reached.findLast(({ t }) => t <= event.t - ON_ITS_WAY_MS)
      if (!due) continue
      const owner = log.conversations.get(conversation)?.party
      for (const [who, role] of open) {
        if (asleep.has(who)) continue
        if (role === 'visitor' && parties.get(who) !== owner) continue
        const place = places.get(`${who} ${conversation}`)
        const seq = place?.epoch === due.epoch ? place.seq : 0
        if (seq >= due.seq) continue
        flag('C7', { t: event.t, who }, `it is at ${seq} while the log is at ${due.seq}`, {
          conversation,
          seq,
        })
      }
    }
  }

  return {
    see: (event) => {
      switch (event.op) {
        case 'open':
          open.set(event.who, event.role)
          if (event.party !== undefined) parties.set(event.who, event.party)
          return
        case 'close':
          open.delete(event.who)
          return
        case 'sleep':
          asleep.add(event.who)
          return
        case 'wake':
          asleep.delete(event.who)
          return
        case 'read': {
          parties.set(event.who, event.party)
          const last = event.entries.at(-1)
          if (!last) return
          places.set(`${event.who} ${event.conversation}`, { epoch: event.epoch, seq: last.seq })
          return
        }
        case 'head': {
          const reached = heads.get(event.conversation) ?? []
          heads.set(event.conversation, reached)
          const last = reached.at(-1)
          // A repeat is told the seq of the first time, which the log has left behind.
          if (last?.epoch !== event.epoch || last.seq < event.seq) reached.push(event)
          return
        }
        case 'restored':
          heads.clear()
          return
        case 'look':
          look(event)
          return
        default:
      }
    },
    end: () => {},
  }
}
