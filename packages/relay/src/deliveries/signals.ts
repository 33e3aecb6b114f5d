import type { Clock, Stop } from '@homing/core'
import type { Bus, Hint } from '../bus/bus.ts'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Place, Signal } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import type { Outside } from '../connectors/outside.ts'
import { ioOf } from '../connectors/outside.ts'
import type { Metrics } from '../metrics.ts'
import type { Store } from '../store/store.ts'
import { createRecent } from '../recent.ts'

/**
 * The visitor's typing and reading, toward the desks that can show it.
 *
 *   hint ──▶ his? ──▶ often enough already? ──▶ held? its thread known? ──▶ told, once
 *
 * All of it is worthless a moment later: nothing is queued, nothing is tried again, and what does
 * not fit is left out. A typing that nobody ended ends by itself over there.
 */
export interface Signals {
  start(): void
  /** The connectors changed: listen where one of them can be told. */
  changed(): void
  /** What is under way is cut off. May be called twice. */
  stop(): Promise<void>
}

export interface SignalsOptions extends Outside {
  readonly store: Pick<Store, 'conversation' | 'thread' | 'holds' | 'readAfter'>
  readonly bus: Pick<Bus, 'subscribe'>
  readonly clock: Clock
  readonly connectors: ReadonlyMap<string, ConfiguredConnector>
  readonly metrics: Pick<Metrics, 'counter'>
}

/** A desk is told that a visitor types at most so often, ms; once in between that he stopped. */
export const TYPING_GAP_MS = 5_000
/** Longer and it says nothing any more, ms. */
export const TELL_TIMEOUT_MS = 5_000
/** Under way to one connector; what comes on top is left out. */
export const MAX_TOLD_AT_ONCE = 4
/** A far side that failed is told nothing for so long, unless it says how long, ms. */
export const FAILED_REST_MS = 30_000
/** How long it is believed where a conversation is, and that it is nowhere yet, ms. */
const PLACE_TTL_MS = 60_000
const NO_PLACE_TTL_MS = 10_000
/** How long it is believed which connectors are held, ms. */
const HOLDS_TTL_MS = 1_000
/** Conversations remembered; the oldest is forgotten first. */
const MAX_REMEMBERED = 5_000
/** Entries looked through for one that the visitor has not read. */
const MAX_LOOKED_THROUGH = 50

type VisitorHint = Extract<Hint, { readonly kind: 'typing' | 'read' }>

export function createSignals(options: SignalsOptions): Signals {
  const { store, bus, clock, connectors } = options
  const counted = options.metrics.counter(
    'homing_signals_total',
    "Visitors' typing and reading toward desks by result.",
  )
  const stopping = new AbortController()
  /** By site. */
  const listening = new Map<string, Stop>()
  const places = createRecent<Place | 'none'>(MAX_REMEMBERED)
  /** When typing was told last; `shown` until its end was. */
  const typing = createRecent<{ readonly at: number; readonly shown: boolean }>(MAX_REMEMBERED)
  const resting = new Map<string, number>()
  /** The last one of a conversation to a connector: its end must not overtake its beginning. */
  const turns = new Map<string, Promise<void>>()
  const underWay = new Map<string, number>()
  let holds: { readonly until: number; readonly held: Promise<ReadonlySet<string>> } | undefined
  let started = false

  const hear = (hint: Hint): void => {
    const signal = signalOf(hint)
    if (!signal) return
    for (const connector of connectors.values()) {
      const { site, role, capabilities } = connector
      if (site !== hint.site || role !== 'desk') continue
      if (capabilities.tells?.includes(signal.kind)) pass(connector, hint as VisitorHint, signal)
    }
  }

  const pass = (connector: ConfiguredConnector, hint: VisitorHint, signal: Signal): void => {
    const { id } = connector
    const key = `${id} ${hint.conversation}`
    if ((resting.get(id) ?? 0) > clock.now()) return
    if (signal.kind === 'typing' && !isTypingDue(key, signal.on)) return
    const count = underWay.get(id) ?? 0
    if (count >= MAX_TOLD_AT_ONCE)
      return counted.add({ ...labels(connector, signal), result: 'left-out' })
    underWay.set(id, count + 1)
    const turn = (turns.get(key) ?? Promise.resolve())
      .then(() => tell(connector, hint, signal, key))
      .finally(() => {
        underWay.set(id, (underWay.get(id) ?? 1) - 1)
        if (turns.get(key) === turn) turns.delete(key)
      })
    turns.set(key, turn)
  }

  const isTypingDue = (key: string, on: boolean): boolean => {
    const now = clock.monotonic()
    const last = typing.get(key)
    const due = on ? now - (last?.at ?? -Infinity) >= TYPING_GAP_MS : last?.shown === true
    if (due) typing.set(key, { at: on ? now : (last?.at ?? now), shown: on })
    return due
  }

  /** Never rejects: nobody waits for it, and what fails is only counted. */
  const tell = async (
    connector: ConfiguredConnector,
    hint: VisitorHint,
    signal: Signal,
    key: string,
  ): Promise<void> => {
    const timeout = new AbortController()
    const stopTimer = clock.after(TELL_TIMEOUT_MS, () => timeout.abort())
    try {
      if ((await heldNow()).has(connector.id)) return
      const place = await placeOf(connector, hint, key)
      if (place === 'none' || stopping.signal.aborted) return
      if (hint.kind === 'read' && !(await isAllRead(hint))) return
      const io = ioOf(options, AbortSignal.any([timeout.signal, stopping.signal]), clock.now())
      await connector.tell(signal, place, io)
      counted.add({ ...labels(connector, signal), result: 'told' })
    } catch (error) {
      counted.add({ ...labels(connector, signal), result: 'failed' })
      rest(connector.id, key, error)
    } finally {
      stopTimer()
    }
  }

  /** What is wrong with one conversation only is no reason to be silent about the others. */
  const rest = (connector: string, key: string, error: unknown): void => {
    const { failure, retryAfter } = error instanceof SendError ? error : {}
    const now = clock.now()
    if (failure === 'thread-gone' || failure === 'bad-content' || failure === 'bad-recipient') {
      places.set(key, 'none', now + PLACE_TTL_MS)
    } else resting.set(connector, now + (retryAfter ?? FAILED_REST_MS))
  }

  const heldNow = (): Promise<ReadonlySet<string>> => {
    const now = clock.now()
    if (!holds || holds.until <= now) {
      const held = store.holds(now).then((all) => new Set(all.map(({ connector }) => connector)))
      holds = { until: now + HOLDS_TTL_MS, held }
    }
    return holds.held
  }

  const placeOf = async (
    { id }: ConfiguredConnector,
    { conversation, visitor }: VisitorHint,
    key: string,
  ): Promise<Place | 'none'> => {
    const now = clock.now()
    const known = places.get(key, now)
    if (known) return known
    const [thread, found] = await Promise.all([
      store.thread(id, conversation),
      store.conversation(conversation),
    ])
    const here = found && (found.desks === undefined || found.desks.includes(id))
    const place = here && thread !== undefined ? { conversation, thread, visitor } : 'none'
    places.set(key, place, now + (place === 'none' ? NO_PLACE_TTL_MS : PLACE_TTL_MS))
    return place
  }

  /** Desks know no "up to here", so it is told when nothing is left but his own words. */
  const isAllRead = async ({ conversation, seq }: Hint & { kind: 'read' }): Promise<boolean> => {
    const after = await store.readAfter(conversation, seq, MAX_LOOKED_THROUGH)
    return after.every(({ author }) => author.role === 'visitor')
  }

  const changed = (): void => {
    if (!started || stopping.signal.aborted) return
    const sites = new Set(
      [...connectors.values()].flatMap(({ site, role, capabilities }) =>
        role === 'desk' && capabilities.tells ? [site] : [],
      ),
    )
    for (const [site, stop] of listening) {
      if (sites.has(site)) continue
      stop()
      listening.delete(site)
    }
    for (const site of sites) {
      if (!listening.has(site)) listening.set(site, bus.subscribe(`agents:${site}`, hear))
    }
  }

  return {
    start() {
      started = true
      changed()
    },
    changed,
    async stop() {
      for (const stop of listening.values()) stop()
      listening.clear()
      stopping.abort()
      await Promise.all(turns.values())
    },
  }
}

/** What the visitor did; undefined: it was somebody else, or something else. */
function signalOf(hint: Hint): Signal | undefined {
  if (hint.kind === 'typing' && hint.author.role === 'visitor')
    return { kind: 'typing', on: hint.on }
  if (hint.kind === 'read' && hint.by === 'visitor') return { kind: 'read' }
  return undefined
}

const labels = ({ id }: ConfiguredConnector, { kind }: Signal) => ({ connector: id, kind })
