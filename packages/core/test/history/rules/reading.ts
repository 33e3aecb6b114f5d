import type { EventOf, Seen } from '../event.ts'
import type { CreateRule } from '../rule.ts'

interface Cursor {
  readonly epoch: string
  readonly seq: number
}

/**
 * C6: each reader is shown a run that goes on where it was: no hole, no reorder, nothing twice,
 * and all readers are shown the same. A reader that begins anew may begin anywhere.
 * C12: and only conversations that are its own. Agents read all. Whose one was in a log that a
 * backup replaced, nobody knows any more.
 */
export const reading: CreateRule = (log, flag) => {
  const roles = new Map<string, 'visitor' | 'agent'>()
  /** Reader → conversation → how far it has read. */
  const cursors = new Map<string, Map<string, Cursor>>()
  /** Epoch, conversation, seq → what was shown there first. */
  const shown = new Map<string, Seen>()

  const compare = (event: EventOf<'read'>, entry: Seen): void => {
    const { conversation, epoch } = event
    const where = { conversation, seq: entry.seq, draft: entry.id }
    const key = `${epoch} ${conversation} ${entry.seq}`
    const first = epoch === log.epoch ? log.at(conversation, entry.seq) : shown.get(key)
    if (!first) {
      if (epoch === log.epoch) flag('C6', event, 'it was shown what the log has not', where)
      else shown.set(key, entry)
    } else if (
      first.id !== entry.id ||
      first.words !== entry.words ||
      first.author !== entry.author
    ) {
      flag('C6', event, 'it was shown something else than the log has there', where)
    }
  }

  const read = (event: EventOf<'read'>): void => {
    const { who, conversation, epoch, party, entries } = event
    const owner = log.conversations.get(conversation)?.party
    if (
      epoch === log.epoch &&
      roles.get(who) !== 'agent' &&
      owner !== undefined &&
      owner !== party
    ) {
      flag('C12', event, 'a conversation of somebody else was shown', { conversation })
    }
    const known = cursors.get(who) ?? new Map<string, Cursor>()
    cursors.set(who, known)
    const before = known.get(conversation)
    let last = before?.epoch === epoch ? before.seq : undefined
    for (const entry of entries) {
      if (last !== undefined && entry.seq !== last + 1) {
        const how = entry.seq > last + 1 ? 'a hole' : 'a step back'
        flag('C6', event, `${how}: seq ${entry.seq} was shown after ${last}`, {
          conversation,
          seq: entry.seq,
          draft: entry.id,
        })
      }
      last = entry.seq
      compare(event, entry)
    }
    if (last !== undefined) known.set(conversation, { epoch, seq: last })
  }

  return {
    see: (event) => {
      if (event.op === 'open') roles.set(event.who, event.role)
      else if (event.op === 'forgot' && event.conversation !== undefined) {
        cursors.get(event.who)?.delete(event.conversation)
      } else if (event.op === 'forgot' || event.op === 'close') cursors.delete(event.who)
      else if (event.op === 'read') read(event)
    },
    end: () => {},
  }
}
