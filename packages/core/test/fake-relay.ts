import type {
  Author,
  Body,
  ClientFrame,
  Clock,
  ConversationSummary,
  Entry,
  ErrorCode,
  Hello,
  Position,
  ReadMarks,
  Send,
  ServerFrame,
} from '@homing/core'
import { ERROR_CODES, MAX_TEXT_LENGTH, MAX_UNACKED, TAIL_ENTRIES, sameBody } from '@homing/core'
import type { FarEnd } from './wire.ts'

/**
 * The relay's rules in memory: one log per conversation, duplicates known by author and draft id,
 * a device's counter taken in order, marks that rise, an epoch. It keeps every promise of the
 * protocol page and nothing longer than the object lives. It knows no time-outs: those are the
 * client's, or the network's.
 */
export interface FakeRelay extends FarEnd {
  readonly epoch: string
  log(conversation: string): readonly Entry[]
  /** Ids of all conversations, in the order they were made. */
  conversations(): readonly string[]
  /** The visitor whose token this is. */
  visitorOf(token: string): string | undefined
  visitors(): number
  marks(conversation: string): ReadMarks
  /** Up to where readers said that they keep it. */
  kept(conversation: string): ReadMarks
  /** An agent answers, as from a helpdesk. */
  answer(conversation: string, text: string, id?: string): Entry
  setStatus(conversation: string, status: 'open' | 'resolved'): void
  /** Agents came or went. */
  setPresence(online: boolean): void
  /** An agent writes. */
  type(conversation: string, on: boolean): void
  /** The log is what it was with so many entries per conversation: an old backup was restored. */
  restore(entries: number): void
  /** While true nobody is told of what grew: every hint is lost. */
  deaf: boolean
  /** Asked before a send is taken; a code is the answer instead. */
  refuse: ((frame: Send) => Refusal | undefined) | undefined
  /** Every send that arrived, in order, repeated ones included. */
  readonly arrived: readonly Send[]
  /** Links open now. */
  links(): number
}

export interface Refusal {
  readonly code: ErrorCode
  readonly retryAfter?: number
}

interface Conversation {
  readonly id: string
  readonly visitor: string
  entries: Entry[]
  status: 'open' | 'resolved'
  read: ReadMarks
  /** What readers said they keep. */
  readonly kept: { visitor: number; agent: number }
}

interface LinkState {
  readonly say: (frame: ServerFrame) => void
  reader: Reader | undefined
  /** Conversation → seq given last. */
  readonly places: Map<string, number>
  /** Draft ids sent over this link whose ack is owed. */
  readonly owed: Set<string>
}

interface Reader {
  readonly role: 'visitor' | 'agent'
  readonly id: string
  readonly device: string
  readonly tail: number
}

const AGENT: Author = { role: 'agent', id: 'agent-1', name: 'Ada' }

export function createFakeRelay(options: { clock: Clock; site?: string }): FakeRelay {
  const { clock, site = 'pk_demo' } = options
  const conversations = new Map<string, Conversation>()
  const tokens = new Map<string, string>()
  /** visitor/device → counter taken last. */
  const counters = new Map<string, number>()
  const links = new Set<LinkState>()
  const arrived: Send[] = []
  let lives = 1
  let visitors = 0
  let answers = 0

  const epochNow = (): string => `epoch-${lives}`
  const mayRead = (reader: Reader, { visitor }: Conversation): boolean =>
    reader.role === 'agent' || visitor === reader.id

  function summaryOf({ id, entries, status, read, visitor }: Conversation, reader: Reader) {
    const time = entries.at(-1)?.time
    return {
      id,
      head: entries.length,
      status,
      read,
      ...(time === undefined ? {} : { time }),
      ...(reader.role === 'agent' ? { visitor: { id: visitor } } : {}),
    } satisfies ConversationSummary
  }

  /** Give a link what it lacks of a conversation; own entries as their ack. */
  function give(link: LinkState, conversation: Conversation, anew = false): void {
    const place = link.places.get(conversation.id) ?? 0
    let run: Entry[] = []
    const giveRun = (): void => {
      if (run.length === 0) return
      link.say({
        t: 'entries',
        conversation: conversation.id,
        epoch: epochNow(),
        entries: run,
        ...(anew ? { tail: true } : {}),
      })
      anew = false
      run = []
    }
    for (const entry of conversation.entries.slice(place)) {
      if (!link.owed.delete(entry.id)) {
        run.push(entry)
        continue
      }
      giveRun()
      anew = false
      link.say(ackOf(conversation.id, entry))
    }
    giveRun()
    link.places.set(conversation.id, conversation.entries.length)
  }

  const ackOf = (conversation: string, { id, seq, time }: Entry): ServerFrame => ({
    t: 'ack',
    id,
    conversation,
    seq,
    time,
  })

  /** A hint reaches every link; the log is then read. */
  function hint(conversation: Conversation, but?: LinkState): void {
    if (relay.deaf) return
    for (const link of links) {
      if (link === but || !link.reader || !mayRead(link.reader, conversation)) continue
      if (!link.places.has(conversation.id)) {
        link.places.set(conversation.id, 0)
        const summary = summaryOf(conversation, link.reader)
        link.say({ t: 'conversation', conversation: summary })
      }
      give(link, conversation)
    }
  }

  function toldAll(conversation: Conversation, frame: ServerFrame, but?: LinkState): void {
    for (const link of links) {
      if (link !== but && link.reader && mayRead(link.reader, conversation)) link.say(frame)
    }
  }

  function append(conversation: Conversation, author: Author, id: string, body: Body): Entry {
    const entry = { seq: conversation.entries.length + 1, id, author, time: clock.now(), body }
    conversation.entries.push(entry)
    if (author.role === 'visitor') conversation.status = 'open'
    raise(conversation, author.role === 'visitor' ? 'visitor' : 'agent', entry.seq)
    return entry
  }

  function raise(conversation: Conversation, by: keyof ReadMarks, seq: number): boolean {
    const to = Math.min(seq, conversation.entries.length)
    if (to <= conversation.read[by]) return false
    conversation.read = { ...conversation.read, [by]: to }
    return true
  }

  function greet(link: LinkState, hello: Hello): void {
    if (hello.site !== site) return refuse(link, { code: 'unknown_site' })
    let token: string | undefined
    let id = 'agent-1'
    if (hello.role !== 'agent') {
      const known = hello.token === null ? undefined : tokens.get(hello.token)
      if (known === undefined) {
        token = `token-${++visitors}`
        tokens.set(token, `visitor-${visitors}`)
      }
      id = known ?? `visitor-${visitors}`
    }
    const { device, tail = TAIL_ENTRIES } = hello
    const reader: Reader = { role: hello.role ?? 'visitor', id, device, tail }
    const mine = [...conversations.values()].filter((each) => mayRead(reader, each))
    const stale = (position: Position | undefined, head: number): boolean =>
      position !== undefined && (position.epoch !== epochNow() || position.seq > head)
    link.places.clear()
    if (mine.some((each) => stale(hello.positions[each.id], each.entries.length))) {
      return link.say({ t: 'reset', epoch: epochNow() })
    }
    link.reader = reader
    link.say({
      t: 'welcome',
      visitor: id,
      ...(token === undefined ? {} : { token }),
      time: clock.now(),
      epoch: epochNow(),
      conversations: mine.map((each) => summaryOf(each, reader)),
      limits: { text: MAX_TEXT_LENGTH, frame: 65_536, unacked: MAX_UNACKED },
      n: counters.get(`${id}/${device}`) ?? 0,
    })
    for (const each of mine) {
      const position = hello.positions[each.id]
      link.places.set(each.id, position?.seq ?? Math.max(0, each.entries.length - tail))
      give(link, each, position === undefined)
    }
  }

  function refuse(link: LinkState, { code, retryAfter }: Refusal, id?: string, expected?: number) {
    link.say({
      t: 'reject',
      ...(id === undefined ? {} : { id }),
      code,
      message: `Refused: ${code}.`,
      retryable: ERROR_CODES[code].retryable,
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(expected === undefined ? {} : { expected }),
    })
  }

  function take(link: LinkState, reader: Reader, frame: Send): void {
    arrived.push(frame)
    const author: Author = reader.role === 'agent' ? AGENT : { role: 'visitor', id: reader.id }
    const counter = `${reader.id}/${reader.device}`
    const taken = counters.get(counter) ?? 0
    const settle = (): void => void counters.set(counter, Math.max(taken, frame.n))
    const known = [...conversations.values()]
      .flatMap(({ id, entries }) => entries.map((entry) => ({ conversation: id, entry })))
      .find(
        ({ entry }) =>
          entry.id === frame.id &&
          entry.author.role === author.role &&
          entry.author.id === author.id,
      )
    if (known) {
      if (known.conversation === frame.conversation && sameBody(known.entry.body, frame.body)) {
        return link.say(ackOf(known.conversation, known.entry))
      }
      settle()
      return refuse(link, { code: 'id_conflict' }, frame.id)
    }
    if (reader.role === 'visitor' && frame.n > taken + 1) {
      return refuse(link, { code: 'out_of_order' }, frame.id, taken + 1)
    }
    const conversation = conversations.get(frame.conversation)
    const tooLong = JSON.stringify(frame.body).length > MAX_TEXT_LENGTH + 100
    const refusal =
      relay.refuse?.(frame) ??
      (tooLong ? { code: 'too_long' as const } : undefined) ??
      ((conversation ? !mayRead(reader, conversation) : reader.role === 'agent')
        ? { code: 'not_found' as const }
        : undefined)
    if (refusal) {
      if (!ERROR_CODES[refusal.code].retryable) settle()
      return refuse(link, refusal, frame.id)
    }
    const target = conversation ?? found(frame.conversation, reader.id)
    settle()
    append(target, author, frame.id, frame.body)
    if (!link.places.has(target.id)) link.places.set(target.id, 0)
    link.owed.add(frame.id)
    give(link, target)
    hint(target, link)
  }

  function found(id: string, visitor: string): Conversation {
    const conversation: Conversation = {
      id,
      visitor,
      entries: [],
      status: 'open',
      read: { visitor: 0, agent: 0 },
      kept: { visitor: 0, agent: 0 },
    }
    conversations.set(id, conversation)
    return conversation
  }

  function hear(link: LinkState, frame: ClientFrame): void {
    if (frame.t === 'hello') return greet(link, frame)
    const { reader } = link
    if (!reader) return refuse(link, { code: 'hello_first' })
    if (frame.t === 'send') return take(link, reader, frame)
    if (frame.t === 'page') return
    if (frame.t === 'ping') {
      const heads: Record<string, number> = {}
      for (const each of conversations.values()) {
        if (mayRead(reader, each)) heads[each.id] = each.entries.length
      }
      return link.say({ t: 'pong', heads })
    }
    const conversation = conversations.get(frame.conversation)
    if (!conversation || !mayRead(reader, conversation)) {
      if (frame.t === 'typing') return
      return refuse(link, { code: 'not_found' })
    }
    const { id, entries } = conversation
    switch (frame.t) {
      case 'read':
        if (raise(conversation, reader.role, frame.seq)) {
          const seq = conversation.read[reader.role]
          toldAll(conversation, { t: 'read', conversation: id, by: reader.role, seq })
        }
        return
      case 'typing': {
        const author: Author = reader.role === 'agent' ? AGENT : { role: 'visitor', id: reader.id }
        for (const other of links) {
          if (!other.reader || other.reader.role === reader.role) continue
          if (!mayRead(other.reader, conversation)) continue
          other.say({ t: 'typing', conversation: id, on: frame.on, author })
        }
        return
      }
      case 'delivered':
        conversation.kept[reader.role] = Math.max(conversation.kept[reader.role], frame.seq)
        return
      case 'history':
        return link.say({
          t: 'entries',
          conversation: id,
          epoch: epochNow(),
          entries: entries.filter(({ seq }) => seq < frame.before).slice(-frame.limit),
          history: true,
        })
      case 'resume': {
        const { epoch, seq } = frame.position
        if (epoch !== epochNow() || seq > entries.length) {
          link.reader = undefined
          return link.say({ t: 'reset', epoch: epochNow() })
        }
        link.places.set(id, seq)
        return give(link, conversation)
      }
    }
  }

  const get = (id: string): Conversation => {
    const conversation = conversations.get(id)
    if (!conversation) throw new Error(`No conversation ${id} in the log.`)
    return conversation
  }

  const relay: FakeRelay = {
    get epoch() {
      return epochNow()
    },
    deaf: false,
    refuse: undefined,
    arrived,
    log: (id) => conversations.get(id)?.entries ?? [],
    conversations: () => [...conversations.keys()],
    visitorOf: (token) => tokens.get(token),
    visitors: () => new Set([...conversations.values()].map(({ visitor }) => visitor)).size,
    marks: (id) => get(id).read,
    kept: (id) => get(id).kept,
    answer: (id, text, draft = `answer-${++answers}`) => {
      const entry = append(get(id), AGENT, draft, { type: 'text', text })
      hint(get(id))
      return entry
    },
    setStatus: (id, status) => {
      const conversation = get(id)
      append(conversation, AGENT, `status-${++answers}`, { type: 'status', status })
      conversation.status = status
      hint(conversation)
      for (const link of links) {
        if (!link.reader || !mayRead(link.reader, conversation)) continue
        link.say({ t: 'conversation', conversation: summaryOf(conversation, link.reader) })
      }
    },
    setPresence: (online) => {
      for (const link of links) {
        if (link.reader?.role === 'visitor') link.say({ t: 'presence', online })
      }
    },
    type: (id, on) => toldAll(get(id), { t: 'typing', conversation: id, on, author: AGENT }),
    restore: (kept) => {
      lives++
      counters.clear()
      for (const conversation of conversations.values()) {
        conversation.entries = conversation.entries.slice(0, kept)
        const { visitor, agent } = conversation.read
        conversation.read = { visitor: Math.min(visitor, kept), agent: Math.min(agent, kept) }
        if (conversation.entries.length === 0) conversations.delete(conversation.id)
      }
    },
    links: () => links.size,
    open: (say) => {
      const link: LinkState = { say, reader: undefined, places: new Map(), owed: new Set() }
      links.add(link)
      return { hear: (frame) => hear(link, frame), gone: () => links.delete(link) }
    },
  }
  return relay
}
