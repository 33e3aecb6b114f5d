import { HomingError } from '@homing/core'
import type { Clock, Entry, Random, Stop } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { ConnectorIo, Outbound } from '../connectors/connector.ts'
import type { Outside } from '../connectors/outside.ts'
import { ioOf } from '../connectors/outside.ts'
import { SendError } from '../connectors/connector.ts'
import type { Delivered } from '../conversation/delivered.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Delivery, Outcome, Store } from '../store/store.ts'
import type { Attempt, Trail } from './attempt.ts'
import { afterFailure, attempt } from './attempt.ts'
import { gather } from './gather.ts'
import { createInFlight } from './in-flight.ts'
import type { Lane } from './lane.ts'
import { createLane } from './lane.ts'
import { createCompose } from './outbound.ts'
import type { ComposeOptions, Composed } from './outbound.ts'
import { createReach } from './reach.ts'
import { towardOf } from './toward.ts'
import { createWindows } from './window.ts'

/**
 * Brings entries to the far sides.
 *
 *   nudge, next due ──▶ claim ──▶ wait for the connector's slot ──▶ attempt ──▶ settle ─┐
 *                         ▲──────────────────────────────────────────────────────────────┘
 *
 * The store decides what goes next and in which order; this loop only asks for it, so a process
 * that dies here leaves nothing behind but leases that run out.
 */
export interface Deliveries {
  start(): void
  /** Running sends get STOP_GRACE_MS to end; the rest goes back. May be called twice. */
  stop(): Promise<void>
  /** Something is due. Costs nothing when nothing is. */
  nudge(): void
  /** Resolves when no send of this conversation to this connector is under way. */
  idle(connector: string, conversation: string): Promise<void>
}

export interface DeliveriesOptions extends Outside {
  readonly store: Pick<
    Store,
    | 'claim'
    | 'behind'
    | 'claimBehind'
    | 'together'
    | 'release'
    | 'waiting'
    | 'settle'
    | 'nextDue'
    | 'parked'
    | 'holdConnector'
    | 'conversation'
    | 'thread'
    | 'opened'
    | 'unlink'
    | 'arrivedPart'
    | 'arrivedParts'
    | 'readBefore'
    | 'window'
    | 'closeWindow'
    | 'woke'
    | 'optedOut'
  >
  readonly clock: Clock
  readonly random: Random
  readonly connectors: ReadonlyMap<string, ConfiguredConnector>
  readonly sites: ComposeOptions['sites']
  readonly log: Log
  readonly metrics: Pick<Metrics, 'counter' | 'histogram'>
  readonly publicUrl: string
  readonly linksFor?: ComposeOptions['linksFor']
  readonly delivered: Pick<Delivered, 'changed'>
  /** Has the visitor the page open? Known of this process only. */
  readonly visitorOnline: (site: string, visitor: string) => boolean
  /** Names this process in leases. */
  readonly worker: string
}

/** A send that takes longer is cut off, and its outcome unknown. */
export const SEND_TIMEOUT_MS = 20_000
/** Sends under way to one connector, and claimed in all. */
export const MAX_PER_CONNECTOR = 8
export const MAX_CLAIMED = 24
/** Covers waiting for a slot (two full rounds of sends) and the send itself, with room to settle. */
export const LEASE_MS = 90_000
export const STOP_GRACE_MS = 10_000
/** What came of a send is written again after this, when it could not be, ms. */
const SETTLE_AGAIN_MS = 1_000
/** A look at the store even though nothing is known to be due: another process may have stopped. */
const IDLE_LOOK_MS = 30_000
/** Something is due but was not given (a lease elsewhere, a slot): not sooner than this again, ms. */
const CROWDED_LOOK_MS = 500
/** After so many failures in a row a connector is taken for down, and held for a moment as a whole. */
const DOWN_AFTER = 6
const DOWN_HOLD_MS = 5_000
/** Trails kept of unsettled deliveries; the oldest is forgotten first. */
const MAX_TRAILS = 10_000
/** Entries that go together where a connector gathers. */
const MAX_GATHERED = 30

const waitingForPerson = (outcome: Outcome): Attempt => ({
  outcome,
  down: false,
  ...(outcome.kind === 'wait' ? { forPerson: true } : {}),
})

/** Agents are told of whatever was given up on its way to a person: nobody else would mend it. */
const toldBy = (connector: ConfiguredConnector | undefined, outcome: Outcome): Outcome =>
  connector?.role === 'reach' && outcome.kind === 'parked'
    ? { code: 'unreachable', ...outcome }
    : outcome

export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { store, clock, random, connectors, log } = options
  const compose = createCompose(options)
  const windows = createWindows(options)
  const reach = createReach(options)
  const inFlight = createInFlight()
  const tools = { now: () => clock.now(), random }
  const lanes = new Map<string, Lane>()
  const trails = new Map<string, Trail>()
  const running = new Set<Promise<void>>()
  const cutting = new AbortController()
  const settled = options.metrics.counter(
    'homing_deliveries_total',
    'Tries of deliveries by outcome.',
  )
  const took = options.metrics.histogram(
    'homing_delivery_seconds',
    'From the entry to its arrival at the far side.',
    [0.1, 0.5, 1, 2, 5, 15, 60, 300, 3600],
  )
  let state: 'new' | 'running' | 'stopping' = 'new'
  let looking = false
  let again = false
  let timer: Stop | undefined

  const nudge = (): void => {
    if (state !== 'running') return
    again = true
    if (!looking) void look()
  }

  const look = async (): Promise<void> => {
    looking = true
    timer?.()
    let wake = IDLE_LOOK_MS
    try {
      while (again && state === 'running') {
        again = false
        const room = MAX_CLAIMED - running.size
        if (room <= 0) break
        const claimed = await store.claim(options.worker, room, LEASE_MS, clock.now())
        for (const delivery of claimed) run(delivery)
        if (claimed.length === room) again = true
      }
      const due = await store.nextDue()
      if (due !== undefined) wake = Math.min(wake, Math.max(CROWDED_LOOK_MS, due - clock.now()))
    } catch (cause) {
      log.error('delivery-look-failed', { cause })
      wake = CROWDED_LOOK_MS
    }
    looking = false
    // A nudge during the last read must not wait for the timer.
    if (again && running.size < MAX_CLAIMED) nudge()
    else if (state === 'running') timer = clock.after(wake, nudge)
  }

  const run = (delivery: Delivery): void => {
    const task = deliver(delivery)
      .catch((cause: unknown) => {
        log.error('delivery-failed', { delivery: delivery.id, cause })
      })
      .finally(() => {
        running.delete(task)
        nudge()
      })
    running.add(task)
  }

  const deliver = async (delivery: Delivery): Promise<void> => {
    const connector = connectors.get(delivery.connector)
    if (!connector) {
      const reason = `no connector "${delivery.connector}" is configured any more`
      return settle(delivery, { outcome: { kind: 'parked', reason }, down: false })
    }
    const lane = laneOf(delivery.connector)
    await lane.enter()
    try {
      if (state === 'stopping') return await giveBack(delivery)
      inFlight.begin(delivery.connector, delivery.conversation)
      try {
        const result = await tryOnce(delivery, connector)
        await (result.behind
          ? lane.alone(() => settleRefused(delivery, result))
          : settle(delivery, result))
        if (result.forPerson) await lookOnceMore(delivery, connector)
        await watch(lane, delivery.connector, result)
      } finally {
        inFlight.end(delivery.connector, delivery.conversation)
      }
    } finally {
      lane.leave()
    }
  }

  /** What goes with it, where the far side counts calls; what went with it, where it may have. */
  const claimBehind = async (
    delivery: Delivery,
    { capabilities }: ConfiguredConnector,
  ): Promise<readonly Entry[]> => {
    const { gatherMs, maxText, textUnit } = capabilities
    const entriesOf = (all: readonly Delivery[]) => all.map(({ entry }) => entry)
    if (gatherMs === 0) return []
    if (delivery.unsure) return entriesOf(await store.together(delivery))
    if (trailOf(delivery.id).alone) return []
    const dueBy = clock.now() + gatherMs
    const waiting = await store.behind(delivery, MAX_GATHERED, dueBy)
    const count = gather(delivery.entry, entriesOf(waiting), { maxText, textUnit })
    return count === 0 ? [] : entriesOf(await store.claimBehind(delivery, count, dueBy))
  }

  const tryOnce = async (delivery: Delivery, connector: ConfiguredConnector): Promise<Attempt> => {
    const composed = await compose(delivery, connector)
    if (!composed) {
      return {
        outcome: { kind: 'parked', reason: 'its conversation or site is gone' },
        down: false,
      }
    }
    const timeout = new AbortController()
    const stopTimer = clock.after(SEND_TIMEOUT_MS, () => {
      timeout.abort(new DOMException('the send took too long', 'TimeoutError'))
    })
    const signal = AbortSignal.any([timeout.signal, cutting.signal])
    const io = ioOf(options, signal, clock.now())
    try {
      const held = await gateOf(delivery, connector, composed, io)
      if (held) return held
      const more = await claimBehind(delivery, connector)
      const outbound = more.length === 0 ? composed.outbound : composed.with(more)
      return await send(delivery, connector, outbound, io)
    } catch (error) {
      // The window could not be opened now, which says nothing of what waits for it.
      if (!(error instanceof SendError)) throw error
      return afterFailure(delivery, error, false, connector, trailOf(delivery.id), tools, true)
    } finally {
      stopTimer()
    }
  }

  /** What becomes of it without sending it. */
  const gateOf = async (
    delivery: Delivery,
    connector: ConfiguredConnector,
    { outbound, conversation }: Composed,
    io: ConnectorIo,
  ): Promise<Attempt | undefined> => {
    // What may have arrived is looked up first, whatever else is so.
    if (delivery.unsure) return undefined
    if (connector.role === 'reach') {
      const { thread } = outbound
      if (thread === undefined) {
        const reason = 'the visitor is not there any more'
        return { outcome: { kind: 'parked', reason }, down: false }
      }
      const outcome = await reach.gate(delivery, conversation, thread)
      if (outcome) return { outcome, down: false }
    }
    const outcome = await windows.gate(outbound, connector, io)
    return outcome && waitingForPerson(outcome)
  }

  /** The person may have written between the look at the window and the settling. */
  const lookOnceMore = async (
    { connector: id, conversation }: Delivery,
    connector: ConfiguredConnector,
  ): Promise<void> => {
    const thread = await store.thread(id, conversation)
    if (!(await windows.isOpen(connector, thread))) return
    await store.release(id, conversation, clock.now())
  }

  const send = async (
    delivery: Delivery,
    connector: ConfiguredConnector,
    outbound: Outbound,
    io: ConnectorIo,
  ): Promise<Attempt> => {
    const trail = trailOf(delivery.id)
    const result = await attempt(delivery, outbound, connector, io, trail, tools, {
      all: () => store.arrivedParts(delivery.id),
      add: (part, receipt) => insist(() => store.arrivedPart(delivery, part, receipt)),
    })
    if (result.threadGone) await store.unlink(delivery.connector, delivery.conversation)
    if (result.windowClosed) {
      return waitingForPerson(await windows.refused(outbound, connector, io))
    }
    // One of them is at fault, and it is not known which: from now on each goes alone.
    if (result.refused && outbound.more.length > 0) {
      trail.alone = true
      const { reason } = result.outcome.kind === 'parked' ? result.outcome : { reason: 'refused' }
      return { outcome: { kind: 'wait', at: clock.now(), reason, unsure: false }, down: false }
    }
    return result
  }

  /**
   * A disk that is full for a moment must not make us forget what came of a send: until the lease
   * ends, nobody else would look at it either.
   */
  const insist = async <Value>(task: () => Promise<Value>): Promise<Value> => {
    const until = clock.now() + LEASE_MS - SEND_TIMEOUT_MS
    for (;;) {
      try {
        return await task()
      } catch (error) {
        const passing = error instanceof HomingError && error.code === 'unavailable'
        if (!passing || state === 'stopping' || clock.now() >= until) throw error
        await new Promise<void>((resolve) => clock.after(SETTLE_AGAIN_MS, resolve))
      }
    }
  }

  const settle = async (delivery: Delivery, attempted: Attempt): Promise<void> => {
    const { hold } = attempted
    const { id, connector, conversation } = delivery
    const far = connectors.get(connector)
    const toward = far && towardOf(far, connectors.values())
    const outcome = toldBy(far, attempted.outcome)
    const fields = { delivery: id, connector, conversation, attempts: delivery.attempts + 1 }
    const now = clock.now()
    if (!(await insist(() => store.settle(delivery, outcome, now, hold, toward)))) {
      log.info('delivery-lease-lost', { ...fields, reason: 'lease-lost' })
      return
    }
    if (hold) log.error('connector-held', { connector, ms: hold.until - now, reason: 'held' })
    if (outcome.kind === 'done' || outcome.kind === 'parked')
      options.delivered.changed(conversation)
    settled.add({ connector, outcome: outcome.kind })
    if (outcome.kind === 'done') took.observe((now - delivery.entry.time) / 1000)
    if (outcome.kind === 'done') trails.delete(id)
    if (outcome.kind === 'parked') forget(id)
    if (outcome.kind === 'parked') log.error('delivery-parked', { ...fields, reason: 'parked' })
    else if (outcome.kind === 'done') log.debug('delivery-done', fields)
    else log.info('delivery-waits', { ...fields, reason: outcome.kind })
  }

  /**
   * Who is refused for all is parked, and people see why nothing goes there. One is enough: a far
   * side that refuses for days must not cost a click for each conversation.
   */
  const settleRefused = async (delivery: Delivery, result: Attempt): Promise<void> => {
    const parked = await store.parked(delivery.site)
    const shown = parked.some(
      ({ connector, reason }) =>
        connector === delivery.connector && reason.startsWith(`${result.hold?.reason}:`),
    )
    return settle(delivery, shown && result.behind ? { ...result, outcome: result.behind } : result)
  }

  /** A far side that is down is asked now and then, not by each of its conversations. */
  const watch = async (lane: Lane, connector: string, { down }: Attempt): Promise<void> => {
    lane.failures = down ? lane.failures + 1 : 0
    if (lane.failures < DOWN_AFTER) return
    lane.failures = 0
    await store.holdConnector(connector, clock.now() + DOWN_HOLD_MS, 'it cannot be reached')
    log.info('connector-down', { connector, ms: DOWN_HOLD_MS, reason: 'held' })
  }

  const giveBack = async (delivery: Delivery): Promise<void> => {
    const { unsure } = delivery
    const reason = 'the relay stopped before the try'
    await store.settle(delivery, { kind: 'wait', at: clock.now(), reason, unsure }, clock.now())
  }

  /** A replay is a new beginning; but what arrived of it has arrived. */
  const forget = (id: string): void => {
    const trail = trails.get(id)
    if (trail?.arrived) trails.set(id, { arrived: trail.arrived, leftAt: undefined })
    else trails.delete(id)
  }

  const laneOf = (connector: string): Lane => {
    const lane = lanes.get(connector) ?? createLane(MAX_PER_CONNECTOR)
    lanes.set(connector, lane)
    return lane
  }

  const trailOf = (id: string): Trail => {
    const trail = trails.get(id) ?? { leftAt: undefined }
    trails.set(id, trail)
    const [oldest] = trails.keys()
    if (trails.size > MAX_TRAILS && oldest !== undefined) trails.delete(oldest)
    return trail
  }

  return {
    start() {
      if (state !== 'new') return
      state = 'running'
      nudge()
    },
    async stop() {
      state = 'stopping'
      timer?.()
      const stopTimer = clock.after(STOP_GRACE_MS, () => cutting.abort())
      // Cut sends settle as unknown, so this ends in any case.
      while (running.size > 0) await Promise.all(running)
      stopTimer()
    },
    nudge,
    idle: (connector, conversation) => inFlight.idle(connector, conversation),
  }
}
