import type {
  Author,
  Clock,
  ConversationStatus,
  ConversationView,
  Entry,
  LinkState,
  Stop,
  SyncEngine,
  SyncEvents,
  TabMessage,
} from '@homing/core'
import { countUnread, foldThread, isHandedOver, isStatus, isText, lineOf } from '@homing/core'
import { batch } from '@preact/signals'

import type { Api } from './api.ts'
import type { KeptTexts } from './kept-texts.ts'
import { noticeText } from './notice-text.ts'
import type { Actions, ConsoleState, Row, ThreadView } from './state.ts'
import { nameOf } from './state.ts'
import { fill, strings } from './strings.ts'

/**
 * The one place where the sync engine becomes what the inbox shows.
 *
 *   engine.changed(id) ─▶ remembered ─▶ (once per turn) row of each, order, thread on screen ─▶ signals
 *
 * Each conversation comes with its last entry only; opening one asks for more.
 */
export interface Inbox {
  readonly actions: Pick<
    Actions,
    'reply' | 'retry' | 'discard' | 'typed' | 'kept' | 'seen' | 'loadEarlier' | 'setStatus'
  >
  /** Show this conversation; null for none. */
  open(conversation: string | null): void
  /** The page became visible, the network came back. */
  wake(): void
  /** A reply has not reached the relay yet. */
  busy(): boolean
  stop: Stop
}

export interface InboxOptions {
  readonly state: ConsoleState
  /** Composes the engine; its events are ours. */
  readonly engine: (events: SyncEvents) => SyncEngine
  readonly api: Pick<Api, 'setStatus'>
  readonly clock: Pick<Clock, 'after' | 'now'>
  readonly texts: KeptTexts
  readonly agent: { readonly id: string }
  readonly dayOf: (time: number) => string
  /** The relay no longer knows this session. */
  readonly ended: () => void
}

/** A thread opens with at least so many entries, where there are. */
const FIRST_ENTRIES = 30
/** A link that is back sooner than this was hardly gone, ms. */
const OFFLINE_AFTER_MS = 4_000

export function createInbox(options: InboxOptions): Inbox {
  const { state, clock, texts } = options
  const rows = new Map<string, Row>()
  const dirty = new Set<string>()
  /** Conversation → first seq held when older entries were asked for. */
  const asked = new Map<string, number>()
  let shown: { readonly conversation: string; unreadFrom: number | undefined } | undefined
  let update: Stop | undefined
  let sayOffline: Stop | undefined
  let stopped = false

  const engine = options.engine({
    changed(conversation) {
      dirty.add(conversation)
      update ??= clock.after(0, refresh)
    },
    link,
    tell,
    presence: () => undefined,
    settings: () => undefined,
    refused(code, message) {
      if (code === 'unauthorized') options.ended()
      else state.notice.value = message
    },
    failed(error) {
      state.notice.value = error instanceof Error ? error.message : String(error)
    },
  })

  function link(now: LinkState): void {
    if (now === 'live') {
      sayOffline?.()
      sayOffline = undefined
      state.connection.value = 'online'
      return
    }
    asked.clear()
    // Counted from the first loss, however often it is tried meanwhile.
    sayOffline ??= clock.after(OFFLINE_AFTER_MS, () => {
      state.connection.value = 'offline'
    })
  }

  function tell(message: TabMessage): void {
    if (message.kind !== 'frame') return
    const { frame } = message
    if (frame.t === 'welcome') {
      state.loaded.value = true
      if (shown) open(shown.conversation)
      else update ??= clock.after(0, refresh)
    }
    if (frame.t === 'entries' && !frame.history && !frame.tail) announce(frame.entries.at(-1))
  }

  /** Only the newest: a burst is not read out message by message. */
  function announce(entry: Entry | undefined): void {
    if (entry?.author.role !== 'visitor' || !state.loaded.value) return
    const row = [...engine.conversations()].find((view) => view.entries.at(-1)?.id === entry.id)
    const name = row?.visitor ? nameOf(row.visitor) : ''
    state.announcement.value = fill(strings.announce, { name, text: lineOf(entry.body) })
  }

  function refresh(): void {
    update = undefined
    if (stopped) return
    for (const id of dirty) {
      const view = engine.conversation(id)
      const row = view && rowOf(view)
      if (row) rows.set(id, row)
      else rows.delete(id)
    }
    const touched = shown !== undefined && (dirty.has(shown.conversation) || !state.thread.value)
    dirty.clear()
    batch(() => {
      state.rows.value = [...rows.values()].toSorted((a, b) => b.time - a.time)
      if (touched) showThread()
    })
  }

  function rowOf(view: ConversationView): Row | undefined {
    // A signal may come before the summary; there is nothing to show yet.
    if (!view.visitor && view.entries.length === 0) return undefined
    const visitor = view.visitor ?? { id: view.id }
    const last = view.entries.at(-1)
    const draft = engine.drafts(view.id).at(-1)
    return {
      id: view.id,
      visitor,
      name: nameOf(visitor),
      page: view.page ?? null,
      status: view.status,
      line: draft ? lineOf(draft.body) : last ? lineOfEntry(last) : '',
      prefix: draft ? strings.youPrefix : last ? prefixOf(last) : '',
      time: Math.max(view.time, draft?.time ?? 0),
      unread: isUnread(view),
      typing: view.typing?.role === 'visitor',
      online: view.online ?? false,
    }
  }

  function prefixOf({ author, body }: Entry): string {
    if (author.role === 'visitor' || author.role === 'system' || isStatus(body)) return ''
    if (isOwn(author)) return strings.youPrefix
    return author.name === undefined ? '' : `${author.name}: `
  }

  const isOwn = (author: Author): boolean =>
    author.role === 'agent' && author.id === options.agent.id

  function showThread(): void {
    if (!shown) {
      state.thread.value = null
      return
    }
    const view = engine.conversation(shown.conversation)
    state.thread.value = view ? threadOf(view, shown.unreadFrom) : absent(shown.conversation)
  }

  function absent(conversation: string): ThreadView {
    const phase = state.loaded.value ? 'missing' : 'loading'
    return { conversation, phase, items: [], earlier: 'none', head: 0, started: null }
  }

  function threadOf(view: ConversationView, unreadFrom: number | undefined): ThreadView {
    const first = view.entries[0]
    const askedAt = asked.get(view.id)
    if (askedAt !== undefined && first && first.seq < askedAt) asked.delete(view.id)
    return {
      conversation: view.id,
      phase: view.entries.length === 0 && view.head > 0 ? 'loading' : 'ready',
      items: foldThread({
        ...view,
        entries: view.entries.map(ownAsSelf),
        drafts: engine.drafts(view.id),
        side: 'agent',
        dayOf: options.dayOf,
        unreadFrom,
      }),
      earlier: !first || first.seq <= 1 ? 'none' : asked.has(view.id) ? 'loading' : 'more',
      head: view.position.seq,
      started: first?.seq === 1 ? first.time : timeOfId(view.id),
    }
  }

  /** A reply and the draft it was have one author, so that the bubble stays where it is. */
  function ownAsSelf(entry: Entry): Entry {
    return isOwn(entry.author) ? { ...entry, author: { ...entry.author, id: 'self' } } : entry
  }

  function open(conversation: string | null): void {
    if (conversation === null) {
      shown = undefined
      showThread()
      return
    }
    const view = engine.conversation(conversation)
    if (shown?.conversation !== conversation || shown.unreadFrom === undefined) {
      // Where nothing was read before, all of it is new: a line would say nothing.
      const some = view !== undefined && view.read.agent > 0 && isUnread(view)
      const from = some ? view.read.agent + 1 : undefined
      shown = { conversation, unreadFrom: from }
    }
    const first = view?.entries[0]
    if (view && first && first.seq > 1 && view.entries.length < FIRST_ENTRIES) {
      loadEarlier(conversation)
    }
    showThread()
  }

  function loadEarlier(conversation: string): void {
    const first = engine.conversation(conversation)?.entries[0]
    if (!first || asked.get(conversation) === first.seq) return
    if (engine.link() !== 'live') return
    asked.set(conversation, first.seq)
    void engine.loadEarlier(conversation)
    showThread()
  }

  const failed = (error: unknown): void => {
    state.notice.value = error instanceof Error ? error.message : String(error)
  }

  void engine.start().then(() => {
    if (!stopped) engine.connect()
  })

  return {
    actions: {
      reply(conversation, text) {
        if (text.trim() === '') return
        texts.set(conversation, '')
        if (shown?.conversation === conversation) shown.unreadFrom = undefined
        engine.send(conversation, { type: 'text', text }).catch(failed)
      },
      retry: (draft) => void engine.retry(draft).catch(failed),
      discard: (draft) => void engine.discard(draft).catch(failed),
      typed(conversation, text) {
        texts.set(conversation, text)
        engine.typing(conversation, text.trim() !== '')
      },
      kept: (conversation) => texts.get(conversation),
      seen: (conversation, seq) => engine.read(conversation, seq),
      loadEarlier,
      setStatus(conversation: string, status: ConversationStatus) {
        options.api.setStatus(conversation, status).catch(() => {
          state.notice.value = strings.statusFailed
        })
      },
    },
    open,
    wake: () => engine.wake(),
    busy: () => engine.drafts().some((draft) => !draft.failed),
    stop() {
      if (stopped) return
      stopped = true
      update?.()
      sayOffline?.()
      engine.stop()
    },
  }
}

function isUnread(view: ConversationView): boolean {
  if (countUnread(view.entries, view.read, 'agent') > 0) return true
  // Only the end of the log may be here; what lies below it is unread as well.
  return view.head > view.read.agent && view.entries.at(-1)?.author.role === 'visitor'
}

function lineOfEntry(entry: Entry): string {
  const { body } = entry
  if (isText(body)) return body.text
  if (!isStatus(body) && !isHandedOver(body)) return lineOf(body) || strings.unsupported
  return noticeText(body, entry.author.name ?? entry.author.role)
}

/** A conversation's id was made with it, and a UUIDv7 begins with the time. */
function timeOfId(id: string): number | null {
  return id.charAt(14) === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null
}
