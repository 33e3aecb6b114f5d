/**
 * What a run leaves behind, one JSON line each: what people pressed, what every reader was shown,
 * what left for the far sides, and the log as it is in the end. The checker reads nothing else, so
 * the same lines may come from a simulation, from browsers or from a process that was killed.
 *
 * `t` is milliseconds of one clock that only rises; `who` names the party that saw or did it: a
 * tab, a console, a script, a webhook's far side, the relay.
 */
export type HistoryEvent = Stamp & Happening

export interface Stamp {
  readonly t: number
  readonly who: string
}

export type Happening =
  // ── Readers ────────────────────────────────────────────────────────────────────────────────
  /**
   * A reader is there, and from now on expected to follow the log. Said again once it is known who
   * it is.
   */
  | { readonly op: 'open'; readonly role: 'visitor' | 'agent'; readonly party?: string }
  | { readonly op: 'close' }
  /** It is frozen, and nobody expects it to follow until it wakes. */
  | { readonly op: 'sleep' }
  | { readonly op: 'wake' }
  /**
   * It dropped what it had read, of one conversation or of all, to begin anew. Another epoch in a
   * `read` says the same.
   */
  | { readonly op: 'forgot'; readonly conversation?: string }
  /** It was shown these, in this order. `party`: who it is taken for at this moment. */
  | {
      readonly op: 'read'
      readonly conversation: string
      readonly epoch: string
      readonly party: string
      readonly entries: readonly Seen[]
    }
  // ── Drafts ─────────────────────────────────────────────────────────────────────────────────
  /** Somebody pressed send. `device`: drafts of one device keep the order they were pressed in. */
  | {
      readonly op: 'submit'
      readonly draft: string
      readonly conversation: string
      readonly device: string
      readonly words: string
    }
  /** It left its author for the relay. Repeats may be told or not. */
  | { readonly op: 'sent'; readonly draft: string }
  /** Its author was told that it is in the log. */
  | {
      readonly op: 'ack'
      readonly draft: string
      readonly conversation: string
      readonly epoch: string
      readonly seq: number
    }
  | { readonly op: 'status'; readonly draft: string; readonly state: DraftState }
  /** Its author tries a failed one again; it counts as pressed now. */
  | { readonly op: 'retry'; readonly draft: string }
  | { readonly op: 'discard'; readonly draft: string }
  /** Gone in a way nobody promised against: the only place it was kept in was swept away. */
  | { readonly op: 'lost'; readonly drafts: readonly string[]; readonly reason: string }
  /**
   * The count that these stood in was swept away, or the part of the log where they were: their
   * order is not promised any more.
   */
  | { readonly op: 'unordered'; readonly drafts: readonly string[] }
  // ── Far sides ──────────────────────────────────────────────────────────────────────────────
  /** An entry left for a far side, whatever came of it. `delivery` is the key it was sent under. */
  | {
      readonly op: 'attempt'
      readonly sink: string
      readonly delivery: string
      readonly draft: string
    }
  /** A far side answered that it has it, or that it will not take it as it is. */
  | {
      readonly op: 'answered'
      readonly sink: string
      readonly draft: string
      readonly taken: boolean
    }
  | { readonly op: 'parked'; readonly sink: string; readonly draft: string }
  /**
   * A far side told of an event, at `asked` where that is known. `ok`: it was answered 2xx. `draft`:
   * the id its entry must have.
   */
  | {
      readonly op: 'inbound'
      readonly sink: string
      readonly event: string
      readonly conversation: string
      readonly draft: string
      readonly words: string
      readonly ok: boolean
      readonly asked?: number
    }
  // ── The log ────────────────────────────────────────────────────────────────────────────────
  /** The log had reached this seq. */
  | {
      readonly op: 'head'
      readonly conversation: string
      readonly epoch: string
      readonly seq: number
    }
  /** An older backup took the place of the log. */
  | { readonly op: 'restored'; readonly epoch: string }
  // ── Marks of the run ───────────────────────────────────────────────────────────────────────
  /** Now every reader that is open has to be at the head, as it was a moment ago. */
  | { readonly op: 'look' }
  /** The run is over. `quiet`: nothing hindered it for long enough that nothing may wait any more. */
  | { readonly op: 'end'; readonly quiet: boolean }
  /** The log as it is in the end. */
  | {
      readonly op: 'log'
      readonly conversation: string
      readonly epoch: string
      /** Whose conversation it is. */
      readonly party: string
      readonly entries: readonly LogEntry[]
    }

export interface Seen {
  readonly seq: number
  /** The draft id. */
  readonly id: string
  readonly author: string
  /** The text, or anything that is the same only for the same body. */
  readonly words: string
}

export interface LogEntry extends Seen {
  readonly role: 'visitor' | 'agent' | 'bot' | 'system'
  /** The far sides that are owed it. */
  readonly sinks: readonly string[]
}

/** `failed`: the relay refused it. `undelivered`: the relay has it, and a far side refused it. */
export type DraftState = 'pending' | 'stored' | 'undelivered' | 'delivered' | 'read' | 'failed'

export type EventOf<Op extends Happening['op']> = Extract<HistoryEvent, { readonly op: Op }>
