/** Undoes what was started. May be called twice. */
export type Stop = () => void

/** Time and timers. Injected everywhere, so that a test or the simulator owns the time. */
export interface Clock {
  /** Milliseconds since 1970, UTC. May jump: use it for stamps, never for durations. */
  now(): number
  /** Milliseconds that only rise; the origin means nothing. */
  monotonic(): number
  /** Call once after `ms`. The returned stop cancels it. */
  after(ms: number, callback: () => void): Stop
}

/** A number in [0, 1). */
export type Random = () => number

/** `count` unpredictable bytes. */
export type RandomBytes = (count: number) => Uint8Array
