import type {
  ClientFrame,
  ServerFrame,
  SocketLike,
  SyncEngine,
} from '../../packages/core/src/index.ts'
import { isText, reachOf } from '../../packages/core/src/index.ts'
import type { Body, Entry, PendingPost } from '../../packages/core/src/index.ts'
import type { DraftState, Seen } from '../../packages/core/test/history/event.ts'
import type { Recorder } from '../../packages/core/test/history/recorder.ts'

/** Notes what a reader is shown, and what passes over its lines. */
export interface Watch {
  /** The engine may be somebody else by now, with nothing to show. */
  met(engine: SyncEngine): void
  /** The engine says that this conversation changed. */
  changed(engine: SyncEngine, conversation: string): void
  socket(socket: SocketLike): SocketLike
  post(body: string, pending: PendingPost): PendingPost
}

export interface WatchOptions {
  readonly who: string
  readonly side: 'visitor' | 'agent'
  readonly recorder: Recorder
  /** Drafts that somebody pressed, on any device. */
  readonly pressed: ReadonlyMap<string, string>
  /** Drafts that have left before. */
  readonly left: Set<string>
  /** Drafts that some page has shown as failed. */
  readonly failed: Set<string>
  /** Show entries by their time instead of their number. */
  readonly byTime: boolean
  /** Storage that failed may have kept a later part of a log than the page had read. */
  readonly mayJump: () => boolean
}

export function createWatch(options: WatchOptions): Watch {
  const { who, side, recorder, pressed, left, failed, byTime } = options
  const note = recorder.note.bind(undefined, who)
  const shown = new Map<string, { epoch: string; entries: readonly Entry[] }>()
  const states = new Map<string, DraftState>()
  let party: string | undefined
  let epoch = ''

  const tell = (draft: string, state: DraftState): void => {
    if (!pressed.has(draft) || states.get(draft) === state) return
    // Where storage failed a refusal may not have been kept: the draft is tried once more, by this
    // page or the next, and refused once more.
    if (state === 'pending' && failed.has(draft) && options.mayJump()) {
      failed.delete(draft)
      note({ op: 'retry', draft })
    }
    if (state === 'failed') failed.add(draft)
    states.set(draft, state)
    note({ op: 'status', draft, state })
  }

  const read = (engine: SyncEngine, conversation: string): void => {
    const view = engine.conversation(conversation)
    // Who it is comes with a welcome; what is shown until then is noted when it is known.
    if (view && party === undefined) return
    const before = shown.get(conversation)
    if (!view) {
      if (!before) return
      shown.delete(conversation)
      states.clear()
      note({ op: 'forgot' })
      for (const id of shown.keys()) shown.delete(id)
      // What waits or failed is shown on.
      for (const draft of engine.drafts()) tell(draft.id, draft.failed ? 'failed' : 'pending')
      return
    }
    const entries = byTime ? view.entries.toSorted((a, b) => a.time - b.time) : view.entries
    const sameLife = before?.epoch === view.position.epoch
    const goesOn =
      sameLife &&
      before.entries.length <= entries.length &&
      before.entries.every((entry, at) => entry.id === entries[at]?.id)
    const jumps = sameLife && (entries[0]?.seq ?? 0) > (before.entries.at(-1)?.seq ?? 0) + 1
    // The window is another one altogether, and has no hole in it: a page begins anew with it.
    if (jumps && !goesOn && options.mayJump()) note({ op: 'forgot', conversation })
    const fresh = goesOn ? entries.slice(before.entries.length) : entries
    shown.set(conversation, { epoch: view.position.epoch, entries })
    if (fresh.length > 0 && party !== undefined) {
      const seen = fresh.map(seenOf)
      note({ op: 'read', conversation, epoch: view.position.epoch, party, entries: seen })
    }
    for (const { id, seq, author } of view.entries) {
      if (author.role !== side) continue
      const { state } = reachOf(seq, { ...view, side })
      tell(id, state === 'failed' ? 'undelivered' : state)
    }
  }

  const heard = (frame: ServerFrame): void => {
    if (frame.t === 'welcome') epoch = frame.epoch
    else if (frame.t === 'ack') {
      const { id, conversation, seq } = frame
      note({ op: 'ack', draft: id, conversation, epoch, seq })
    }
  }

  const said = (frame: ClientFrame): void => {
    if (frame.t !== 'send' || left.has(frame.id)) return
    left.add(frame.id)
    note({ op: 'sent', draft: frame.id })
  }

  const met = (engine: SyncEngine): void => {
    const now = engine.identity()?.visitor
    if (now !== undefined && now !== party) {
      party = now
      note({ op: 'open', role: side, party: now })
      for (const { id } of engine.conversations()) read(engine, id)
    } else if (side === 'agent' && party === undefined) party = 'agent'
  }

  return {
    met,

    changed: (engine, conversation) => {
      met(engine)
      read(engine, conversation)
      const known = new Set(engine.conversation(conversation)?.entries.map(({ id }) => id))
      for (const draft of engine.drafts(conversation)) {
        // As the fold has it: whose entry is here already is settled.
        if (!known.has(draft.id)) tell(draft.id, draft.failed ? 'failed' : 'pending')
      }
    },

    socket: (socket) => {
      let life = ''
      return {
        get bufferedAmount() {
          return socket.bufferedAmount
        },
        set onopen(listener: (() => void) | null) {
          socket.onopen = listener
        },
        set onmessage(listener: ((event: { readonly data: unknown }) => void) | null) {
          socket.onmessage =
            listener &&
            ((event) => {
              if (typeof event.data === 'string' && /"t":"(?:ack|welcome)"/.test(event.data)) {
                const frame = JSON.parse(event.data) as ServerFrame
                if (frame.t === 'welcome') life = frame.epoch
                epoch = life
                heard(frame)
              }
              listener(event)
            })
        },
        set onclose(listener: (() => void) | null) {
          socket.onclose = listener
        },
        set onerror(listener: (() => void) | null) {
          socket.onerror = listener
        },
        send: (data) => {
          if (data.includes('"t":"send"')) said(JSON.parse(data) as ClientFrame)
          socket.send(data)
        },
        close: () => socket.close(),
      }
    },

    post: (body, pending) => {
      for (const frame of (JSON.parse(body) as { frames: ClientFrame[] }).frames) said(frame)
      return {
        abort: pending.abort,
        answer: pending.answer.then((answer) => {
          for (const frame of framesOf(answer.text)) heard(frame)
          return answer
        }),
      }
    },
  }
}

export const wordsOf = (body: Body): string => (isText(body) ? body.text : JSON.stringify(body))

export const seenOf = ({ seq, id, author, body }: Entry): Seen => ({
  seq,
  id,
  author: author.id,
  words: wordsOf(body),
})

function framesOf(text: string): readonly ServerFrame[] {
  try {
    return (JSON.parse(text) as { frames?: ServerFrame[] }).frames ?? []
  } catch {
    return []
  }
}
