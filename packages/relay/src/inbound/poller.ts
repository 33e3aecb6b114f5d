import type { Clock, Random, Stop } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Outside } from '../connectors/outside.ts'
import { ioOf } from '../connectors/outside.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Store } from '../store/store.ts'
import type { Inbound } from './inbound.ts'

/**
 * Asks far sides what happened, for the webhooks that got lost.
 *
 *   read cursor ──▶ poll ──▶ apply the facts ──▶ save cursor ──▶ wait ─┐
 *       ▲──────────────────────────────────────────────────────────────┘
 *
 * The cursor is saved after the facts are committed: a crash in between asks for them again, and
 * each is still applied once.
 */
export interface Poller {
  start(): void
  /** The connectors changed: begin with those that came, let go of those that went. */
  changed(): void
  /** Ends a running poll. May be called twice. */
  stop(): Promise<void>
}

export interface PollerOptions extends Outside {
  readonly store: Pick<Store, 'cursor' | 'saveCursor'>
  readonly inbound: Pick<Inbound, 'apply'>
  readonly clock: Clock
  readonly random: Random
  /** Read anew at every `changed`. */
  readonly connectors: () => Iterable<ConfiguredConnector>
  readonly log: Log
  readonly metrics: Pick<Metrics, 'counter'>
}

export const POLL_TIMEOUT_MS = 20_000
/** A far side that is down is asked at most this seldom, ms. */
export const MAX_POLL_GAP_MS = 60_000
/** Part of a gap that is left to chance. */
const GAP_JITTER = 0.1

export function createPoller(options: PollerOptions): Poller {
  const { store, clock, log } = options
  const polls = options.metrics.counter('homing_polls_total', 'Polls of far sides by result.')
  const stopping = new AbortController()
  const timers = new Map<string, Stop>()
  const running = new Set<Promise<void>>()
  /** What is asked now: the very connector, for its settings may be others under the same id. */
  const asked = new Map<string, ConfiguredConnector>()

  const schedule = (connector: ConfiguredConnector, failures: number): void => {
    if (stopping.signal.aborted || asked.get(connector.id) !== connector) return
    const every = connector.capabilities.pollEveryMs
    const gap = Math.min(Math.max(every, MAX_POLL_GAP_MS), every * 2 ** Math.min(failures, 6))
    const wait = Math.round(gap * (1 + GAP_JITTER * options.random()))
    timers.set(
      connector.id,
      clock.after(wait, () => run(connector, failures)),
    )
  }

  const run = (connector: ConfiguredConnector, failures: number): void => {
    const task = poll(connector)
      .then(
        () => {
          polls.add({ connector: connector.id, result: 'ok' })
          schedule(connector, 0)
        },
        (cause: unknown) => {
          polls.add({ connector: connector.id, result: 'failed' })
          // Told once; then it is known until it comes back.
          if (failures === 0) log.info('poll-failed', { connector: connector.id, cause })
          schedule(connector, failures + 1)
        },
      )
      .finally(() => running.delete(task))
    running.add(task)
  }

  const poll = async (connector: ConfiguredConnector): Promise<void> => {
    const timeout = new AbortController()
    const stopTimer = clock.after(POLL_TIMEOUT_MS, () => timeout.abort())
    const signal = AbortSignal.any([timeout.signal, stopping.signal])
    try {
      const before = await store.cursor(connector.id)
      const io = ioOf(options, signal, clock.now())
      const { facts, cursor } = await connector.poll(before, io)
      await options.inbound.apply(connector.id, facts)
      if (cursor !== before) await store.saveCursor(connector.id, cursor)
    } finally {
      stopTimer()
    }
  }

  let started = false

  const changed = (): void => {
    if (!started) return
    const wanted = new Map<string, ConfiguredConnector>()
    for (const connector of options.connectors()) {
      const { id, hook, capabilities } = connector
      // Of one that is desk and reach the first is asked, for both.
      if (capabilities.pollEveryMs > 0 && id === hook) wanted.set(id, connector)
    }
    for (const [id, connector] of asked) {
      if (wanted.get(id) === connector) continue
      asked.delete(id)
      timers.get(id)?.()
      timers.delete(id)
    }
    for (const [id, connector] of wanted) {
      if (asked.has(id)) continue
      asked.set(id, connector)
      run(connector, 0)
    }
  }

  return {
    start() {
      started = true
      changed()
    },
    changed,
    async stop() {
      stopping.abort()
      for (const stop of timers.values()) stop()
      await Promise.all(running)
    },
  }
}
