import type { Random } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { ConnectorIo, Outbound } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import type { Delivery, Outcome, Receipt } from '../store/store.ts'
import { partsOf } from './parts.ts'
import { MAX_RETRY_AFTER_MS, retryDelay } from './retry.ts'
import { refusalOf } from './toward.ts'

/**
 * One try of one delivery: what to do, and what came of it.
 *
 *   unsure? ──no──▶ send ──▶ done | retry | unknown | parked
 *      └─yes─▶ reconcile ──found──▶ done
 *                 ├──surely absent──▶ send
 *                 └──not sure──▶ unknown, until the table ends: parked
 *
 * A text that is too long goes in parts, each begun when the one before is written down as arrived.
 * So no part is sent twice, and of a delivery that may have arrived one part at most is in doubt.
 */
export interface Attempt {
  readonly outcome: Outcome
  /** The whole connector is to wait until then. */
  readonly hold?: { readonly until: number; readonly reason: string }
  /**
   * Refused together with everybody else: `outcome` parks it, as the one that people are shown.
   * This is what becomes of it when another one is shown for the same reason already.
   */
  readonly behind?: Outcome
  /** The far side could not be reached, or did not answer. */
  readonly down: boolean
  /** The thread is gone there: forget it, so that the next try opens another one. */
  readonly threadGone?: true
  /** The far side takes no free text now. */
  readonly windowClosed?: true
  /** It waits until the person there writes. */
  readonly forPerson?: true
  /** It surely did not arrive, and never will as it is. */
  readonly refused?: true
}

/** The same, as if it said nothing of the connector: it is tried again with what is so now. */
export function withoutHold(attempted: Attempt): Attempt {
  const { hold, behind, ...rest } = attempted
  return hold ? { ...rest, outcome: behind ?? rest.outcome } : attempted
}

/** What earlier tries of this process know of a delivery. */
export interface Trail {
  /** It surely arrived, which could not be written down. Of a text in parts the store knows. */
  arrived?: Receipt | undefined
  /** When the last try left that may have arrived; the far side may still be at it. */
  leftAt: number | undefined
  /** Keys of what may have arrived. */
  inDoubt?: Set<string>
  /** Its thread was gone, and it goes to a new one. */
  reopened?: boolean
  /** It was refused together with others, so it goes alone. */
  alone?: boolean
}

/** Which parts of a delivery's text arrived, kept beyond this process. */
export interface ArrivedParts {
  all(): Promise<ReadonlyMap<number, Receipt>>
  add(part: number, receipt: Receipt): Promise<void>
}

/** The first look after a send that may have arrived, ms. */
export const RECONCILE_AFTER_MS = 1_000
/** Only after this long is "absent" believed: a slow far side may still be writing, ms. */
export const ABSENT_AFTER_MS = 8_000
/** A far side that tells later whether a message arrived has so long to do it, ms. */
export const RECEIPT_PATIENCE_MS = 10 * 60_000
/** Credentials are tried again after this long, ms. An operator's replay is quicker. */
export const REAUTH_HOLD_MS = 5 * 60_000
/** An endpoint that said 410 is left alone until an operator replays, ms. */
export const GONE_HOLD_MS = 365 * 24 * 3_600_000

const REFUSED_ADVICE = {
  'needs-reauth': 'mend the credentials, then replay this; what comes after it waits',
  gone: 'nothing more goes there until this is replayed',
} as const
const MAY_HAVE_ARRIVED = 'it may have arrived: look at the far side before replaying it'

export async function attempt(
  delivery: Delivery,
  outbound: Outbound,
  connector: ConfiguredConnector,
  io: ConnectorIo,
  trail: Trail,
  tools: { readonly now: () => number; readonly random: Random },
  arrived: ArrivedParts,
): Promise<Attempt> {
  const parts = partsOf(outbound, connector.capabilities)
  const known = parts.length > 1 ? await arrived.all() : undefined
  const receipts = new Map<string, Receipt>()
  for (const { key, part } of parts) {
    const receipt = known && part ? known.get(part.number) : trail.arrived
    if (receipt) receipts.set(key, receipt)
  }
  const missing = parts.filter(({ key }) => !receipts.has(key))
  const doubts = doubtsOf(delivery, trail, missing)
  let thread = outbound.thread
  for (const part of missing) {
    const next: Outbound = thread === undefined ? part : { ...part, thread }
    const unsure = doubts.has(part.key)
    doubts.add(part.key)
    try {
      const receipt = await deliver(next, connector, io, unsure, trail, tools.now)
      if (typeof receipt === 'string') {
        return ofPart(part, waitAndSee(delivery, receipt, trail, tools), receipts.size)
      }
      doubts.delete(part.key)
      trail.leftAt = undefined
      thread ??= receipt.thread
      if (part.part) await arrived.add(part.part.number, receipt)
      else trail.arrived = receipt
      receipts.set(part.key, receipt)
    } catch (error) {
      if (!unsure && !isUnknown(error)) doubts.delete(part.key)
      const inDoubt = doubts.size > 0
      const threaded = thread !== undefined
      const failed = afterFailure(delivery, error, inDoubt, connector, trail, tools, threaded)
      return ofPart(part, failed, receipts.size)
    }
  }
  const all = parts.map(({ key }) => receipts.get(key)).filter((each) => each !== undefined)
  return { outcome: { kind: 'done', receipt: merge(all) }, down: false }
}

/** What may have arrived of a delivery. Kept with its trail: a try adds to it and takes away. */
function doubtsOf({ unsure }: Delivery, trail: Trail, missing: readonly Outbound[]): Set<string> {
  const { inDoubt } = trail
  // Parts go one after the other, so where nothing is remembered it is the first that is missing.
  const doubted = inDoubt ? missing.filter(({ key }) => inDoubt.has(key)) : missing.slice(0, 1)
  trail.inDoubt = new Set(unsure ? doubted.map(({ key }) => key) : [])
  return trail.inDoubt
}

/** Anything but a SendError is a fault of our own, somewhere between before and after the request. */
const isUnknown = (error: unknown): boolean =>
  !(error instanceof SendError) || error.failure === 'unknown'

/** What is parked says which part of it is meant, and whether there is something of it over there. */
function ofPart({ part }: Outbound, attempted: Attempt, arrived: number): Attempt {
  const { outcome } = attempted
  if (!part || outcome.kind !== 'parked') return attempted
  const known = `${arrived === 0 ? 'none' : arrived} of them arrived`
  const reason = `${outcome.reason} (part ${part.number} of ${part.of}; ${known})`
  return { ...attempted, outcome: { ...outcome, reason } }
}

async function deliver(
  outbound: Outbound,
  connector: ConfiguredConnector,
  io: ConnectorIo,
  unsure: boolean,
  trail: Trail,
  now: () => number,
): Promise<Receipt | 'absent so far' | 'unsure' | 'cannot be asked' | 'tells later'> {
  const { idempotent, reconcile, receipts } = connector.capabilities
  if (unsure && !idempotent) {
    if (!reconcile) return receipts ? 'tells later' : 'cannot be asked'
    const found = await connector.reconcile(outbound, io)
    if (found === 'unsure') return 'unsure'
    if (found !== 'absent') return found
    if (trail.leftAt !== undefined && now() - trail.leftAt < ABSENT_AFTER_MS) return 'absent so far'
    trail.leftAt = undefined
  }
  return connector.send(outbound, io)
}

function waitAndSee(
  delivery: Delivery,
  finding: 'absent so far' | 'unsure' | 'cannot be asked' | 'tells later',
  trail: Trail,
  { now, random }: { readonly now: () => number; readonly random: Random },
): Attempt {
  if (finding === 'absent so far') {
    const at = (trail.leftAt ?? now()) + ABSENT_AFTER_MS
    return { outcome: { kind: 'unknown', at, reason: 'not there yet' }, down: false }
  }
  if (finding === 'tells later') {
    const until = (trail.leftAt ??= now()) + RECEIPT_PATIENCE_MS
    if (now() >= until) return { outcome: parked(MAY_HAVE_ARRIVED), down: false }
    const reason = 'the far side has not told yet whether it arrived'
    return { outcome: { kind: 'unknown', at: until, reason }, down: false }
  }
  const delay = finding === 'unsure' ? retryDelay(delivery.attempts + 1, random) : undefined
  if (delay === undefined) return { outcome: parked(MAY_HAVE_ARRIVED), down: false }
  const reason = 'the far side cannot tell whether it arrived'
  return { outcome: { kind: 'unknown', at: now() + delay, reason }, down: false }
}

export function afterFailure(
  delivery: Delivery,
  error: unknown,
  unsure: boolean,
  connector: ConfiguredConnector,
  trail: Trail,
  { now, random }: { readonly now: () => number; readonly random: Random },
  threaded: boolean,
): Attempt {
  const failure = error instanceof SendError ? error.failure : 'unknown'
  const reason = error instanceof SendError ? error.message : 'a fault in the connector'
  const retryAfter = error instanceof SendError ? error.retryAfter : undefined
  const again = (at: number): Outcome => ({ kind: unsure ? 'unknown' : 'retry', at, reason })

  switch (failure) {
    case 'needs-template':
      return { outcome: parked(reason), down: false, windowClosed: true }
    case 'thread-gone':
      // Once: a far side that refuses new threads too would get one after the other.
      if (trail.reopened || !threaded) return { outcome: parked(reason), down: false }
      trail.reopened = true
      // The new thread has none of it.
      trail.arrived = undefined
      return { outcome: { kind: 'retry', at: now(), reason }, down: false, threadGone: true }
    case 'bad-content':
    case 'too-large':
    case 'bad-recipient': {
      const code = refusalOf(failure)
      const outcome = { ...parked(reason), ...(code ? { code } : {}) }
      return { outcome, down: false, refused: true }
    }
    case 'needs-reauth':
    case 'gone': {
      const until = now() + (failure === 'gone' ? GONE_HOLD_MS : REAUTH_HOLD_MS)
      const advice = `${reason}: ${REFUSED_ADVICE[failure]}`
      return {
        outcome: parked(unsure ? `${advice}; ${MAY_HAVE_ARRIVED}` : advice),
        hold: { until, reason },
        // Due at once: the hold alone puts it off, and takes it along when it is lifted.
        behind: again(now()),
        down: false,
      }
    }
    case 'retry': {
      const delay = retryDelay(delivery.attempts + 1, random, retryAfter)
      if (delay === undefined) {
        return { outcome: parked(unsure ? `${reason}; ${MAY_HAVE_ARRIVED}` : reason), down: true }
      }
      const outcome = again(now() + delay)
      if (retryAfter === undefined) return { outcome, down: true }
      const until = now() + Math.min(retryAfter, MAX_RETRY_AFTER_MS)
      return { outcome, hold: { until, reason }, down: false }
    }
    case 'unknown': {
      trail.leftAt = now()
      const delay = retryDelay(delivery.attempts + 1, random)
      const { idempotent } = connector.capabilities
      if (delay === undefined) {
        return { outcome: parked(`${reason}; ${MAY_HAVE_ARRIVED}`), down: true }
      }
      const wait = idempotent ? delay : Math.max(RECONCILE_AFTER_MS, delay)
      return { outcome: { kind: 'unknown', at: now() + wait, reason }, down: true }
    }
  }
}

function parked(reason: string): Outcome {
  return { kind: 'parked', reason }
}

function merge(receipts: readonly Receipt[]): Receipt {
  const thread = receipts.find((receipt) => receipt.thread !== undefined)?.thread
  return {
    externalIds: receipts.flatMap((receipt) => receipt.externalIds),
    ...(thread === undefined ? {} : { thread }),
  }
}
