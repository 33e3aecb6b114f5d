// Longer than most: all that decides what a frame, a tab or a person's act means stands together.
import { MAX_POSITIONS, PROTOCOL_VERSION, TAIL_ENTRIES, TYPING_REPEAT_MS } from './constants.ts'
import type { ConversationView } from './conversation-log.ts'
import {
  emptyView,
  fitOf,
  withCache,
  withEarlier,
  withEntries,
  withRead,
  withSummary,
} from './conversation-log.ts'
import type { LinkKeeper, LinkUser } from './link-keeper.ts'
import { createLinkKeeper } from './link-keeper.ts'
import type { Draft, Identity } from './local-store.ts'
import { createOutbox } from './outbox.ts'
import type {
  Ack,
  Author,
  ClientFrame,
  ConversationSummary,
  Entries,
  Entry,
  Hello,
  Position,
  ServerFrame,
  Welcome,
} from './protocol.ts'
import type {
  SignalFrame,
  SyncEngine,
  SyncEngineOptions,
  SyncEvents,
  SyncOptions,
  TabMessage,
  TabNews,
} from './sync.ts'
import { createViews } from './views.ts'

type Where = Extract<TabNews, { kind: 'where' }>

const NOT_TYPING = { conversation: '', at: -Infinity }

/** See `SyncEngine` for what it promises. */
export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  return createSyncEngineWith((user) => createLinkKeeper({ ...options, ...user }), options)
}

/** The same, with a link that somebody else keeps: the widget downloads that part later. */
export function createSyncEngineWith(
  keepLink: (user: LinkUser) => LinkKeeper,
  options: SyncOptions,
): SyncEngine {
  const { store, clock, side } = options
  const events = guarded(options.events)
  const tail = options.tail ?? TAIL_ENTRIES
  const views = createViews(clock, events.changed)
  /** Conversations whose missing part was asked for and has not come. */
  const asked = new Set<string>()
  /** What the store has of a conversation's marks, so that it is not told again. */
  const keptMarks = new Map<string, string>()
  let identity: Identity | null = null
  let device = ''
  let epoch = ''
  /** Another tab's, which was asked about. */
  let doubted = ''
  let notes: Readonly<Record<string, string>> = {}
  let offset = 0
  let author: Author = { role: side, id: 'self' }
  let typed = NOT_TYPING
  /** Raised when a link ends: what it said of itself counts no more. */
  let life = 0
  /** Raised when this page becomes somebody else: what was told to whom it was is not for him. */
  let selves = 0
  let wanted = false
  let stopped = false
  /** Frames and store changes are worked off one after the other. */
  let queue: Promise<void> = Promise.resolve()

  /** Both, for a store that was swept away twice may have made another of somebody with one device. */
  const whose = (): string => device + identity?.visitor

  const tell = (news: TabNews): void => events.tell({ ...news, whose: whose(), epoch })

  const enqueue = (work: () => void | Promise<void>): Promise<void> => {
    queue = queue.then(() => (stopped ? undefined : work())).catch(events.failed)
    return queue
  }

  const viewOf = (id: string): ConversationView =>
    views.get(id) ?? emptyView(id, epoch, clock.now() + offset)

  const outbox = createOutbox({
    store,
    clock,
    random: options.random,
    send: (frame) => keeper.send(frame),
    changed: events.changed,
  })

  const keeper = keepLink({
    target: { relay: options.relay, hello },
    received: (frame) => {
      const begun = life
      const self = selves
      return enqueue(() => (self === selves ? receive(frame, begun === life) : undefined))
    },
    changed: (state) => {
      if (state !== 'live') {
        life++
        outbox.suspend()
      }
      asked.clear()
      events.link(state)
    },
    refused: events.refused,
  })

  function hello(): Hello {
    const known = views.all().filter((view) => view.position.seq > 0)
    const positions = positionsOf(known.sort((a, b) => b.time - a.time).slice(0, MAX_POSITIONS))
    let greeting = {}
    try {
      greeting = options.greeting()
    } catch (error) {
      events.failed(error)
    }
    return {
      t: 'hello',
      v: PROTOCOL_VERSION,
      site: options.site,
      token: identity?.token ?? null,
      device,
      positions,
      client: options.client,
      ...(side === 'agent' && { role: side }),
      ...(tail !== TAIL_ENTRIES && { tail }),
      ...greeting,
    }
  }

  // ── Frames ─────────────────────────────────────────────────────────────────────────────────

  /** `current`: the link that said it is still the one. Entries and acks are true either way. */
  async function receive(frame: ServerFrame, current: boolean): Promise<void> {
    switch (frame.t) {
      case 'welcome':
        return current ? welcome(frame) : undefined
      case 'entries':
        return entries(frame)
      case 'ack':
        return ack(frame)
      case 'reject': {
        const failed = current && (await outbox.rejected(frame))
        if (failed) tell({ kind: 'draft', draft: failed })
        return
      }
      case 'reset':
        return current ? forget(frame.epoch) : undefined
      case 'pong':
        // A heartbeat has passed: what was asked before it and has not come is asked again.
        asked.clear()
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
        tell({ kind: 'frame', frame })
        if (frame.t === 'read') return keepMarks(frame.conversation)
        if (frame.t === 'conversation') return keepMarks(frame.conversation.id)
    }
  }

  /** Frames that only change what is shown. */
  function signal(frame: SignalFrame): void {
    switch (frame.t) {
      case 'read':
        return marked(frame.conversation, frame.by, frame.seq)
      case 'typing':
        return views.typing(frame.conversation, frame.on ? frame.author : undefined)
      case 'presence': {
        const view = frame.conversation === undefined ? undefined : views.get(frame.conversation)
        if (view) views.show({ ...view, online: frame.online })
        return events.presence(frame.online, frame.conversation)
      }
      case 'conversation':
        return summarised(frame.conversation)
      case 'config':
        return events.settings(frame.settings)
    }
  }

  function marked(conversation: string, by: 'visitor' | 'agent', seq: number): void {
    const view = views.get(conversation)
    if (view) views.show(withRead(view, by, seq))
  }

  function summarised(summary: ConversationSummary): void {
    views.show(withSummary(viewOf(summary.id), summary))
  }

  async function welcome(frame: Welcome): Promise<void> {
    offset = frame.time - clock.now()
    const { token, ...told } = frame
    if (side === 'visitor' && token) {
      const before = identity
      const claimed = await store.claimIdentity(
        { token, visitor: frame.visitor },
        before?.token ?? null,
      )
      if (claimed.token === token) {
        identity = claimed
        if (before && before.visitor !== claimed.visitor) await dropCache()
      }
      await load()
      // Another tab was first: be who it is.
      if (identity?.token !== token) return keeper.renew()
    }
    author = { role: side, id: frame.visitor }
    if (epoch !== frame.epoch) {
      // Our positions were of another life of the log.
      if (views.all().some((view) => view.position.seq > 0)) return forget(frame.epoch)
      epoch = frame.epoch
    }
    frame.conversations.forEach(summarised)
    outbox.resume(frame.limits.unacked)
    tell({ kind: 'frame', frame: told })
    for (const { id, read } of frame.conversations) {
      // A mark that rose while there was no link.
      const seq = viewOf(id).read[side]
      if (seq > read[side]) keeper.send({ t: 'read', conversation: id, seq })
      await keepMarks(id)
    }
  }

  async function entries(frame: Entries): Promise<void> {
    if (frame.epoch !== epoch) return forget(frame.epoch)
    const view = viewOf(frame.conversation)
    if (frame.history) {
      views.show(withEarlier(view, frame.entries))
      return tell({ kind: 'frame', frame })
    }
    asked.delete(frame.conversation)
    const fit = fitOf(view, frame.entries)
    if (fit.kind === 'known') return settle(frame)
    if (fit.kind === 'gap' && !frame.tail) return resume(frame.conversation)
    const replace = fit.kind === 'gap'
    const fresh = replace ? frame.entries : fit.fresh
    await store.accept({
      conversation: view.id,
      position: { epoch, seq: fresh.at(-1)?.seq ?? 0 },
      entries: fresh,
      settled: settledBy(fresh),
      replace,
    })
    apply(fresh, view.id, replace)
    tell({ kind: 'frame', frame })
    const last = fresh.at(-1)
    // Kept, whether or not anybody looks: others learn that their words have come this far.
    if (last && last.author.role !== side) {
      keeper.send({ t: 'delivered', conversation: view.id, seq: last.seq })
    }
  }

  /** What came is known; still, a draft of ours may be among it. */
  async function settle(frame: Entries): Promise<void> {
    for (const id of settledBy(frame.entries)) {
      await drop(id)
      tell({ kind: 'settled', draft: id })
    }
  }

  const isThere = ({ id, conversation }: Draft): boolean =>
    viewOf(conversation).entries.some((entry) => entry.id === id)

  /** Also in what this page would put back, were the store swept away. */
  function drop(id: string): Promise<void> {
    outbox.remove(id)
    return store.dropDraft(id)
  }

  async function ack({ id, conversation, seq, time }: Ack): Promise<void> {
    const draft = outbox.get(id)
    const known = viewOf(conversation).position.seq
    if (draft && seq <= known + 1) {
      const entry = { seq, id, author, time, body: draft.body }
      return entries({ t: 'entries', conversation, epoch, entries: [entry] })
    }
    // Others wrote before it and we have not read them yet: it comes with them.
    if (seq > known) resume(conversation)
  }

  const settledBy = (list: readonly Entry[]): string[] =>
    list.flatMap((entry) => (entry.author.role === side && outbox.get(entry.id) ? [entry.id] : []))

  function apply(fresh: readonly Entry[], conversation: string, replace: boolean): void {
    views.show(withEntries(viewOf(conversation), fresh, epoch, replace))
    for (const id of settledBy(fresh)) outbox.remove(id)
  }

  function resume(conversation: string): void {
    if (asked.has(conversation)) return
    const { seq } = viewOf(conversation).position
    if (keeper.send({ t: 'resume', conversation, position: { epoch, seq } })) {
      asked.add(conversation)
    }
  }

  async function dropCache(): Promise<void> {
    views.drop()
    keptMarks.clear()
    await store.clear('cache')
  }

  /** The log began a new life: what was read of it counts no more; what is unsent goes out again. */
  async function forget(next: string): Promise<void> {
    if (next === epoch && views.all().length === 0) return
    epoch = next
    try {
      await dropCache()
    } finally {
      tell({ kind: 'frame', frame: { t: 'reset', epoch: next } })
      keeper.renew()
    }
  }

  async function keepMarks(conversation: string): Promise<void> {
    const view = views.get(conversation)
    if (!view) return
    const { status, read, delivered, undelivered } = view
    const marks = { epoch, status, read, delivered, undelivered }
    const said = JSON.stringify(marks)
    if (keptMarks.get(conversation) === said) return
    keptMarks.set(conversation, said)
    await store.saveMarks(conversation, marks)
  }

  /** Send it, or ask a tab that can. */
  function sendOrAsk(frame: ClientFrame): void {
    if (!keeper.send(frame)) tell({ kind: 'ask', frame })
  }

  async function load(): Promise<void> {
    const before = outbox.drafts()
    const snapshot = await store.load(tail)
    const was = whose()
    const known = identity
    // Swept away under this page, which still knows it.
    identity = snapshot.identity ?? (known && (await store.claimIdentity(known)))
    device = snapshot.device
    // Another tab was first to be somebody else: be who it is. What this page has read since, it has
    // kept among what is not its own.
    const another = known && known.visitor !== identity?.visitor
    if (another) {
      selves++
      await dropCache()
    }
    notes = snapshot.notes
    if (identity) author = { role: side, id: identity.visitor }
    for (const cached of another ? [] : snapshot.conversations) {
      // Whoever wrote it had a link after we had: its life of the log is the later one.
      if (cached.position.epoch !== epoch && sure()) continue
      if (cached.position.epoch !== epoch) begin(cached.position.epoch)
      views.show(withCache(views.get(cached.id), cached))
    }
    const kept = new Set(snapshot.drafts.map((draft) => draft.id))
    // Not those that were added while it was read.
    for (const draft of before) {
      const { id } = draft
      if (kept.has(id)) continue
      if (isThere(draft)) outbox.remove(id)
      // Settled and not read here, or swept away: sending it again is harmless, losing it is not. What
      // failed is shown on: it may have been removed in another tab, and may have been swept away.
      else if (await outbox.keepAgain(id)) tellDraft(id)
    }
    for (const draft of snapshot.drafts) {
      // Storage that answered too late has kept what went on without it.
      if (isThere(draft)) await drop(draft.id)
      else outbox.put(draft)
    }
    // The link speaks for somebody who is no more.
    if (was !== whose()) keeper.renew()
  }

  function tellDraft(id: string, how: { readonly again?: true } = {}): void {
    const draft = outbox.get(id)
    if (draft) tell({ kind: 'draft', draft, ...how })
  }

  /** Read again what is kept, ask the tab with the link for what is not, and tell it what waits. */
  async function reload(): Promise<void> {
    await load()
    askWhere()
    // Pressed before the others could hear of it, or while nobody listened.
    for (const draft of outbox.drafts()) if (!draft.failed) tell({ kind: 'draft', draft })
  }

  function askWhere(): void {
    tell({ kind: 'where', positions: positionsOf(views.all()) })
  }

  /** Another tab says how far it is: tell it what it lacks, for what is kept may be less. */
  function answerWhere(positions: Where['positions']): void {
    if (keeper.state() !== 'live') return
    for (const { id, position, entries } of views.all()) {
      const theirs = positions[id]
      const from = theirs?.epoch === epoch ? theirs.seq : 0
      if (position.seq <= from) continue
      // All that is here: there may be one who listens and lacks more than the one who asked.
      const frame = { t: 'entries', conversation: id, epoch, entries, tail: true } as const
      tell({ kind: 'frame', frame })
    }
  }

  /** The relay itself says which life of the log it is; what was told or kept late does not count. */
  const sure = (): boolean => epoch !== '' && keeper.state() === 'live'

  function begin(next: string): void {
    if (epoch !== '') views.drop()
    epoch = next
    doubted = ''
  }

  // ── Other tabs ─────────────────────────────────────────────────────────────────────────────

  async function overheard(message: TabMessage): Promise<void> {
    // One of us has found the store swept away. Who is still another then is no company.
    if (message.whose !== whose()) await load()
    if (message.whose !== whose()) return
    const { epoch: theirs } = message
    // One of us is in a life of the log that is over: whoever has a link knows which.
    if (theirs && theirs !== epoch && theirs !== doubted && message.kind !== 'frame' && !sure()) {
      doubted = theirs
      askWhere()
    }
    switch (message.kind) {
      case 'draft': {
        const { draft } = message
        // It may be late: told before, heard after it was settled.
        const known = outbox.get(draft.id)
        if (isThere(draft)) {
          // Whoever keeps it again has not read that far back.
          await store.dropDraft(draft.id)
          return tell({ kind: 'settled', draft: draft.id })
        }
        if (!known?.failed || draft.failed || message.again) return outbox.put(draft)
        // Or before it failed; where it is kept so again, somebody has missed that. One of us says so:
        // whose link it is, also while it is being opened.
        if (keeper.state() === 'idle') return
        await store.updateDraft(known)
        return tellDraft(known.id)
      }
      case 'settled':
        return drop(message.draft)
      case 'read':
        return message.epoch === epoch ? marked(message.conversation, side, message.seq) : undefined
      case 'ask':
        keeper.send(message.frame)
        return
      case 'where':
        return answerWhere(message.positions)
      case 'frame':
        return overheardFrame(message.frame, message.epoch)
    }
  }

  /** The tab that told it has stored it already; here it is only shown. */
  async function overheardFrame(
    frame: Extract<TabNews, { kind: 'frame' }>['frame'],
    told: string,
  ): Promise<void> {
    if ('epoch' in frame && frame.epoch !== epoch && sure()) return
    if (frame.t === 'welcome') {
      offset = frame.time - clock.now()
      author = { role: side, id: frame.visitor }
      if (identity === null || epoch !== frame.epoch) {
        if (epoch !== frame.epoch) begin(frame.epoch)
        await load()
        // Told of a life of the log that is over by what is kept.
        if (epoch !== frame.epoch) return
      }
      frame.conversations.forEach(summarised)
      const behind = frame.conversations.some(({ id, head }) => viewOf(id).position.seq < head)
      return behind ? askWhere() : undefined
    }
    if (frame.t === 'reset') return frame.epoch === epoch ? undefined : begin(frame.epoch)
    if (frame.t !== 'entries') {
      // A page that slept through the beginning of another life tells what it hears of its own.
      return epoch === '' || told === epoch ? signal(frame) : undefined
    }
    // Told by a tab with a link, and whole: its life of the log is the one that counts.
    if (frame.epoch !== epoch && frame.tail) begin(frame.epoch)
    const settled = settledBy(frame.entries)
    const view = viewOf(frame.conversation)
    const fit = fitOf(view, frame.entries)
    if (frame.epoch !== epoch) await reload()
    else if (frame.history) views.show(withEarlier(view, frame.entries))
    else if (fit.kind === 'continues') apply(fit.fresh, view.id, false)
    else if (fit.kind === 'gap' && frame.tail) apply(frame.entries, view.id, true)
    else if (fit.kind === 'gap') await reload()
    for (const id of settled) await drop(id)
  }

  return {
    start: () => enqueue(load),
    reload: () => enqueue(reload),
    connect: () => {
      wanted = true
      if (keeper.state() !== 'idle') return
      void enqueue(async () => {
        try {
          // What other tabs kept or read, should they be gone without telling.
          await load()
        } finally {
          device ||= options.newId()
          if (wanted) keeper.connect()
        }
      })
    },
    disconnect: () => {
      wanted = false
      keeper.disconnect()
    },
    wake: () => keeper.wake(),
    send: async (conversation, body) => {
      typed = NOT_TYPING
      views.show(viewOf(conversation))
      const draft = await outbox.add({
        id: options.newId(),
        conversation,
        body,
        time: clock.now() + offset,
      })
      tell({ kind: 'draft', draft })
      return draft
    },
    retry: (id) =>
      enqueue(async () => {
        await outbox.retry(id)
        tellDraft(id, { again: true })
      }),
    discard: (id) =>
      enqueue(async () => {
        await outbox.discard(id)
        if (!outbox.get(id)) tell({ kind: 'settled', draft: id })
      }),
    read: (conversation, upTo) => {
      const view = views.get(conversation)
      const seq = Math.min(upTo, view?.position.seq ?? 0)
      if (!view || seq <= view.read[side]) return
      marked(conversation, side, seq)
      tell({ kind: 'read', conversation, seq })
      sendOrAsk({ t: 'read', conversation, seq })
      void enqueue(() => keepMarks(conversation))
    },
    typing: (conversation, on) => {
      const now = clock.monotonic()
      const same = typed.conversation === conversation
      if (on ? same && now - typed.at < TYPING_REPEAT_MS : !same) return
      typed = on ? { conversation, at: now } : NOT_TYPING
      sendOrAsk({ t: 'typing', conversation, on })
    },
    page: (page) => sendOrAsk({ t: 'page', page }),
    loadEarlier: (conversation) =>
      enqueue(async () => {
        const before = viewOf(conversation).entries[0]?.seq ?? 0
        if (before <= 1) return
        const kept = await store.page(conversation, before, TAIL_ENTRIES)
        if (kept.at(-1)?.seq === before - 1) views.show(withEarlier(viewOf(conversation), kept))
        else sendOrAsk({ t: 'history', conversation, before, limit: TAIL_ENTRIES })
      }),
    overhear: (message) => void enqueue(() => overheard(message)),
    conversations: views.all,
    conversation: views.get,
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
      wanted = false
      keeper.disconnect()
      outbox.suspend()
      views.stop()
    },
  }
}

const positionsOf = (list: readonly ConversationView[]): Record<string, Position> =>
  Object.fromEntries(list.map(({ id, position }) => [id, position]))

/** A listener's fault is reported and stays its own: what is applied half is not applied. */
function guarded(events: SyncEvents): SyncEvents {
  const guard =
    <Args extends readonly unknown[]>(tell: (...args: Args) => void) =>
    (...args: Args): void => {
      try {
        tell(...args)
      } catch (error) {
        try {
          events.failed(error)
        } catch {
          // There is nobody left to tell.
        }
      }
    }
  return {
    changed: guard((conversation) => events.changed(conversation)),
    link: guard((state) => events.link(state)),
    tell: guard((message) => events.tell(message)),
    presence: guard((online, conversation) => events.presence(online, conversation)),
    settings: guard((settings) => events.settings(settings)),
    refused: guard((code, message) => events.refused(code, message)),
    failed: guard((error) => events.failed(error)),
  }
}
