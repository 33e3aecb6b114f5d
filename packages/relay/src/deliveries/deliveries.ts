import type { Stop } from '@homing/core'
import type { Delivery, Store } from '../store/store.ts'
import type { Attempt } from './attempt.ts'
import { withoutHold } from './attempt.ts'
import { createInFlight } from './in-flight.ts'
import type { Lane } from './lane.ts'
import { createLane } from './lane.ts'
import type { SettlementOptions } from './settlement.ts'
import { createSettlement } from './settlement.ts'
import { createTrails } from './trails.ts'
import type { TriesOptions } from './tries.ts'
import { createTries } from './tries.ts'

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

export interface DeliveriesOptions extends TriesOptions, SettlementOptions {
  readonly store: Pick<Store, 'claim' | 'nextDue' | 'holdConnector'> &
    TriesOptions['store'] &
    SettlementOptions['store']
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
/** A look at the store even though nothing is known to be due: another process may have stopped. */
const IDLE_LOOK_MS = 30_000
/** Something is due but was not given (a lease elsewhere, a slot): not sooner than this again, ms. */
const CROWDED_LOOK_MS = 500
/** After so many failures in a row a connector is taken for down, and held for a moment as a whole. */
const DOWN_AFTER = 6
const DOWN_HOLD_MS = 5_000

export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { store, clock, connectors, log } = options
  const inFlight = createInFlight()
  const lanes = new Map<string, Lane>()
  const running = new Set<Promise<void>>()
  const cutting = new AbortController()
  const trails = createTrails()
  const settlement = createSettlement(options, {
    trails,
    patienceMs: LEASE_MS - SEND_TIMEOUT_MS,
    stopping: () => state === 'stopping',
  })
  const tries = createTries(options, {
    trails,
    insist: settlement.insist,
    timeoutMs: SEND_TIMEOUT_MS,
    cut: cutting.signal,
  })
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
    const lane = laneOf(delivery.connector)
    await lane.enter()
    try {
      if (state === 'stopping') return await settlement.giveBack(delivery)
      const connector = connectors.get(delivery.connector)
      if (!connector) {
        const reason = `no connector "${delivery.connector}" is configured any more`
        return await settlement.settle(delivery, {
          outcome: { kind: 'parked', reason },
          down: false,
        })
      }
      inFlight.begin(delivery.connector, delivery.conversation)
      try {
        const tried = await tries.once(delivery, connector)
        // Refused with settings that are not those of now, which may be mended.
        const result = connectors.get(connector.id) === connector ? tried : withoutHold(tried)
        await (result.behind
          ? lane.alone(() => settlement.settleRefused(delivery, result))
          : settlement.settle(delivery, result))
        if (result.forPerson) await tries.lookAgain(delivery, connector)
        await watch(lane, delivery.connector, result)
      } finally {
        inFlight.end(delivery.connector, delivery.conversation)
      }
    } finally {
      lane.leave()
    }
  }

  /** A far side that is down is asked now and then, not by each of its conversations. */
  const watch = async (lane: Lane, connector: string, { down }: Attempt): Promise<void> => {
    lane.failures = down ? lane.failures + 1 : 0
    if (lane.failures < DOWN_AFTER) return
    lane.failures = 0
    await store.holdConnector(connector, clock.now() + DOWN_HOLD_MS, 'it cannot be reached')
    log.info('connector-down', { connector, ms: DOWN_HOLD_MS, reason: 'held' })
  }

  const laneOf = (connector: string): Lane => {
    const lane = lanes.get(connector) ?? createLane(MAX_PER_CONNECTOR)
    lanes.set(connector, lane)
    return lane
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
