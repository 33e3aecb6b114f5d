// Longer than most: every kind of fact is applied here, side by side.
import type { Author, Body, Clock, HandedOverBody } from '@homing/core'
import { HomingError, MAX_TEXT_LENGTH, isStatus, isText } from '@homing/core'
import type { Bus } from '../bus/bus.ts'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Fact, HookReply, RawWebhook } from '../connectors/connector.ts'
import type { Outside } from '../connectors/outside.ts'
import type { Append } from '../conversation/append.ts'
import type { HandOvers } from '../conversation/hand-over.ts'
import type { Delivered } from '../conversation/delivered.ts'
import { entryId } from '../conversation/entry-id.ts'
import { createMark } from '../conversation/mark.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Conversation, Store } from '../store/store.ts'
import type { Deliveries } from './deliveries.ts'
import { createLines } from './line.ts'
import type { MessageOnLine } from './line.ts'
import { createMediaIntake } from './media.ts'
import { createNewcomers } from './newcomers.ts'
import { cutText } from './parts.ts'
import { createReceipts } from './receipts.ts'
import { createRecent } from './recent.ts'
import { addressOf } from './window.ts'
import { createWithin } from './within.ts'

/**
 * The way back: what a far side tells, checked, parsed and applied.
 *
 *   greet? ─▶ verify (raw bytes) ─▶ parse (pure) ─▶ for each fact: where? ─▶ echo? ─▶ append ─▶ 2xx
 *
 * Webhooks and polls meet here. A fact is applied once, by the far side's id of it, in the same
 * transaction as the entry; the 2xx follows that commit. What cannot be stored now is answered
 * 503, so that the far side comes again; its own faults are never our 5xx.
 */
export interface Inbound {
  /** `hook` is the id in the webhook's address. */
  receive(hook: string, request: RawWebhook): Promise<HookAnswer>
  /** Facts from a poll. Rejects when one cannot be stored now; those before it are. */
  apply(connectorId: string, facts: readonly Fact[]): Promise<void>
}

export interface HookAnswer {
  readonly status: 200 | 204 | 400 | 401 | 403 | 404 | 503
  readonly body: Readonly<Record<string, unknown>>
  /** What the far side wants to hear instead of `body`. */
  readonly reply?: HookReply
}

export interface InboundOptions extends Outside {
  readonly store: Pick<
    Store,
    | 'conversation'
    | 'conversationOf'
    | 'link'
    | 'moveThread'
    | 'sent'
    | 'onLine'
    | 'mark'
    | 'readBefore'
    | 'thread'
    | 'confirm'
    | 'deny'
    | 'release'
    | 'openWindow'
    | 'closeWindow'
    | 'opt'
  >
  readonly append: Append
  readonly bus: Pick<Bus, 'publish'>
  readonly delivered: Pick<Delivered, 'changed'>
  readonly clock: Clock
  readonly connectors: ReadonlyMap<string, ConfiguredConnector>
  readonly deliveries: Pick<Deliveries, 'idle' | 'nudge'>
  readonly handOvers: Pick<HandOvers, 'look' | 'redeem'>
  readonly files: Pick<Files, 'keep'>
  /** The relay's own address, for links to what was kept. */
  readonly publicUrl: string
  readonly log: Log
  readonly metrics: Pick<Metrics, 'counter'>
}

/**
 * How long a webhook waits for a send to its own thread, ms. Below the shortest time-out of a far
 * side; and a far side that calls us from within our own send (Request Tracker does) must not wait
 * for itself for long.
 */
export const ECHO_WAIT_MS = 1_500
/** A look at the far side for a thread nobody knows, ms. */
const LOCATE_TIMEOUT_MS = 5_000
/** Threads that are not ours are remembered, so that each costs one look. */
const MAX_STRANGERS = 5_000
const STRANGER_TTL_MS = 10 * 60_000
/** Entries looked back over for the last change of status. */
const STATUS_LOOK_BACK = 50

type Applied = 'applied' | 'known' | 'echo' | 'stale' | 'stranger' | 'skipped' | 'told'
type MessageFact = Extract<Fact, { readonly kind: 'message' }>

export function createInbound(options: InboundOptions): Inbound {
  const { store, append, bus, clock, connectors, deliveries, log } = options
  const within = createWithin(options)
  const intake = createMediaIntake({ ...options, within })
  const lines = createLines({ store, clock })
  const newcomers = createNewcomers({
    ...options,
    note: (connector, { site, conversation, visitor }, fact) => {
      const app = connector.invite?.app ?? connector.type
      const fallback = `This conversation goes on in ${app}, too.`
      const entry = {
        id: entryId(connector.id, `${fact.externalId}.handed-over`),
        author: { role: 'visitor', id: visitor },
        body: { type: 'handed_over', app, fallback } satisfies HandedOverBody,
      } as const
      const event = `${fact.event}.handed-over`
      return appendOnce(connector, { id: conversation, site }, { ...fact, event }, entry)
    },
  })
  const counted = options.metrics.counter('homing_inbound_total', 'Facts from far sides by result.')
  const mark = createMark({ store, bus })
  const receipts = createReceipts({
    store,
    mark,
    delivered: options.delivered,
    connectors,
    clock,
    log,
    nudge: () => deliveries.nudge(),
    sendsSettled: (connector, conversation) => sendsSettled(connector, conversation),
  })
  const strangers = createRecent<true>(MAX_STRANGERS)
  /** The far side's number of the last change of status that was applied. */
  const orders = createRecent<number>(MAX_STRANGERS)
  /** Messages on a line that were answered with a notice; it is no entry that could tell. */
  const noticed = createRecent<true>(MAX_STRANGERS)

  const applyAll = async (
    among: readonly ConfiguredConnector[],
    facts: readonly Fact[],
  ): Promise<number> => {
    let fresh = 0
    for (const fact of facts) {
      let result: Applied = 'skipped'
      let by = among[0]?.id ?? ''
      for (const connector of concerned(among, fact)) {
        by = connector.id
        result = await applyFact(connector, fact)
        if (result !== 'stranger') break
      }
      counted.add({ connector: by, result })
      if (result === 'applied') fresh++
    }
    return fresh
  }

  const applyFact = async (connector: ConfiguredConnector, fact: Fact): Promise<Applied> => {
    // Before any waiting: a marked echo may come from within the very send it is the echo of.
    if (fact.kind === 'message' && fact.echo) return 'echo'
    if (fact.kind === 'receipt') return receipts.apply(connector, fact)
    if (fact.kind === 'opt' || fact.kind === 'moved') return applyToThread(connector, fact)
    if ('line' in fact.where) {
      if (connector.role !== 'desk' || !connector.capabilities.line) return 'skipped'
      return fact.kind === 'message' ? applyOnLine(connector, fact as MessageOnLine) : 'skipped'
    }
    if (fact.kind === 'message' && connector.role === 'reach')
      return applyFromReach(connector, fact)
    const conversation = await conversationAt(connector, fact.where)
    if (!conversation) return 'stranger'
    switch (fact.kind) {
      case 'message':
        return applyMessage(connector, conversation, fact)
      case 'status':
        return applyStatus(connector, conversation, fact)
      case 'typing': {
        bus.publish([`visitor:${conversation.visitor.id}`, `agents:${conversation.site}`], {
          kind: 'typing',
          site: conversation.site,
          visitor: conversation.visitor.id,
          conversation: conversation.id,
          author: fact.author,
          on: fact.on,
        })
        return 'applied'
      }
      case 'read': {
        const { id, site, head, visitor } = conversation
        const by = connector.role === 'reach' ? 'visitor' : 'agent'
        await mark({ id, site, visitor: visitor.id }, by, head)
        return 'applied'
      }
    }
  }

  const applyToThread = async (
    connector: ConfiguredConnector,
    fact: Extract<Fact, { readonly kind: 'opt' | 'moved' }>,
  ): Promise<Applied> => {
    if (!('thread' in fact.where)) return 'skipped'
    const { thread } = fact.where
    if (fact.kind === 'moved') await store.moveThread(connector.id, thread, fact.thread)
    else await store.opt(connector.id, thread, fact.out, fact.time ?? clock.now())
    return 'applied'
  }

  /** The person wrote, so the far side takes free text again, and what waited for it goes. */
  const heardFrom = async (
    connector: ConfiguredConnector,
    address: string | undefined,
    conversation: string | undefined,
    time: number | undefined,
  ): Promise<void> => {
    if (connector.capabilities.windowMs === 0 || address === undefined) return
    const now = clock.now()
    await store.openWindow(connector.id, address, Math.min(time ?? now, now))
    await store.release(connector.id, conversation, now)
    deliveries.nudge()
  }

  /** The visitor, away from the page: known there, or a newcomer. */
  const applyFromReach = async (
    connector: ConfiguredConnector,
    fact: MessageFact,
  ): Promise<Applied> => {
    if (!('thread' in fact.where)) return 'skipped'
    const { thread } = fact.where
    if (fact.author.role !== 'visitor') {
      const conversation = await conversationAt(connector, fact.where)
      return conversation ? applyMessage(connector, conversation, fact) : 'stranger'
    }
    const arrival = await newcomers.find(connector, thread, fact)
    const applied =
      arrival.body === undefined
        ? 'applied'
        : await appendBodies(connector, arrival.target, {
            ...fact,
            body: arrival.body,
            author: { role: 'visitor', id: arrival.visitor },
          })
    if (!arrival.bound) await store.link(connector.id, arrival.target.id, thread)
    await heardFrom(connector, thread, arrival.target.id, fact.time)
    return applied
  }

  /** One chat with one person: whose is it? */
  const applyOnLine = async (
    connector: ConfiguredConnector,
    fact: MessageOnLine,
  ): Promise<Applied> => {
    await heardFrom(connector, addressOf(connector, fact.where.line), undefined, fact.time)
    const reading = await lines.read(connector, fact)
    switch (reading.kind) {
      case 'notice': {
        const key = `${connector.id} ${fact.event}`
        if (noticed.get(key)) return 'known'
        noticed.set(key, true)
        await tell(connector, reading.text)
        return 'told'
      }
      case 'resolve': {
        const { author, event } = fact
        const status = {
          kind: 'status',
          status: 'resolved',
          where: fact.where,
          author,
          event,
        } as const
        return applyStatus(connector, reading.conversation, status)
      }
      case 'answer': {
        const { text } = reading
        const answer = text === undefined ? fact : { ...fact, body: { type: 'text', text } }
        return applyMessage(connector, reading.conversation, answer)
      }
    }
  }

  /** Not worth a 503: the far side would bring the message again, and it is the notice that failed. */
  const tell = async (connector: ConfiguredConnector, text: string): Promise<void> => {
    try {
      await within(LOCATE_TIMEOUT_MS, (io) => connector.notice(text, io))
    } catch (cause) {
      log.error('notice-failed', { connector: connector.id, cause })
    }
  }

  const applyMessage = async (
    connector: ConfiguredConnector,
    conversation: Conversation,
    fact: MessageFact,
  ): Promise<Applied> => {
    if (connector.capabilities.echoes) await sendsSettled(connector.id, conversation.id)
    if (await store.sent(connector.id, fact.externalId)) return 'echo'
    const author = authorIn(conversation, fact.author)
    return appendBodies(connector, conversation, { ...fact, author })
  }

  const appendBodies = async (
    connector: ConfiguredConnector,
    target: Pick<Conversation, 'id' | 'site'>,
    fact: MessageFact,
  ): Promise<Applied> => {
    let applied: Applied = 'known'
    const bodies = [...bodiesOf(fact.body), ...(await intake.take(connector, fact.media ?? []))]
    if (bodies.length === 0) return 'skipped'
    for (const [index, body] of bodies.entries()) {
      // Each part is an event of its own: when it all comes again, what is missing is added.
      const suffix = index === 0 ? '' : `.${index + 1}`
      const id = entryId(connector.id, fact.externalId + suffix)
      const part = { ...fact, event: fact.event + suffix }
      const result = await appendOnce(connector, target, part, { id, author: fact.author, body })
      if (result !== 'known') applied = result
    }
    return applied
  }

  const applyStatus = async (
    connector: ConfiguredConnector,
    conversation: Conversation,
    fact: Fact & { readonly kind: 'status' },
  ): Promise<Applied> => {
    const key = `${connector.id} ${conversation.id}`
    const stale = await isStale(conversation, fact, orders.get(key))
    if (stale) return 'stale'
    if (fact.order !== undefined) orders.set(key, fact.order)
    // Also what our own change of status comes back as.
    if (conversation.status === fact.status) return 'skipped'
    return appendOnce(connector, conversation, fact, {
      id: entryId(connector.id, fact.event),
      author: authorIn(conversation, fact.author),
      body: { type: 'status', status: fact.status },
    })
  }

  /** Told late: something newer was told before. By the far side's own numbers, else by its times. */
  const isStale = async (
    conversation: Conversation,
    fact: Fact,
    lastOrder: number | undefined,
  ): Promise<boolean> => {
    if (fact.order !== undefined && lastOrder !== undefined) return fact.order < lastOrder
    if (fact.time === undefined) return false
    const tail = await store.readBefore(conversation.id, conversation.head + 1, STATUS_LOOK_BACK)
    const last = tail.findLast((entry) => isStatus(entry.body))
    return last !== undefined && fact.time < last.time
  }

  const appendOnce = async (
    connector: ConfiguredConnector,
    conversation: Pick<Conversation, 'id' | 'site'>,
    fact: Fact,
    entry: Pick<Parameters<Append>[0], 'id' | 'author' | 'body'>,
  ): Promise<Applied> => {
    const contact = fact.kind === 'message' ? fact.contact : undefined
    try {
      const { fresh } = await append({
        ...entry,
        site: conversation.site,
        conversation: conversation.id,
        ...(contact ? { contact } : {}),
        event: { connector: connector.id, id: fact.event },
      })
      return fresh ? 'applied' : 'known'
    } catch (error) {
      // Only what may be different next time is worth coming again for.
      if (!(error instanceof HomingError) || error.retryable) throw error
      log.info('inbound-refused', { connector: connector.id, code: error.code })
      return 'skipped'
    }
  }

  /** Our conversation, if it is one of this connector's site. Not there equals not yours. */
  const conversationAt = async (
    connector: ConfiguredConnector,
    where: Exclude<Fact['where'], { readonly line: string }>,
  ): Promise<Conversation | undefined> => {
    const id = 'conversation' in where ? where.conversation : await routeOf(connector, where.thread)
    const conversation = id === undefined ? undefined : await store.conversation(id)
    return conversation?.site === connector.site ? conversation : undefined
  }

  const routeOf = async (
    connector: ConfiguredConnector,
    thread: string,
  ): Promise<string | undefined> => {
    const known = await store.conversationOf(connector.id, thread)
    if (known !== undefined || !connector.capabilities.locate) return known
    const key = `${connector.id} ${thread}`
    const now = clock.now()
    if (strangers.get(key, now)) return undefined
    const found = await locate(connector, thread)
    const conversation = found === undefined ? undefined : await store.conversation(found)
    if (conversation?.site !== connector.site) {
      strangers.set(key, true, now + STRANGER_TTL_MS)
      return undefined
    }
    await store.link(connector.id, conversation.id, thread)
    // The first binding wins: a second ticket that claims the conversation stays a stranger.
    return store.conversationOf(connector.id, thread)
  }

  const locate = async (
    connector: ConfiguredConnector,
    thread: string,
  ): Promise<string | undefined> => {
    try {
      return await within(LOCATE_TIMEOUT_MS, (io) => connector.locate(thread, io))
    } catch (cause) {
      // Nobody knows whose it is; the far side may tell again.
      throw new HomingError('unavailable', 'the thread cannot be looked up now', { cause })
    }
  }

  /** Rejects `unavailable` when the send does not end in time: the ids it will bring are not known. */
  const sendsSettled = async (connector: string, conversation: string): Promise<void> => {
    let stop: (() => void) | undefined
    const late = new Promise<'late'>((resolve) => {
      stop = clock.after(ECHO_WAIT_MS, () => resolve('late'))
    })
    const idle = options.deliveries.idle(connector, conversation).then(() => 'idle' as const)
    const first = await Promise.race([idle, late])
    stop?.()
    if (first === 'late') {
      throw new HomingError('unavailable', 'a send to this thread is under way', {
        retryAfter: ECHO_WAIT_MS,
      })
    }
  }

  return {
    async receive(hook, request) {
      const among = [...connectors.values()].filter((each) => each.hook === hook)
      const [connector] = among
      if (!connector?.capabilities.webhooks) return refuse(404, 'not_found', 'no such connector')
      const reply = connector.greet(request)
      if (reply) return { status: reply.status, body: {}, reply }
      if (request.method !== 'POST') return refuse(404, 'not_found', 'webhooks are posted here')
      const verdict = connector.verify(request, clock.now())
      if (!verdict.ok) {
        counted.add({ connector: connector.id, result: `refused-${verdict.status}` })
        const code = verdict.status === 401 ? 'unauthorized' : 'bad_request'
        return refuse(verdict.status, code, verdict.reason)
      }
      const facts = connector.parse(request)
      try {
        const applied = await applyAll(among, facts)
        const silent = connector.capabilities.silentAnswers === true
        return { status: silent ? 204 : 200, body: silent ? {} : { applied } }
      } catch (cause) {
        counted.add({ connector: connector.id, result: 'unavailable' })
        log.info('inbound-put-off', { connector: connector.id, cause })
        return refuse(503, 'unavailable', 'it cannot be stored now: send it again')
      }
    },
    async apply(connectorId, facts) {
      const connector = connectors.get(connectorId)
      if (!connector) return
      const among = [...connectors.values()].filter((each) => each.hook === connector.hook)
      await applyAll(among, facts)
    },
  }
}

/** The side it happened on. Where it is not said: the desk, or whoever knows the message of a receipt. */
function concerned(
  among: readonly ConfiguredConnector[],
  { side, kind }: Fact,
): readonly ConfiguredConnector[] {
  if (side !== undefined) return among.filter(({ role }) => role === side)
  if (among.length === 1 || kind === 'receipt') return among
  return among.filter(({ role }) => role === 'desk')
}

/** A mail may be longer than a message: its text goes on in further entries. */
function bodiesOf(body: Body): readonly Body[] {
  if (!isText(body)) return [body]
  // A picture without a caption, say.
  if (body.text.trim() === '') return []
  return cutText(body.text, MAX_TEXT_LENGTH).map((text) => ({ type: 'text', text }))
}

/** A visitor who answers on the far side is this conversation's visitor. */
function authorIn(conversation: Conversation, author: Author): Author {
  if (author.role !== 'visitor') return author
  return { role: 'visitor', id: conversation.visitor.id }
}

function refuse(status: 400 | 401 | 404 | 503, code: string, message: string): HookAnswer {
  return { status, body: { error: { code, message, retryable: status === 503 } } }
}
