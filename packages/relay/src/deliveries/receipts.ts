import type { Clock } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Fact } from '../connectors/connector.ts'
import type { Mark } from '../conversation/mark.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import { addressOf } from './window.ts'

/**
 * What a far side tells later of a message of ours. It comes in any order and more than once: only
 * what is higher counts, and a failure is believed only while nothing better was heard.
 *
 *   sent < delivered < read          failed
 */
export interface Receipts {
  apply(connector: ConfiguredConnector, fact: ReceiptFact): Promise<'applied' | 'stranger'>
}

export type ReceiptFact = Extract<Fact, { readonly kind: 'receipt' }>

export interface ReceiptsOptions {
  readonly store: Pick<
    Store,
    'sent' | 'confirm' | 'deny' | 'conversation' | 'closeWindow' | 'thread'
  >
  readonly mark: Mark
  readonly clock: Pick<Clock, 'now'>
  readonly nudge: () => void
  readonly log: Pick<Log, 'info'>
}

/** A message that failed for a passing reason is sent again after this, ms. */
const AGAIN_MS = 30_000
const UUID_LENGTH = 36

export function createReceipts({ store, mark, clock, nudge, log }: ReceiptsOptions): Receipts {
  const arrived = async (
    connector: ConfiguredConnector,
    delivery: string | undefined,
    fact: ReceiptFact,
  ): Promise<'applied' | 'stranger'> => {
    // Of a text in parts, one part's receipt says nothing of the others.
    const whole = fact.key === undefined || fact.key.length === UUID_LENGTH
    if (delivery !== undefined && whole) {
      await store.confirm(connector.id, delivery, [fact.externalId], clock.now())
    }
    const sent = await store.sent(connector.id, fact.externalId)
    if (sent?.conversation === undefined || sent.seq === undefined) {
      return delivery === undefined ? 'stranger' : 'applied'
    }
    if (fact.state === 'read') {
      const conversation = await store.conversation(sent.conversation)
      const by = connector.role === 'reach' ? 'visitor' : 'agent'
      // One phone reads all conversations of a line; that a desk's agent has read is told as such.
      if (conversation && !(connector.role === 'desk' && !connector.capabilities.line)) {
        const { id, site, visitor } = conversation
        await mark({ id, site, visitor: visitor.id }, by, sent.seq)
      }
    }
    return 'applied'
  }

  const failed = async (
    connector: ConfiguredConnector,
    delivery: string | undefined,
    fact: ReceiptFact,
  ): Promise<'applied' | 'stranger'> => {
    if (delivery === undefined) return 'stranger'
    const now = clock.now()
    const reason = fact.reason ?? 'the far side could not bring it to the person'
    const { failure } = fact
    if (failure === 'needs-template') {
      const sent = await store.sent(connector.id, fact.externalId)
      const thread =
        sent?.conversation === undefined
          ? undefined
          : await store.thread(connector.id, sent.conversation)
      const address = addressOf(connector, thread)
      if (address !== undefined) await store.closeWindow(connector.id, address)
    }
    const again =
      failure === 'needs-template' ? now : failure === 'retry' ? now + AGAIN_MS : undefined
    const outcome =
      again === undefined
        ? ({ kind: 'parked', reason } as const)
        : ({ kind: 'retry', at: again, reason } as const)
    const denied = await store.deny(connector.id, delivery, outcome, now)
    if (denied) {
      log.info('delivery-denied', {
        connector: connector.id,
        delivery,
        reason: outcome.kind,
      })
      nudge()
    }
    return 'applied'
  }

  return {
    async apply(connector, fact) {
      const sent = await store.sent(connector.id, fact.externalId)
      const delivery = fact.key?.slice(0, UUID_LENGTH) ?? sent?.delivery
      return fact.state === 'failed'
        ? failed(connector, delivery, fact)
        : arrived(connector, delivery, fact)
    },
  }
}
