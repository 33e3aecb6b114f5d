import type { Ack, Entries, Entry } from '@homing/core'
import { cutRun } from '../conversation/resume.ts'

/**
 * One reader's place in one log. It gives the link every entry after that place, in order, without
 * a hole and nothing twice (C6), however hints and answers to its own sends come in.
 *
 *      heard, sent, restart
 *              │
 *              ▼
 *   ┌─▶ behind the head? ──no──▶ rest
 *   │          │ yes
 *   │     room on the link? (waits)
 *   │          │
 *   │     read after the place
 *   │          │
 *   └──── for each entry: an own one that was acked → ack · still under way → stop, its end
 *         starts us again · any other → entries
 *
 * The link's own entries are answered by their ack instead of being repeated; the ack takes their
 * turn in the order, so whoever counts acks and entries has counted the log.
 */
export interface Follower {
  readonly conversation: string
  /** Seq of the last entry given. */
  place(): number
  /** The log has reached at least this seq. */
  heard(seq: number): void
  /** A send over this link is on its way into the log. */
  sending(id: string): void
  /** It came to its end: with an ack when it is in the log. */
  sent(id: string, ack?: Ack): void
  /** Go on from another place. `anew`: the next run starts the reader's log anew. */
  restart(after: number, anew: boolean): void
  /** Something is being read, or an own send is under way. */
  busy(): boolean
  /** Resolves when nothing more can be given for now. */
  settled(): Promise<void>
  stop(): void
}

export interface FollowerOptions {
  readonly conversation: string
  readonly epoch: string
  readonly after: number
  readonly anew: boolean
  /** Entries after a seq, oldest first. */
  readonly read: (conversation: string, after: number) => Promise<readonly Entry[]>
  readonly send: (frame: Entries | Ack) => void
  readonly full: () => Promise<void> | undefined
  readonly onError: (cause: unknown) => void
}

export function createFollower(options: FollowerOptions): Follower {
  const { conversation, epoch, read, send, full, onError } = options
  let { after: place, anew } = options
  let head = place
  let stopped = false
  /** Raised by `restart`: a read begun before it is of no use. */
  let life = 0
  let running: Promise<void> | undefined
  const underWay = new Set<string>()
  const acks = new Map<number, Ack>()

  const giveRun = (run: readonly Entry[]): void => {
    for (const entries of cutRun(run)) {
      send({ t: 'entries', conversation, epoch, entries, ...(anew ? { tail: true } : {}) })
      anew = false
    }
    place = run.at(-1)?.seq ?? place
  }

  const giveAck = (ack: Ack): void => {
    acks.delete(ack.seq)
    place = ack.seq
    // An own first entry starts the reader's log just as well.
    anew = false
    send(ack)
  }

  /** False: it has to stop before an own entry whose ack is not known yet. */
  const give = (entries: readonly Entry[]): boolean => {
    let run: Entry[] = []
    let last = place
    for (const entry of entries) {
      if (entry.seq <= place) continue
      if (entry.seq !== last + 1) throw new Error('The log has a hole.')
      last = entry.seq
      const ack = acks.get(entry.seq)
      if (ack) {
        giveRun(run)
        run = []
        giveAck(ack)
      } else if (underWay.has(entry.id)) {
        giveRun(run)
        return false
      } else {
        run.push(entry)
      }
    }
    giveRun(run)
    return true
  }

  const pump = async (): Promise<void> => {
    try {
      while (!stopped && place < head) {
        await full()
        const wanted = head
        const lived = life
        const entries = await read(conversation, place)
        if (stopped) return
        if (lived !== life) continue
        const before = place
        if (!give(entries)) return
        // The log has less than we heard, and nothing new was heard meanwhile: a false hint.
        if (place === before && head === wanted) head = place
      }
    } catch (cause) {
      // The next hint or heartbeat starts it again; meanwhile nothing is lost from the log.
      head = place
      onError(cause)
    } finally {
      // In the same step as the look at the head: nothing heard can fall in between.
      running = undefined
    }
  }

  const start = (): void => {
    if (stopped || running || place >= head) return
    running = pump()
  }

  return {
    conversation,
    place: () => place,

    heard(seq) {
      head = Math.max(head, seq)
      // Most likely our own entry: its ack is about to come and spares the read.
      if (underWay.size === 0) start()
    },

    sending: (id) => {
      underWay.add(id)
    },

    sent(id, ack) {
      underWay.delete(id)
      if (stopped) return
      if (ack) {
        head = Math.max(head, ack.seq)
        if (ack.seq <= place) send(ack)
        else if (ack.seq === place + 1) giveAck(ack)
        else acks.set(ack.seq, ack)
      }
      if (underWay.size === 0 || acks.size > 0) start()
    },

    restart(after, startAnew) {
      life++
      place = after
      anew = startAnew
      head = Math.max(head, after)
      start()
    },

    busy: () => running !== undefined || underWay.size > 0 || acks.size > 0,

    async settled() {
      while (running) await running
    },

    stop() {
      stopped = true
      acks.clear()
      underWay.clear()
    },
  }
}
