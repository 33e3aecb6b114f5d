import type { Clock, Entry, Random } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { ConnectorIo, Outbound } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import type { Outside } from '../connectors/outside.ts'
import { ioOf } from '../connectors/outside.ts'
import type { Delivery, Outcome, Store } from '../store/store.ts'
import type { Attempt } from './attempt.ts'
import { afterFailure, attempt } from './attempt.ts'
import { gather } from './gather.ts'
import { createCompose } from './outbound.ts'
import type { ComposeOptions, Composed } from './outbound.ts'
import type { ReachOptions } from './reach.ts'
import { createReach } from './reach.ts'
import type { Insist } from './settlement.ts'
import type { Trails } from './trails.ts'
import { createWindows } from './window.ts'

/**
 * One try of a claimed delivery, with everything around the sending:
 *
 *   compose ──▶ may it go now? ──▶ what goes along ──▶ attempt ──▶ what it says of thread and window
 */
export interface Tries {
  /** What came of it; to be settled by the caller. */
  once(delivery: Delivery, connector: ConfiguredConnector): Promise<Attempt>
  /** After it was settled: the person it waits for may have written meanwhile. */
  lookAgain(delivery: Delivery, connector: ConfiguredConnector): Promise<void>
}

export interface TriesOptions extends Outside, ComposeOptions, Pick<ReachOptions, 'visitorOnline'> {
  readonly store: Pick<
    Store,
    | 'behind'
    | 'claimBehind'
    | 'together'
    | 'release'
    | 'waiting'
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
}

interface Tools {
  readonly trails: Trails
  readonly insist: Insist
  /** A send that takes longer is cut off, and its outcome unknown. */
  readonly timeoutMs: number
  /** Cuts off all of them. */
  readonly cut: AbortSignal
}

/** Entries that go together where a connector gathers. */
const MAX_GATHERED = 30

export function createTries(
  options: TriesOptions,
  { trails, insist, timeoutMs, cut }: Tools,
): Tries {
  const { store, clock, random } = options
  const compose = createCompose(options)
  const windows = createWindows(options)
  const reach = createReach(options)
  const tools = { now: () => clock.now(), random }

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

  /** What goes with it, where the far side counts calls; what went with it, where it may have. */
  const claimBehind = async (
    delivery: Delivery,
    { capabilities }: ConfiguredConnector,
  ): Promise<readonly Entry[]> => {
    const { gatherMs, maxText, textUnit } = capabilities
    const entriesOf = (all: readonly Delivery[]) => all.map(({ entry }) => entry)
    if (gatherMs === 0) return []
    if (delivery.unsure) return entriesOf(await store.together(delivery))
    if (trails.of(delivery.id).alone) return []
    const dueBy = clock.now() + gatherMs
    const waiting = await store.behind(delivery, MAX_GATHERED, dueBy)
    const count = gather(delivery.entry, entriesOf(waiting), { maxText, textUnit })
    return count === 0 ? [] : entriesOf(await store.claimBehind(delivery, count, dueBy))
  }

  const send = async (
    delivery: Delivery,
    connector: ConfiguredConnector,
    outbound: Outbound,
    io: ConnectorIo,
  ): Promise<Attempt> => {
    const trail = trails.of(delivery.id)
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

  return {
    async once(delivery, connector) {
      const composed = await compose(delivery, connector)
      if (!composed) {
        return {
          outcome: { kind: 'parked', reason: 'its conversation or site is gone' },
          down: false,
        }
      }
      const timeout = new AbortController()
      const stopTimer = clock.after(timeoutMs, () => {
        timeout.abort(new DOMException('the send took too long', 'TimeoutError'))
      })
      const signal = AbortSignal.any([timeout.signal, cut])
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
        return afterFailure(delivery, error, false, connector, trails.of(delivery.id), tools, true)
      } finally {
        stopTimer()
      }
    },
    async lookAgain({ connector: id, conversation }, connector) {
      const thread = await store.thread(id, conversation)
      if (!(await windows.isOpen(connector, thread))) return
      await store.release(id, conversation, clock.now())
    },
  }
}

const waitingForPerson = (outcome: Outcome): Attempt => ({
  outcome,
  down: false,
  ...(outcome.kind === 'wait' ? { forPerson: true } : {}),
})
