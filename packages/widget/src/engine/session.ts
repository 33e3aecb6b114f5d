// Longer than most: the only writer of the state, so that who changes what is read in one place.
import type { ConversationView, LinkUser, Stop, SyncEngine, TabMessage } from '@homing/core'
import {
  createMemoryLocalStore,
  createSyncEngineWith,
  emptyView,
  isMine,
  unreadOf,
} from '@homing/core'

import type { Consent, WidgetEvents } from '../commands.ts'
import { openBrowserStore } from '../platform/browser-store.ts'
import { browserClock as clock, native, newId } from '../platform/browser.ts'
import { tellDeveloper } from '../platform/developer-log.ts'
import { createLazyKeeper } from './lazy-keeper.ts'
import type { PanelActions, WidgetState } from './state.ts'
import type { Company } from '../link/company.ts'
import { itemOf, localDay, threadOf } from './view.ts'

/**
 * One visitor's use of the widget in this tab: the composition root of the engine, and the only
 * writer of the state. Begins when the visitor acts, or when this browser has a conversation;
 * before that there is no session and so nothing stored and no socket.
 */
export interface Session {
  readonly actions: PanelActions
  /** Resolves when what this browser keeps is on screen. */
  readonly ready: Promise<void>
  prefill(text: string): void
  /** Send words that are not the composer's. */
  send(text: string): void
  /** The panel came on screen. */
  shown(): void
  stop(): void
}

export interface SessionOptions {
  readonly state: WidgetState
  readonly consent: () => Consent
  emit<Name extends keyof WidgetEvents>(name: Name, event: WidgetEvents[Name]): void
  /** This browser has a conversation from now on. */
  remember(used: boolean): void
  close(): void
}

const CLIENT = 'web/0.1.0'
/** A link that is down for less than this is not worth a word, ms. */
const OFFLINE_AFTER_MS = 4_000
/** Composer text is kept this long after the last key, ms. */
const KEEP_TEXT_MS = 400
/** Writing that pauses this long is not writing any more, ms. */
const TYPING_PAUSE_MS = 4_000

/** What the tabs of one browser tell one another. */
type Message =
  | { readonly kind: 'sync'; readonly message: TabMessage }
  /** Whether the leader's link is up; without an answer in it, a question. */
  | { readonly kind: 'link'; readonly live?: boolean }
  | { readonly kind: 'text'; readonly conversation: string; readonly text: string }

export function createSession(options: SessionOptions): Session {
  const { state } = options
  const settings = state.settings.peek()
  const keeps = options.consent() !== 'none'
  const texts = new Map<string, string>()
  let unreadFrom: number | undefined
  let loaded = false
  /** Entries before this seq are being fetched. */
  let earlierThan: number | undefined
  const heads = new Map<string, number>()
  let leaderLive = false
  /** The parts that come once the panel is usable. */
  let link: typeof import('../link/link.ts') | undefined
  let stopWatching: Stop | undefined
  /** Undefined until the other tabs can be found. */
  let company: Company<Message> | undefined
  /** The other tabs cannot be found. */
  let alone = false
  let stopped = false

  const store = keeps
    ? openBrowserStore({
        factory: () => indexedDB,
        name: `homing:${settings.key}`,
        clock,
        newId,
        changed: (durable) => {
          state.durable.value = durable
          company?.keeps(durable)
        },
      })
    : createMemoryLocalStore({ device: newId() })
  if (!keeps) state.durable.value = false

  const loadLink = () => import('../link/link.ts')

  const keepLink = (user: LinkUser) =>
    createLazyKeeper(user, async () => (await loadLink()).keepLink)

  const engine: SyncEngine = createSyncEngineWith(keepLink, {
    site: settings.key,
    relay: settings.relay,
    side: 'visitor',
    client: CLIENT,
    store,
    clock,
    random: Math.random,
    newId,
    greeting: () => ({
      locale: state.locale.peek(),
      // Where a first conversation begins; where the visitor goes after that only with consent.
      ...(link && mayTell(engine.conversations().length === 0)
        ? { page: link.pageFacts(document) }
        : {}),
    }),
    events: {
      changed: (conversation) => changed(conversation),
      link: () => linkChanged(),
      tell: (message) => company?.tell({ kind: 'sync', message }),
      presence: (online, conversation) => {
        if (conversation === undefined) state.agentsOnline.value = online
      },
      settings: () => {},
      refused: (code, message) => tellDeveloper(`${message} (${code})`),
      failed: (error) => tellDeveloper('sync failed.', error),
    },
  })

  // ── Tabs ───────────────────────────────────────────────────────────────────────────────────

  /** Find the other tabs: one of them may have a link already. */
  async function join(): Promise<void> {
    ;[link] = await Promise.all([loadLink(), ready])
    if (stopped || company) return
    const shares = 'BroadcastChannel' in globalThis
    company = link.createCompany<Message>({
      name: `homing:${settings.key}`,
      engine,
      clock,
      locks: shares ? navigator.locks : undefined,
      channel: () => (shares ? channel(`homing:${settings.key}`) : undefined),
      durable: state.durable.peek(),
      visible: document.visibilityState === 'visible',
      heard: (message) => {
        if (message.kind === 'sync') engine.overhear(message.message)
        else if (message.kind === 'link') {
          leaderLive = message.live ?? leaderLive
          linkChanged()
        } else if (message.conversation !== writing) {
          texts.set(message.conversation, message.text)
          if (message.conversation === current()) state.composer.value = message.text
        }
      },
      joined: () => company?.tell({ kind: 'link' }),
    })
    company.tell({ kind: 'link' })
    stopWatching = link.watchLifecycle(window, document, {
      woke: company.woke,
      slept: () => {
        keep()
        company?.slept()
      },
      visible: company.attend,
      moved: () => {
        if (mayTell(false) && engine.conversations().length > 0) tellPage()
      },
    })
  }

  /** Alone, should the download fail: a tab that does not know the others is still a whole one. */
  function begin(): void {
    join().catch(() => {
      alone = true
      connect()
    })
  }

  const connect = (): void => {
    if (stopped) return
    if (alone) engine.connect()
    else company?.connect()
  }

  // ── What changes, and what is then shown ───────────────────────────────────────────────────

  const current = (): string | undefined => {
    const screen = state.screen.peek()
    return screen.name === 'thread' ? screen.conversation : undefined
  }

  let dirty = new Set<string>()

  /** A burst of changes is one redraw. */
  function changed(conversation: string): void {
    if (dirty.size === 0) native('queueMicrotask')(redraw)
    dirty.add(conversation)
  }

  function redraw(): void {
    const ids = dirty
    dirty = new Set()
    if (stopped) return
    showList(ids)
    const open = current()
    if (open !== undefined && ids.has(open)) showThread(open)
    for (const id of ids) announce(id)
  }

  function showList(ids: ReadonlySet<string>): void {
    const items = new Map(state.conversations.peek().map((item) => [item.id, item]))
    for (const id of ids) {
      const drafts = engine.drafts(id)
      // Words that wait are a conversation, though the relay has not heard of it.
      const view = engine.conversation(id) ?? emptyView(id, '', drafts[0]?.time ?? 0)
      if (view.entries.length > 0 || drafts.length > 0) items.set(id, itemOf(view, drafts))
      else items.delete(id)
    }
    const sorted = [...items.values()].sort((a, b) => b.time - a.time)
    state.conversations.value = sorted
    const unread = sorted.reduce((sum, item) => sum + item.unread, 0)
    if (unread !== state.unread.peek()) {
      state.unread.value = unread
      options.emit('unread', { count: unread })
    }
  }

  function showThread(id: string): void {
    const view = engine.conversation(id)
    if (view?.entries[0]?.seq !== earlierThan) earlierThan = undefined
    state.thread.value = threadOf(view, engine.drafts(id), {
      loading: !loaded,
      unreadFrom,
      loadingEarlier: earlierThan !== undefined,
      dayOf: localDay,
    })
  }

  /** Tell the page of messages that came. */
  function announce(id: string): void {
    const view = engine.conversation(id)
    if (!view) return
    const known = heads.get(id)
    heads.set(id, view.position.seq)
    if (known === undefined || known === 0) return
    for (const entry of view.entries) {
      if (entry.seq > known && !isMine(entry.author, 'visitor')) {
        options.emit('received', { conversation: id, id: entry.id })
      }
    }
  }

  let offlineTimer = (): void => {}

  function linkChanged(): void {
    if (stopped) return
    const own = engine.link()
    const leading = company?.leading() === true
    const live = own === 'live' || (own === 'idle' && !leading && leaderLive)
    if (leading) company?.tell({ kind: 'link', live })
    if (live) {
      offlineTimer()
      offlineTimer = () => {}
      state.connection.value = 'online'
      return
    }
    if (state.connection.peek() === 'offline') return
    state.connection.value = 'connecting'
    offlineTimer()
    offlineTimer = clock.after(OFFLINE_AFTER_MS, () => (state.connection.value = 'offline'))
  }

  // ── Composer ───────────────────────────────────────────────────────────────────────────────

  let keepTimer = (): void => {}
  /** Keeps at once what was typed and is not kept yet. */
  let keep = (): void => {}
  let pauseTimer = (): void => {}
  /** Its text is newer here than anything the other tabs can tell of it. */
  let writing: string | undefined

  function setText(conversation: string, text: string): void {
    if (writing !== conversation) keep()
    texts.set(conversation, text)
    state.composer.value = text
    writing = conversation
    keepTimer()
    keep = () => {
      keepTimer()
      keep = () => {}
      writing = undefined
      void store.saveNote(`text:${conversation}`, text === '' ? undefined : text)
      company?.tell({ kind: 'text', conversation, text })
    }
    // What was sent or wiped is told at once: told later, it would wipe what was begun meanwhile.
    if (text === '') keep()
    else keepTimer = clock.after(KEEP_TEXT_MS, () => keep())
  }

  function stopTyping(conversation: string): void {
    pauseTimer()
    engine.typing(conversation, false)
  }

  // ── Screens ────────────────────────────────────────────────────────────────────────────────

  function show(id: string): void {
    const view = engine.conversation(id)
    unreadFrom = view ? firstUnread(view) : undefined
    earlierThan = undefined
    state.screen.value = { name: 'thread', conversation: id }
    state.composer.value = texts.get(id) ?? ''
    showThread(id)
    void store.saveNote('screen', id)
  }

  const firstUnread = (view: ConversationView): number | undefined =>
    unreadOf(view.entries, view.read, 'visitor')[0]?.seq

  const tellPage = (): void => {
    if (link) engine.page(link.pageFacts(document))
  }

  /** `begins`: the visitor is about to begin a conversation here. */
  const mayTell = (begins: boolean): boolean =>
    options.consent() === 'all' || (begins && options.consent() === 'functional')

  function submit(text: string): void {
    if (text.trim() === '') return
    const id = current()
    if (id !== undefined) {
      setText(id, '')
      stopTyping(id)
    }
    send(text)
  }

  function send(text: string): void {
    const words = text.trim()
    if (words === '') return
    const id = current() ?? newId()
    if (current() === undefined) show(id)
    unreadFrom = undefined
    // A conversation tells where it began; in a single-page shop that is not where hello was.
    if (!engine.conversation(id) && mayTell(true)) tellPage()
    options.remember(keeps)
    void ready
      .then(() => engine.send(id, { type: 'text', text: words }))
      .then((draft) => {
        options.emit('sent', { conversation: id, id: draft.id })
        connect()
        company?.submitted(draft.id)
      })
  }

  const actions: PanelActions = {
    close: () => options.close(),
    showList: () => {
      state.screen.value = { name: 'list' }
      void store.saveNote('screen', undefined)
    },
    openConversation: show,
    newConversation: () => show(newId()),
    submit,
    typed: (text) => {
      const id = current()
      if (id === undefined) return
      setText(id, text)
      if (text === '') return stopTyping(id)
      // A conversation that nobody has seen yet has nobody to tell.
      if (!engine.conversation(id)) return
      engine.typing(id, true)
      pauseTimer()
      pauseTimer = clock.after(TYPING_PAUSE_MS, () => engine.typing(id, false))
    },
    retry: (id) => void engine.retry(id),
    discard: (id) => void engine.discard(id),
    seen: (seq) => {
      const id = current()
      if (id !== undefined && document.visibilityState === 'visible') engine.read(id, seq)
    },
    loadEarlier: () => {
      const id = current()
      if (id === undefined || earlierThan !== undefined) return
      earlierThan = engine.conversation(id)?.entries[0]?.seq
      showThread(id)
      void engine.loadEarlier(id)
      // Without an answer (offline) it can be asked for again.
      clock.after(OFFLINE_AFTER_MS, () => {
        earlierThan = undefined
        if (current() === id) showThread(id)
      })
    },
    dismissNotice: () => (state.notice.value = null),
    secret: () => {
      options.remember(keeps)
      return engine.identity()?.token
    },
  }

  // ── Life ───────────────────────────────────────────────────────────────────────────────────

  const ready = engine.start().then(() => {
    if (stopped) return
    loaded = true
    for (const [key, text] of Object.entries(engine.notes())) {
      if (key.startsWith('text:')) texts.set(key.slice(5), text)
    }
    const ids = new Set(engine.conversations().map((view) => view.id))
    for (const draft of engine.drafts()) ids.add(draft.conversation)
    showList(ids)
    restoreScreen()
  })

  /** Where the visitor was; the only conversation; else the list, or a fresh start. */
  function restoreScreen(): void {
    const kept = engine.notes()['screen']
    const items = state.conversations.peek()
    if (state.screen.peek().name === 'thread') return show(current() ?? newId())
    if (kept !== undefined && (items.some((item) => item.id === kept) || texts.has(kept))) {
      return show(kept)
    }
    // Where the cache was lost, the relay still has what was said there.
    if (items.length === 0) show(kept ?? newId())
    else if (items.length === 1 && items[0]) show(items[0].id)
  }

  linkChanged()
  begin()

  return {
    actions,
    ready,
    send,
    prefill: (text) => {
      if (current() === undefined) show(newId())
      setText(current() ?? '', text)
    },
    shown: () => {
      connect()
      engine.wake()
      const id = current()
      if (id !== undefined) show(id)
    },
    stop: () => {
      stopped = true
      stopWatching?.()
      keepTimer()
      pauseTimer()
      offlineTimer()
      engine.stop()
      company?.close()
      store.close()
    },
  }
}

function channel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name)
  } catch {
    // Denied together with storage.
    return undefined
  }
}
