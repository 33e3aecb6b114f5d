import type { Stop } from './clock.ts'
import { TAIL_ENTRIES, TYPING_REPEAT_MS, TYPING_TTL_MS } from './constants.ts'
import type { ConversationView } from './conversation-log.ts'
import {
  emptyView,
  fitOf,
  viewOfCache,
  withEarlier,
  withEntries,
  withRead,
  withSummary,
  withTyping,
} from './conversation-log.ts'
import { createLinkKeeper } from './link-keeper.ts'
import type { Identity, NewDraft } from './local-store.ts'
import { createOutbox } from './outbox.ts'
import type {
  Ack,
  Author,
  ClientFrame,
  Entries,
  Hello,
  Position,
  ServerFrame,
  Welcome,
} from './protocol.ts'
import type { SignalFrame, SyncEngine, SyncEngineOptions, TabMessage } from './sync.ts'

/** See `SyncEngine` for what it promises. */
export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  const { store, clock, events, side } = options
  const tail = options.tail ?? TAIL_ENTRIES
  const views = new Map<string, ConversationView>()
  const typingStops = new Map<string, Stop>()
  const asked = new Set<string>()
  let identity: Identity | null = null
  let device = ''
  let epoch = ''
  let notes: Readonly<Record<string, string>> = {}
  let offset = 0
  let author: Author = { role: side, id: 'self' }
  let typed = { conversation: '', at: -Infinity }
  /** Frames and store changes are worked off one after the other. */
  let queue: Promise<void> = Promise.resolve()
  let stopped = false

  const enqueue = (work: () => Promise<void>): Promise<void> => {
    queue = queue.then(() => (stopped ? undefined : work())).catch((error) => events.failed(error))
    return queue
  }

  const show = (view: ConversationView): void => {
    views.set(view.id, view)
    events.changed(view.id)
  }

  const viewOf = (id: string): ConversationView =>
    views.get(id) ?? emptyView(id, epoch, clock.now() + offset)

  const outbox = createOutbox({
    store,
    clock,
    send: (frame) => keeper.send(frame),
    changed: (conversation) => events.changed(conversation),
  })

  const keeper = createLinkKeeper({
    transports: options.transports,
    target: { relay: options.relay, hello },
    clock,
    random: options.random,
    received: (frame) => void enqueue(() => receive(frame)),
    changed: (state) => {
      if (state !== 'live') outbox.suspend()
      asked.clear()
      events.link(state)
    },
    refused: (code, message) => events.refused(code, message),
  })

  function hello(): Hello {
    const positions: Record<string, Position> = {}
    for (const view of views.values()) {
      if (view.position.seq > 0) positions[view.id] = view.position
    }
    return {
      t: 'hello',
      v: 1,
      site: options.site,
      token: identity?.token ?? null,
      device,
      positions,
      client: options.client,
      ...(side === 'agent' ? { role: 'agent' as const } : {}),
      ...(tail === TAIL_ENTRIES ? {} : { tail }),
      ...options.greeting(),
    }
  }

  // ── Frames ─────────────────────────────────────────────────────────────────────────────────

  async function receive(frame: ServerFrame): Promise<void> {
    switch (frame.t) {
      case 'welcome':
        return welcome(frame)
      case 'entries':
        return entries(frame)
      case 'ack':
        return ack(frame)
      case 'reject': {
        const failed = await outbox.rejected(frame)
        if (failed) events.tell({ kind: 'draft', draft: failed })
        return
      }
      case 'reset':
        return forget(frame.epoch)
      case 'pong':
        for (const [id, head] of Object.entries(frame.heads)) {
          if (head > (views.get(id)?.position.seq ?? 0)) resume(id)
        }
        return
      case 'bye':
        return
      case 'read':
      case 'typing':
      case 'presence':
      case 'conversation':
      case 'config':
        signal(frame)
        if (frame.t === 'read' || frame.t === 'conversation') await keepMarks(frameId(frame))
        events.tell({ kind: 'frame', frame })
        return
    }
  }

  /** Frames that only change what is shown. */
  function signal(frame: SignalFrame): void {
    switch (frame.t) {
      case 'read':
        return show(withRead(viewOf(frame.conversation), frame.by, frame.seq))
      case 'typing':
        return typing(frame.conversation, frame.on ? frame.author : undefined)
      case 'presence': {
        const view = frame.conversation === undefined ? undefined : views.get(frame.conversation)
        if (view) show({ ...view, online: frame.online })
        return events.presence(frame.online, frame.conversation)
      }
      case 'conversation':
        return show(withSummary(viewOf(frame.conversation.id), frame.conversation))
      case 'config':
        return events.settings(frame.settings)
    }
  }

  async function welcome(frame: Welcome): Promise<void> {
    offset = frame.time - clock.now()
    if (side === 'visitor' && frame.token !== undefined) {
      const old = identity
      const offer = { token: frame.token, visitor: frame.visitor }
      identity = await store.claimIdentity(offer, old?.token ?? null)
      // Another tab was first: be who it is.
      if (identity.token !== frame.token) return keeper.renew()
      if (old && old.visitor !== identity.visitor) await dropCache()
    }
    author = { role: side, id: frame.visitor }
    // Our positions were of another life of the log.
    if (epoch !== '' && epoch !== frame.epoch) return forget(frame.epoch)
    epoch = frame.epoch
    for (const summary of frame.conversations) {
      const known = views.get(summary.id)
      const view = withSummary(known ?? viewOf(summary.id), summary)
      show(known ? view : { ...view, time: summary.time ?? view.time })
      await keepMarks(summary.id)
      // A mark that rose while there was no link.
      if (view.read[side] > summary.read[side]) {
        keeper.send({ t: 'read', conversation: summary.id, seq: view.read[side] })
      }
    }
    await outbox.resume(frame.n, frame.limits.unacked)
    events.tell({ kind: 'frame', frame })
  }

  async function entries(frame: Entries): Promise<void> {
    if (frame.epoch !== epoch) return forget(frame.epoch)
    const view = viewOf(frame.conversation)
    if (frame.history) {
      show(withEarlier(view, frame.entries))
      events.tell({ kind: 'frame', frame })
      return
    }
    asked.delete(frame.conversation)
    const fit = fitOf(view, frame.entries)
    if (fit.kind === 'known') return settle(frame)
    if (fit.kind === 'gap' && frame.tail !== true) return resume(frame.conversation)
    const replace = fit.kind === 'gap'
    const fresh = fit.kind === 'continues' ? fit.fresh : frame.entries
    await store.accept({
      conversation: view.id,
      position: { epoch, seq: fresh.at(-1)?.seq ?? view.position.seq },
      entries: fresh,
      settled: settledBy(fresh),
      replace,
    })
    apply(fresh, view.id, replace)
    events.tell({ kind: 'frame', frame })
  }

  /** What came is known; still, a draft of ours may be among it. */
  async function settle(frame: Entries): Promise<void> {
    for (const id of settledBy(frame.entries)) {
      await store.dropDraft(id)
      outbox.remove(id)
      events.tell({ kind: 'settled', draft: id })
    }
  }

  async function ack(frame: Ack): Promise<void> {
    const draft = outbox.get(frame.id)
    if (!draft) return
    const view = viewOf(frame.conversation)
    if (frame.seq > view.position.seq + 1) {
      // Others wrote before it and we have not read them yet; it comes with them.
      resume(frame.conversation)
      return
    }
    const entry = { seq: frame.seq, id: draft.id, author, time: frame.time, body: draft.body }
    await entries({
      t: 'entries',
      conversation: frame.conversation,
      epoch,
      entries: [entry],
    })
  }

  const settledBy = (list: Entries['entries']): string[] =>
    list.flatMap((entry) => (entry.author.role === side && outbox.get(entry.id) ? [entry.id] : []))

  function apply(fresh: Entries['entries'], conversation: string, replace: boolean): void {
    let view = withEntries(viewOf(conversation), fresh, epoch, replace)
    // Who writes has read what is above it.
    for (const entry of fresh) {
      if (entry.author.role === 'visitor') view = withRead(view, 'visitor', entry.seq)
      else if (entry.author.role === 'agent') view = withRead(view, 'agent', entry.seq)
    }
    if (!view.typing) typingStops.get(conversation)?.()
    views.set(conversation, view)
    for (const id of settledBy(fresh)) outbox.remove(id)
    events.changed(conversation)
  }

  function resume(conversation: string): void {
    if (asked.has(conversation)) return
    const { position } = viewOf(conversation)
    if (keeper.send({ t: 'resume', conversation, position: { ...position, epoch } })) {
      asked.add(conversation)
    }
  }

  async function dropCache(): Promise<void> {
    await store.clear('cache')
    const known = [...views.keys()]
    views.clear()
    for (const id of known) events.changed(id)
  }

  /** The log began a new life: what was read of it counts no more; what is unsent goes out again. */
  async function forget(next: string): Promise<void> {
    if (next === epoch && views.size === 0) return
    epoch = next
    await dropCache()
    events.tell({ kind: 'frame', frame: { t: 'reset', epoch: next } })
    keeper.renew()
  }

  async function keepMarks(conversation: string): Promise<void> {
    const view = views.get(conversation)
    if (view) await store.saveMarks(conversation, { status: view.status, read: view.read })
  }

  function typing(conversation: string, who: Author | undefined): void {
    typingStops.get(conversation)?.()
    show(withTyping(viewOf(conversation), who))
    if (!who) return
    typingStops.set(
      conversation,
      clock.after(TYPING_TTL_MS, () => show(withTyping(viewOf(conversation), undefined))),
    )
  }

  /** Send it, or ask a tab that can. */
  function sendOrAsk(frame: ClientFrame): void {
    if (!keeper.send(frame)) events.tell({ kind: 'ask', frame })
  }

  async function load(): Promise<void> {
    const snapshot = await store.load(tail)
    identity = snapshot.identity
    device = snapshot.device
    notes = snapshot.notes
    if (identity) author = { role: side, id: identity.visitor }
    for (const cached of snapshot.conversations) {
      const known = views.get(cached.id)
      if (
        known &&
        known.position.seq >= cached.position.seq &&
        known.position.epoch === cached.position.epoch
      )
        continue
      epoch = epoch === '' ? cached.position.epoch : epoch
      if (cached.position.epoch === epoch) show({ ...known, ...viewOfCache(cached) })
    }
    const kept = new Set(snapshot.drafts.map((draft) => draft.id))
    for (const draft of outbox.drafts()) if (!kept.has(draft.id)) outbox.remove(draft.id)
    for (const draft of snapshot.drafts) outbox.put(draft)
  }

  // ── Other tabs ─────────────────────────────────────────────────────────────────────────────

  async function overheard(message: TabMessage): Promise<void> {
    switch (message.kind) {
      case 'draft':
        return outbox.put(message.draft)
      case 'settled':
        return outbox.remove(message.draft)
      case 'read':
        return show(withRead(viewOf(message.conversation), side, message.seq))
      case 'ask':
        keeper.send(message.frame)
        return
      case 'frame':
        return overheardFrame(message.frame)
    }
  }

  /** The tab that told it has stored it already; here it is only shown. */
  async function overheardFrame(
    frame: Extract<TabMessage, { kind: 'frame' }>['frame'],
  ): Promise<void> {
    if (frame.t === 'welcome') {
      offset = frame.time - clock.now()
      author = { role: side, id: frame.visitor }
      if (identity === null || epoch !== frame.epoch) await load()
      epoch = frame.epoch
      for (const summary of frame.conversations) show(withSummary(viewOf(summary.id), summary))
      return
    }
    if (frame.t === 'reset') {
      epoch = frame.epoch
      for (const id of views.keys()) {
        views.delete(id)
        events.changed(id)
      }
      return
    }
    if (frame.t !== 'entries') return signal(frame)
    if (frame.history) return show(withEarlier(viewOf(frame.conversation), frame.entries))
    const fit = fitOf(views.get(frame.conversation), frame.entries)
    if (fit.kind === 'continues') apply(fit.fresh, frame.conversation, false)
    else if (fit.kind === 'gap') await load()
    for (const id of settledBy(frame.entries)) outbox.remove(id)
  }

  return {
    start: () => enqueue(load),
    reload: () => enqueue(load),
    connect: () => keeper.connect(),
    disconnect: () => keeper.disconnect(),
    wake: () => keeper.wake(),
    send: async (conversation, body) => {
      typed = { conversation: '', at: -Infinity }
      const fresh: NewDraft = {
        id: options.newId(),
        conversation,
        body,
        time: clock.now() + offset,
      }
      if (!views.has(conversation)) views.set(conversation, viewOf(conversation))
      const draft = await outbox.add(fresh)
      events.tell({ kind: 'draft', draft })
      return draft
    },
    retry: async (id) => {
      await outbox.retry(id)
      const draft = outbox.get(id)
      if (draft) events.tell({ kind: 'draft', draft })
    },
    discard: async (id) => {
      await outbox.discard(id)
      events.tell({ kind: 'settled', draft: id })
    },
    read: (conversation, seq) => {
      const view = views.get(conversation)
      if (!view || seq <= view.read[side]) return
      show(withRead(view, side, seq))
      events.tell({ kind: 'read', conversation, seq })
      sendOrAsk({ t: 'read', conversation, seq })
      void enqueue(() => keepMarks(conversation))
    },
    typing: (conversation, on) => {
      const now = clock.monotonic()
      const same = typed.conversation === conversation
      if (on ? same && now - typed.at < TYPING_REPEAT_MS : !same) return
      typed = on ? { conversation, at: now } : { conversation: '', at: -Infinity }
      sendOrAsk({ t: 'typing', conversation, on })
    },
    page: (page) => sendOrAsk({ t: 'page', page }),
    loadEarlier: (conversation) =>
      enqueue(async () => {
        const view = viewOf(conversation)
        const before = view.entries[0]?.seq ?? view.position.seq + 1
        if (before <= 1) return
        const kept = await store.page(conversation, before, TAIL_ENTRIES)
        if (kept.at(-1)?.seq === before - 1) show(withEarlier(view, kept))
        else sendOrAsk({ t: 'history', conversation, before, limit: TAIL_ENTRIES })
      }),
    overhear: (message) => void enqueue(() => overheard(message)),
    conversations: () => [...views.values()],
    conversation: (id) => views.get(id),
    drafts: (conversation) =>
      outbox
        .drafts()
        .filter((draft) => conversation === undefined || draft.conversation === conversation),
    link: () => keeper.state(),
    identity: () => identity,
    notes: () => notes,
    clockOffset: () => offset,
    stop: () => {
      stopped = true
      keeper.disconnect()
      outbox.suspend()
      for (const stop of typingStops.values()) stop()
    },
  }
}

function frameId(frame: Extract<ServerFrame, { t: 'read' | 'conversation' }>): string {
  return frame.t === 'read' ? frame.conversation : frame.conversation.id
}
