import type { Transport } from '../../packages/core/src/index.ts'

/**
 * What people build who have not been bitten yet. Each is put in the place of one decision, in the
 * simulation's composition only; a suite that stays green with one of them is blind.
 */
export type Naive =
  /** A resend is a new message. */
  | 'no draft id'
  /** Order is what the clocks say. */
  | 'sorted by time'
  /** The answer does not wait for the commit. */
  | 'ack before commit'
  /** The commit does not wait for the disk. */
  | 'synchronous normal'
  /** Only the leading tab may send, however long it sleeps. */
  | 'leader only'

export const NAIVE: readonly Naive[] = [
  'no draft id',
  'sorted by time',
  'ack before commit',
  'synchronous normal',
  'leader only',
]

/** Each time a draft leaves it is given a new id, and its ack the old one. */
export function withFreshIds(transport: Transport, newId: () => string): Transport {
  return {
    name: transport.name,
    open: (target, events) => {
      const first = new Map<string, string>()
      const link = transport.open(target, {
        ...events,
        received: (frame) => {
          if (frame.t !== 'ack' && frame.t !== 'reject') return events.received(frame)
          const known = frame.id === undefined ? undefined : first.get(frame.id)
          return events.received(known === undefined ? frame : { ...frame, id: known })
        },
      })
      return {
        ...link,
        send: (frame) => {
          if (frame.t !== 'send') return link.send(frame)
          const id = newId()
          first.set(id, frame.id)
          return link.send({ ...frame, id })
        },
      }
    },
  }
}
