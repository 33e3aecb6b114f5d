// Longer than most: every frame of a link after its hello is answered here, side by side.
import type {
  Author,
  ClientFrame,
  Clock,
  Delivered,
  Entry,
  Hello,
  History,
  Page,
  Resume,
  Send,
  ServerFrame,
  Stop,
  Typing,
} from '@homing/core'
import {
  MAX_FRAME_BYTES,
  MAX_PAGE_ENTRIES,
  MAX_POSITIONS,
  MAX_TEXT_LENGTH,
  MAX_UNACKED,
  TAIL_ENTRIES,
  TYPING_REPEAT_MS,
} from '@homing/core'
import type { Bus, Hint, Topic } from '../bus/bus.ts'
import type { Delivered as DeliveredMarks } from '../conversation/delivered.ts'
import type { Mark } from '../conversation/mark.ts'
import { endThatFits, planResume } from '../conversation/resume.ts'
import type { Conversation, ConversationFilter, Store } from '../store/store.ts'
import type { Followed, Following } from './following.ts'
import { createFollowing } from './following.ts'
import { fitWelcome, rejectOf, summaryOf } from './frames.ts'
import type { Outlet, Reader } from './reader.ts'
import type { SendDraft } from './sending.ts'

/** A link whose hello was taken: one reader, following conversations and writing into them. */
export interface Live {
  readonly reader: Reader
  /** Welcome, then what the reader lacks. `reset`: it has another log's cache and says hello again. */
  open(hello: Hello): Promise<'open' | 'reset'>
  /** Resolves when the next frame may be taken; a send's own end comes later. */
  take(frame: Exclude<ClientFrame, Hello>): Promise<'open' | 'reset'>
  hear(hint: Hint): void
  /** Say where every log is, and give what a lost hint left out. */
  pong(): Promise<void>
  /** Resolves when every send has its answer and every follower rests. */
  settled(): Promise<void>
  close(): void
}

export interface LiveOptions {
  /** Names the link among the hints. */
  readonly id: string
  readonly reader: Reader
  readonly outlet: Outlet
  readonly store: Pick<
    Store,
    'epoch' | 'conversations' | 'deviceCounter' | 'setPage' | 'readBefore'
  >
  readonly bus: Pick<Bus, 'publish'>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly send: SendDraft
  readonly mark: Mark
  readonly delivered: Pick<DeliveredMarks, 'kept'>
  readonly read: (conversation: string, after: number) => Promise<readonly Entry[]>
  readonly find: (conversation: string) => Promise<Conversation | undefined>
  readonly listen: (
    to: { conversation: string; visitor: string },
    hear: (hint: Hint) => void,
  ) => Stop
  readonly online: { agents(site: string): boolean; visitor(site: string, id: string): boolean }
  readonly onError: (cause: unknown) => void
}

/** Conversations of a visitor that learn where he is now: the newest ones. */
const MAX_PAGED = 3

export function createLive(options: LiveOptions): Live {
  const { reader, outlet, store, bus, clock, send, mark, delivered, online, onError } = options
  const { epoch } = store
  const site = reader.site.key
  const filter: ConversationFilter = {
    site,
    limit: MAX_POSITIONS,
    ...(reader.role === 'visitor' ? { visitor: reader.id } : {}),
  }
  const author: Author =
    reader.role === 'visitor'
      ? { role: 'visitor', id: reader.id }
      : { role: 'agent', id: reader.id, name: reader.name }

  const inFlight = new Set<Promise<void>>()
  let page: Page | undefined
  let following: Following = createFollows(TAIL_ENTRIES)

  function createFollows(tail: number): Following {
    return createFollowing({
      reader,
      epoch,
      tail,
      outlet,
      read: options.read,
      find: options.find,
      listen: (conversation, visitor) =>
        options.listen({ conversation, visitor }, (hint) => live.hear(hint)),
      greet: presenceOf,
      onError,
    })
  }

  function presenceOf({ id, visitor }: Conversation): readonly ServerFrame[] {
    if (reader.role !== 'agent' || !online.visitor(site, visitor.id)) return []
    return [{ t: 'presence', online: true, conversation: id }]
  }

  const topicsOf = ({ visitor }: Followed): readonly Topic[] => [
    `visitor:${visitor}`,
    `agents:${site}`,
  ]

  // ── Frames ─────────────────────────────────────────────────────────────────────────────────

  const takeSend = async (frame: Send): Promise<void> => {
    while (inFlight.size >= MAX_UNACKED) await Promise.race(inFlight)
    const { conversation } = frame
    let followed = following.get(conversation)
    if (!followed) {
      followed = await following.introduce(conversation)
      // Nobody's yet, or somebody else's; the log tells them apart, and the reader hears the same.
      followed ??= following.get(conversation) ?? following.expect(conversation)
    }
    const { follower } = followed
    follower.sending(frame.id)
    const end = send(frame, reader, page)
      .then(({ entry }) => {
        if (!entry) throw new Error('A send without an event gave no entry.')
        followed.made = true
        follower.sent(frame.id, {
          t: 'ack',
          id: frame.id,
          conversation,
          seq: entry.seq,
          time: entry.time,
        })
      })
      .catch((error: unknown) => {
        follower.sent(frame.id)
        if (!followed.made && !follower.busy()) following.forget(conversation)
        onError(error)
        outlet.send(rejectOf(error, frame.id))
      })
      .finally(() => inFlight.delete(end))
    inFlight.add(end)
  }

  const takeRead = async (conversation: string, seq: number): Promise<void> => {
    const followed = await following.access(conversation)
    await mark({ id: conversation, site, visitor: followed.visitor }, reader.role, seq)
  }

  const takeDelivered = async ({ conversation, seq }: Delivered): Promise<void> => {
    const { follower } = await following.access(conversation)
    delivered.kept(conversation, reader.role, Math.min(seq, follower.place()), 'has')
  }

  const takeTyping = ({ conversation, on }: Typing): void => {
    // The first words of a conversation are typed before it exists: nobody can watch, no error.
    const followed = following.get(conversation)
    if (!followed?.made) return
    const now = clock.monotonic()
    const { typedAt = -Infinity } = followed
    if (on && now - typedAt < TYPING_REPEAT_MS / 2) return
    followed.typedAt = on ? now : -Infinity
    const { visitor } = followed
    const hint = { kind: 'typing', site, visitor, conversation, author, on } as const
    bus.publish(topicsOf(followed), { ...hint, from: options.id })
  }

  const takePage = async (next: Page): Promise<void> => {
    page = next
    if (reader.role !== 'visitor') return
    const newest = following.all().filter(({ made, status }) => made && status === 'open')
    await Promise.all(
      newest.slice(-MAX_PAGED).map(async ({ visitor, follower: { conversation } }) => {
        await store.setPage(conversation, next)
        bus.publish([`agents:${site}`], { kind: 'changed', site, visitor, conversation })
      }),
    )
  }

  const takeHistory = async ({ conversation, before, limit }: History): Promise<void> => {
    await following.access(conversation)
    // As with news: who does not read is not read for.
    await outlet.full()
    const found = await store.readBefore(conversation, before, Math.min(limit, MAX_PAGE_ENTRIES))
    const entries = endThatFits(found)
    outlet.send({ t: 'entries', conversation, epoch, entries, history: true })
  }

  const takeResume = async ({ conversation, position }: Resume): Promise<'open' | 'reset'> => {
    const { follower } = await following.access(conversation)
    const head = (await following.look(conversation))?.head ?? 0
    const plan = planResume({ epoch, head, position, tail: 0 })
    if (plan.kind === 'reset') return reset()
    follower.restart(plan.after, false)
    follower.heard(head)
    return 'open'
  }

  /** Where a reader begins is what it has. */
  const tellKept = ({ id, head, delivered: marks, read }: Conversation, hello: Hello): void => {
    const seq = Math.min(hello.positions[id]?.seq ?? 0, head)
    const { role } = reader
    if (seq > Math.max(marks[role], read[role])) delivered.kept(id, role, seq, 'has')
  }

  const reset = (): 'reset' => {
    following.stop()
    outlet.send({ t: 'reset', epoch })
    return 'reset'
  }

  const takeOther = async (frame: Exclude<ClientFrame, Hello>): Promise<'open' | 'reset'> => {
    switch (frame.t) {
      case 'send':
        await takeSend(frame)
        break
      case 'read':
        await takeRead(frame.conversation, frame.seq)
        break
      case 'delivered':
        await takeDelivered(frame)
        break
      case 'typing':
        takeTyping(frame)
        break
      case 'page':
        await takePage(frame.page)
        break
      case 'history':
        await takeHistory(frame)
        break
      case 'resume':
        return takeResume(frame)
      case 'ping':
        await live.pong()
        break
    }
    return 'open'
  }

  // ── Hints ──────────────────────────────────────────────────────────────────────────────────

  const hearChanged = async (conversation: string): Promise<void> => {
    const followed = following.get(conversation)
    if (!followed) {
      await following.introduce(conversation)
      return
    }
    const found = await following.look(conversation)
    if (!found) return
    followed.status = found.status
    outlet.send({ t: 'conversation', conversation: summaryOf(found, reader.role) })
  }

  const hearPresence = (hint: Extract<Hint, { kind: 'presence' }>): void => {
    if (reader.role === 'visitor') {
      if (hint.who === 'agent') outlet.send({ t: 'presence', online: hint.online })
      return
    }
    if (hint.who !== 'visitor') return
    for (const { visitor, follower } of following.all()) {
      if (visitor !== hint.visitor) continue
      const { conversation } = follower
      outlet.send({ t: 'presence', online: hint.online, conversation })
    }
  }

  const live: Live = {
    reader,

    async open(hello) {
      following.stop()
      following = createFollows(hello.tail ?? TAIL_ENTRIES)
      page = hello.page
      const [lines, n] = await Promise.all([
        store.conversations(filter),
        reader.role === 'visitor' ? store.deviceCounter(site, reader.id, reader.device) : 0,
      ])
      const plans = lines.map((line) =>
        planResume({
          epoch,
          head: line.head,
          // Positions of conversations that are not the reader's are passed over without a word.
          position: hello.positions[line.id],
          tail: hello.tail ?? TAIL_ENTRIES,
        }),
      )
      if (plans.some((plan) => plan.kind === 'reset')) return reset()
      const { within, after } = fitWelcome(lines.map((line) => summaryOf(line, reader.role)))
      outlet.send({
        t: 'welcome',
        visitor: reader.id,
        ...(reader.role === 'visitor' && reader.newToken ? { token: reader.newToken } : {}),
        time: clock.now(),
        epoch,
        conversations: within,
        limits: { text: MAX_TEXT_LENGTH, frame: MAX_FRAME_BYTES, unacked: MAX_UNACKED },
        n,
      })
      for (const frame of after) outlet.send(frame)
      if (reader.role === 'visitor') outlet.send({ t: 'presence', online: online.agents(site) })
      // Oldest first: the newest conversation is the last to be forgotten.
      for (let i = lines.length - 1; i >= 0; i--) {
        const line = lines[i]
        const plan = plans[i]
        if (!line || !plan || plan.kind === 'reset') continue
        for (const frame of presenceOf(line)) outlet.send(frame)
        tellKept(line, hello)
        following.follow(line, plan.after, plan.kind === 'tail')
      }
      return 'open'
    },

    take: takeOther,

    hear(hint) {
      switch (hint.kind) {
        case 'grew': {
          const followed = following.get(hint.conversation)
          if (followed) followed.follower.heard(hint.seq)
          else following.introduce(hint.conversation).catch(onError)
          break
        }
        case 'changed':
          hearChanged(hint.conversation).catch(onError)
          break
        case 'read':
          if (following.get(hint.conversation)) {
            const { conversation, by, seq } = hint
            outlet.send({ t: 'read', conversation, by, seq })
          }
          break
        case 'typing': {
          // One's own words in another tab are no news; and nobody hears himself.
          if (hint.from === options.id || hint.author.role === reader.role) break
          if (!following.get(hint.conversation)) break
          const { conversation, on, author: typist } = hint
          outlet.send({ t: 'typing', conversation, on, author: typist })
          break
        }
        case 'presence':
          hearPresence(hint)
          break
      }
    },

    async pong() {
      const lines = await store.conversations({ ...filter, status: 'open' })
      const heads: Record<string, number> = {}
      for (const { id, head } of lines) {
        const followed = following.get(id) ?? (await following.introduce(id))
        if (!followed) continue
        // What is missing is on its way already; the reader need not ask for it as well.
        followed.follower.heard(head)
        heads[id] = Math.min(head, followed.follower.place())
      }
      outlet.send({ t: 'pong', heads })
    },

    async settled() {
      while (inFlight.size > 0) await Promise.allSettled(inFlight)
      await following.settled()
    },

    close() {
      following.stop()
    },
  }
  return live
}
