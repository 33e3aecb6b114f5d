import type { Clock } from '@homing/core'
import { HomingError } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Delivered } from '../conversation/delivered.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Delivery, Outcome, Store } from '../store/store.ts'
import type { Attempt } from './attempt.ts'
import { towardOf } from './toward.ts'
import type { Trails } from './trails.ts'

/** Writes down what came of a try, and says so. */
export interface Settlement {
  settle(delivery: Delivery, attempted: Attempt): Promise<void>
  /**
   * Who is refused for all is parked, and people see why nothing goes there. One is enough: a far
   * side that refuses for days must not cost a click for each conversation. One at a time.
   */
  settleRefused(delivery: Delivery, attempted: Attempt): Promise<void>
  /** It was not tried. */
  giveBack(delivery: Delivery): Promise<void>
  readonly insist: Insist
}

/**
 * A disk that is full for a moment must not make us forget what came of a send: until the lease
 * ends, nobody else would look at it either.
 */
export type Insist = <Value>(task: () => Promise<Value>) => Promise<Value>

export interface SettlementOptions {
  readonly store: Pick<Store, 'settle' | 'parked'>
  readonly clock: Clock
  readonly connectors: ReadonlyMap<string, ConfiguredConnector>
  readonly delivered: Pick<Delivered, 'changed'>
  readonly log: Log
  readonly metrics: Pick<Metrics, 'counter' | 'histogram'>
}

interface Tools {
  readonly trails: Trails
  /** How long is insisted, ms. */
  readonly patienceMs: number
  readonly stopping: () => boolean
}

/** What came of a send is written again after this, when it could not be, ms. */
const AGAIN_MS = 1_000

export function createSettlement(
  options: SettlementOptions,
  { trails, patienceMs, stopping }: Tools,
): Settlement {
  const { store, clock, connectors, log } = options
  const settled = options.metrics.counter(
    'homing_deliveries_total',
    'Tries of deliveries by outcome.',
  )
  const took = options.metrics.histogram(
    'homing_delivery_seconds',
    'From the entry to its arrival at the far side.',
    [0.1, 0.5, 1, 2, 5, 15, 60, 300, 3600],
  )

  const insist: Insist = async (task) => {
    const until = clock.now() + patienceMs
    for (;;) {
      try {
        return await task()
      } catch (error) {
        const passing = error instanceof HomingError && error.code === 'unavailable'
        if (!passing || stopping() || clock.now() >= until) throw error
        await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve))
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
    if (outcome.kind === 'done') trails.end(id, 'done')
    if (outcome.kind === 'parked') trails.end(id, 'parked')
    if (outcome.kind === 'parked') log.error('delivery-parked', { ...fields, reason: 'parked' })
    else if (outcome.kind === 'done') log.debug('delivery-done', fields)
    else log.info('delivery-waits', { ...fields, reason: outcome.kind })
  }

  return {
    insist,
    settle,
    async settleRefused(delivery, attempted) {
      const parked = await store.parked(delivery.site)
      const shown = parked.some(
        ({ connector, reason }) =>
          connector === delivery.connector && reason.startsWith(`${attempted.hold?.reason}:`),
      )
      const { behind } = attempted
      return settle(delivery, shown && behind ? { ...attempted, outcome: behind } : attempted)
    },
    async giveBack(delivery) {
      const { unsure } = delivery
      const reason = 'the relay stopped before the try'
      await store.settle(delivery, { kind: 'wait', at: clock.now(), reason, unsure }, clock.now())
    },
  }
}

/** Agents are told of whatever was given up on its way to a person: nobody else would mend it. */
const toldBy = (connector: ConfiguredConnector | undefined, outcome: Outcome): Outcome =>
  connector?.role === 'reach' && outcome.kind === 'parked'
    ? { code: 'unreachable', ...outcome }
    : outcome
