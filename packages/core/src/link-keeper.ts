import { backoffMs } from './backoff.ts'
import type { Clock, Random, Stop } from './clock.ts'
import {
  BACKOFF_RESET_MS,
  CONNECT_TIMEOUT_MS,
  FALLBACK_MEMORY_MS,
  PROBE_TIMEOUT_MS,
  REFUSED_RETRY_MS,
  SILENCE_MS,
  SOCKET_RETRY_MS,
  WAKE_PROBE_AFTER_MS,
} from './constants.ts'
import type { ErrorCode } from './errors.ts'
import type { ClientFrame, ServerFrame } from './protocol.ts'
import type { CloseReason, Link, Target, Transport } from './transport.ts'

/**
 * Keeps one useful link to the relay for as long as one is wanted. Decides when to connect, over
 * which transport, and when a link that looks open is dead. Knows nothing of conversations.
 *
 *            connect()                 welcome
 *   idle ───────────────▶ opening ───────────────▶ live
 *    ▲                    ▲     │ closed, too late   │ closed, silent, bye
 *    │ disconnect()       │     ▼                    ▼
 *    └──────────────── waiting ◀─────────────────────┘
 *      (from any state)   timer or wake()
 *
 * A link is useful only once it gave a welcome. A transport that failed before that hands over to
 * the other one; which of them worked is remembered, so that a blocked socket costs its time-out
 * once in ten minutes and not at every reconnect.
 */
export interface LinkKeeper {
  connect(): void
  /** Give up the link, at once and without a reconnect. */
  disconnect(): void
  /** Something suggests that the network or the page is back: try or probe now. */
  wake(): void
  /** Give up the link and open a new one now: what it was told is no longer true. */
  renew(): void
  /** False when there is no live link or it takes nothing now. */
  send(frame: ClientFrame): boolean
  state(): LinkState
}

export type LinkState = 'idle' | 'opening' | 'live' | 'waiting'

export interface LinkKeeperOptions extends LinkUser {
  /** The first is preferred. */
  readonly transports: readonly Transport[]
  readonly clock: Clock
  readonly random: Random
}

/** Whose link it is: what it says in greeting, and what it hears. */
export interface LinkUser {
  readonly target: Target
  /** Frames in order; the welcome that makes a link live comes first. */
  received(frame: ServerFrame): void | Promise<void>
  changed(state: LinkState): void
  /** The relay will not talk to this site or page; said once per attempt. */
  refused(code: ErrorCode, message: string): void
}

type Phase =
  | { readonly state: 'idle' }
  | {
      readonly state: 'opening'
      readonly link: Link
      readonly since: number
      readonly late: Stop
    }
  | {
      readonly state: 'live'
      readonly link: Link
      readonly since: number
      readonly watch: Stop
      /** Ends a stay on the fallback, to try the preferred transport again. */
      readonly retry: Stop
    }
  | { readonly state: 'waiting'; readonly timer: Stop }

const nothing: Stop = () => {}

export function createLinkKeeper(options: LinkKeeperOptions): LinkKeeper {
  const { clock, transports } = options
  let phase: Phase = { state: 'idle' }
  let failures = 0
  let heard = 0
  let probing: Stop = nothing
  /** Monotonic time until which the preferred transport is not tried. */
  let avoidUntil = -Infinity
  /** The transport to try next, when the last attempt failed before its welcome. */
  let next = 0
  /** How long the preferred transport is avoided, should the other one work now. */
  let avoidFor = SOCKET_RETRY_MS

  const enter = (to: Phase): void => {
    const from = phase
    phase = to
    if (from.state === 'opening') from.late()
    if (from.state === 'waiting') from.timer()
    if (from.state === 'live') {
      from.watch()
      from.retry()
      probing()
    }
    if (from.state !== to.state) options.changed(to.state)
  }

  const wait = (ms: number): void => {
    enter({ state: 'waiting', timer: clock.after(ms, open) })
  }

  const choose = (): number => {
    if (next === 0 && clock.monotonic() < avoidUntil && transports.length > 1) return 1
    return next % transports.length
  }

  function open(): void {
    const at = choose()
    const transport = transports[at]
    if (!transport) return
    const current = (): boolean =>
      (phase.state === 'opening' || phase.state === 'live') && phase.link === link
    // Its events come later, never before `open` has returned.
    const link: Link = transport.open(options.target, {
      received: (frame) => (current() ? receive(link, at, frame) : undefined),
      closed: (reason) => {
        if (current()) lost(reason, at)
      },
    })
    const late = clock.after(CONNECT_TIMEOUT_MS, () => {
      if (!current()) return
      lost('useless', at)
      link.abandon()
    })
    enter({ state: 'opening', link, since: clock.monotonic(), late })
  }

  /** A new link takes the place of this one, whose end nobody waits for. */
  function replace(link: Link): void {
    open()
    link.abandon()
  }

  function receive(link: Link, at: number, frame: ServerFrame): void | Promise<void> {
    heard = clock.monotonic()
    probing()
    probing = nothing
    if (phase.state === 'opening' && frame.t === 'reject' && frame.id === undefined) {
      // The hello was not taken. Said last: who hears it may want to give up.
      if (frame.retryable) retryIn(frame.retryAfter)
      else wait(REFUSED_RETRY_MS)
      link.abandon()
      if (!frame.retryable) options.refused(frame.code, frame.message)
      return
    }
    if (frame.t === 'bye') {
      // Not a failure: the relay says when it is back.
      wait(Math.min(frame.after, REFUSED_RETRY_MS))
      link.abandon()
      return
    }
    if (frame.t === 'welcome' && phase.state === 'opening') becomeLive(link, at)
    return options.received(frame)
  }

  function becomeLive(link: Link, at: number): void {
    let retry = nothing
    if (at === 0) {
      avoidUntil = -Infinity
    } else {
      // Only a failure is remembered anew: a reconnect by memory does not prolong it.
      if (next === 1) avoidUntil = clock.monotonic() + avoidFor
      retry = clock.after(avoidUntil - clock.monotonic(), () => {
        if (phase.state === 'live' && phase.link === link) replace(link)
      })
    }
    next = 0
    enter({ state: 'live', link, since: clock.monotonic(), watch: nothing, retry })
    watchSilence(link)
  }

  function lost(reason: CloseReason, at: number): void {
    if (phase.state === 'live') {
      if (clock.monotonic() - phase.since >= BACKOFF_RESET_MS) failures = 0
    } else if (at === 0 && transports.length > 1) {
      // It gave no welcome: the other one's turn. That counts as one attempt with two ways, so
      // that a blocked socket does not stretch the waits of a network that is back.
      next = 1
      avoidFor = reason === 'useless' ? FALLBACK_MEMORY_MS : SOCKET_RETRY_MS
      return wait(backoffMs(1, options.random))
    } else {
      // Neither works: it is the network. Begin with the preferred one again.
      next = 0
      avoidUntil = -Infinity
    }
    retryIn(0)
  }

  function retryIn(atLeast = 0): void {
    failures++
    wait(Math.max(atLeast, backoffMs(failures, options.random)))
  }

  /**
   * Probe once nothing was heard for `limit`. One timer that is set anew only when it fires, not
   * at every frame.
   */
  function watchSilence(link: Link, limit = SILENCE_MS): void {
    if (phase.state !== 'live' || phase.link !== link) return
    const before = heard
    const silent = clock.monotonic() - before
    if (silent >= limit) probe(link)
    phase.watch()
    const watch = clock.after(silent >= limit ? SILENCE_MS : limit - silent, () =>
      watchSilence(link, heard === before ? limit : SILENCE_MS),
    )
    phase = { ...phase, watch }
  }

  /** Ask whether the far end is there; its close is not waited for when it is not. */
  function probe(link: Link): void {
    if (probing !== nothing) return
    link.send({ t: 'ping' })
    probing = clock.after(PROBE_TIMEOUT_MS, () => {
      probing = nothing
      if (phase.state !== 'live' || phase.link !== link) return
      // At once: the silence was the wait.
      replace(link)
    })
  }

  return {
    connect: () => {
      if (phase.state === 'idle') open()
    },
    disconnect: () => {
      const from = phase
      enter({ state: 'idle' })
      if (from.state === 'opening' || from.state === 'live') from.link.abandon()
    },
    wake: () => {
      // What failed before says nothing about the network that may be back.
      failures = 0
      if (phase.state === 'waiting') open()
      else if (phase.state === 'live') watchSilence(phase.link, WAKE_PROBE_AFTER_MS)
      else if (phase.state === 'opening' && clock.monotonic() - phase.since >= PROBE_TIMEOUT_MS) {
        // Begun on a network that is gone; a young one may still get through.
        replace(phase.link)
      }
    },
    renew: () => {
      if (phase.state === 'opening' || phase.state === 'live') replace(phase.link)
    },
    send: (frame) => phase.state === 'live' && phase.link.send(frame),
    state: () => phase.state,
  }
}
