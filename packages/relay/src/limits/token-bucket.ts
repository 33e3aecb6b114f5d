/**
 * A token bucket as one number: the time at which it is full again. Taking moves that time
 * forward; no more than `burst` takings may lie ahead of now. Pure.
 */
export interface Rate {
  /** Takings at once. */
  readonly burst: number
  /** One more after each, ms. */
  readonly everyMs: number
}

export type Taken =
  | { readonly ok: true; readonly fullAt: number }
  /** Milliseconds until it would be granted. */
  | { readonly ok: false; readonly retryAfter: number }

/** `fullAt` undefined: a full bucket. `now` only rises. */
export function takeToken(fullAt: number | undefined, now: number, rate: Rate): Taken {
  const next = Math.max(fullAt ?? now, now) + rate.everyMs
  const wait = next - now - rate.burst * rate.everyMs
  return wait > 0 ? { ok: false, retryAfter: Math.ceil(wait) } : { ok: true, fullAt: next }
}
