import type { Clock } from '@homing/core'
import type { Bus } from '../bus/bus.ts'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Fact, HookReply, RawWebhook } from '../connectors/connector.ts'
import type { Outside } from '../connectors/outside.ts'
import type { Append } from '../conversation/append.ts'
import type { HandOvers } from '../conversation/hand-over.ts'
import type { Delivered } from '../conversation/delivered.ts'
import { createMark } from '../conversation/mark.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Conversation, Store } from '../store/store.ts'
import type { Deliveries } from '../deliveries/deliveries.ts'
import { createLines } from './line.ts'
import type { MessageOnLine } from './line.ts'
import { createMediaIntake } from './media.ts'
import { createNewcomers } from './newcomers.ts'
import { createReceipts } from './receipts.ts'
import { createRecent } from '../recent.ts'
import type { MessageFact, Recorded } from './recorder.ts'
import { authorIn, createRecorder } from './recorder.ts'
import { createSendsSettled } from './sends-settled.ts'
import { createWhose } from './whose.ts'
import { addressOf } from '../deliveries/window.ts'
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

/** A notice to a line, ms. */
const NOTICE_TIMEOUT_MS = 5_000
/** Messages on a line that were answered with a notice, remembered. */
const MAX_NOTICED = 5_000

type Applied = Recorded | 'echo' | 'stale' | 'stranger' | 'told'

export function createInbound(options: InboundOptions): Inbound {
  const { store, bus, clock, connectors, deliveries, log } = options
  const within = createWithin(options)
  const intake = createMediaIntake({ ...options, within })
  const lines = createLines({ store, clock })
  const recorder = createRecorder({ ...options, intake })
  const whose = createWhose({ store, clock, within })
  const newcomers = createNewcomers({ ...options, note: recorder.handedOver })
  const sendsSettled = createSendsSettled(deliveries, clock)
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
    sendsSettled,
  })
  /** Messages on a line that were answered with a notice; it is no entry that could tell. */
  const noticed = createRecent<true>(MAX_NOTICED)

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
    const conversation = await whose.conversationAt(connector, fact.where)
    if (!conversation) return 'stranger'
    switch (fact.kind) {
      case 'message':
        return applyMessage(connector, conversation, fact)
      case 'status':
        return recorder.status(connector, conversation, fact)
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
      const conversation = await whose.conversationAt(connector, fact.where)
      return conversation ? applyMessage(connector, conversation, fact) : 'stranger'
    }
    const arrival = await newcomers.find(connector, thread, fact)
    const applied =
      arrival.body === undefined
        ? 'applied'
        : await recorder.message(connector, arrival.target, {
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
        return recorder.status(connector, reading.conversation, status)
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
      await within(NOTICE_TIMEOUT_MS, (io) => connector.notice(text, io))
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
    return recorder.message(connector, conversation, { ...fact, author })
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

function refuse(status: 400 | 401 | 404 | 503, code: string, message: string): HookAnswer {
  return { status, body: { error: { code, message, retryable: status === 503 } } }
}
