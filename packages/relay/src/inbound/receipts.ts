import type { Clock } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Fact } from '../connectors/connector.ts'
import type { Delivered } from '../conversation/delivered.ts'
import type { Mark } from '../conversation/mark.ts'
import type { Log } from '../log.ts'
import type { Sent, Store } from '../store/store.ts'
import { refusalOf, towardOf } from '../deliveries/toward.ts'
import { addressOf } from '../deliveries/window.ts'

/**
 * What a far side tells later of a message of ours. It comes in any order and more than once: of
 * one message only what is higher counts.
 *
 *   sent < failed < delivered < read
 */
export interface Receipts {
  apply(
    connector: ConfiguredConnector,
    fact: ReceiptFact,
  ): Promise<'applied' | 'known' | 'stranger'>
}

export type ReceiptFact = Extract<Fact, { readonly kind: 'receipt' }>

export interface ReceiptsOptions {
  readonly store: Pick<
    Store,
    'sent' | 'confirm' | 'deny' | 'conversation' | 'conversationOf' | 'closeWindow' | 'thread'
  >
  readonly mark: Mark
  readonly delivered: Pick<Delivered, 'changed'>
  readonly connectors: ReadonlyMap<string, ConfiguredConnector>
  readonly clock: Pick<Clock, 'now'>
  /** Resolves when no send of this conversation is under way there; rejects when it takes long. */
  readonly sendsSettled: (connector: string, conversation: string) => Promise<void>
  readonly nudge: () => void
  readonly log: Pick<Log, 'info'>
}

/** A message that failed for a passing reason is sent again after this, ms. */
const AGAIN_MS = 30_000
/** One that the closed window kept away: time to note that it is closed, ms. */
const CLOSED_MS = 1_000
const UUID_LENGTH = 36

/** The number at the end of a part's key. */
function partIn(key: string | undefined): { readonly part?: number } {
  const part = Number(key?.slice(UUID_LENGTH + 1))
  return Number.isInteger(part) && part > 0 ? { part } : {}
}

export function createReceipts(options: ReceiptsOptions): Receipts {
  const { store, mark, delivered, connectors, clock, sendsSettled, nudge, log } = options

  /** It may beat the answer of its own send, which says whose it is. */
  const sentOf = async (
    { id }: ConfiguredConnector,
    { externalId, key, where }: ReceiptFact,
  ): Promise<Sent | undefined> => {
    const sent = await store.sent(id, externalId)
    if (sent || key !== undefined || !('thread' in where)) return sent
    const conversation = await store.conversationOf(id, where.thread)
    if (conversation === undefined) return undefined
    await sendsSettled(id, conversation)
    return store.sent(id, externalId)
  }

  const arrived = async (
    connector: ConfiguredConnector,
    delivery: string,
    { externalId, key, state }: ReceiptFact & { readonly state: 'sent' | 'delivered' | 'read' },
  ): Promise<'applied' | 'known'> => {
    const word = { externalId, state, ...partIn(key) }
    const toward = towardOf(connector, connectors.values())
    const news = await store.confirm(connector.id, delivery, word, clock.now(), toward)
    if (news) nudge()
    const sent = await store.sent(connector.id, externalId)
    if (news && sent?.conversation !== undefined) delivered.changed(sent.conversation)
    // Though it is no news: the mark may be what a crash left undone.
    if (state === 'read') await raise(connector, sent)
    return news ? 'applied' : 'known'
  }

  const raise = async (connector: ConfiguredConnector, sent: Sent | undefined): Promise<void> => {
    if (sent?.conversation === undefined || sent.seq === undefined) return
    // One phone reads all conversations of a line; that a desk's agent has read is told as such.
    if (connector.role === 'desk' && !connector.capabilities.line) return
    const conversation = await store.conversation(sent.conversation)
    if (!conversation) return
    const { id, site, visitor } = conversation
    const by = connector.role === 'reach' ? 'visitor' : 'agent'
    await mark({ id, site, visitor: visitor.id }, by, sent.seq)
  }

  const threadOf = async (
    { id }: ConfiguredConnector,
    externalId: string,
  ): Promise<string | undefined> => {
    const sent = await store.sent(id, externalId)
    return sent?.conversation === undefined ? undefined : store.thread(id, sent.conversation)
  }

  const failed = async (
    connector: ConfiguredConnector,
    delivery: string,
    { externalId, key, failure, reason: why }: ReceiptFact,
  ): Promise<'applied' | 'known'> => {
    const now = clock.now()
    const reason = why ?? 'the far side could not bring it to the person'
    const waits =
      failure === 'needs-template' ? CLOSED_MS : failure === 'retry' ? AGAIN_MS : undefined
    const code = refusalOf(failure) ?? 'refused'
    const outcome =
      waits === undefined
        ? ({ kind: 'parked', reason, code } as const)
        : ({ kind: 'retry', at: now + waits, reason } as const)
    const toward = towardOf(connector, connectors.values())
    const word = { externalId, ...partIn(key) }
    if (!(await store.deny(connector.id, delivery, word, outcome, now, toward))) return 'known'
    const sent = await store.sent(connector.id, externalId)
    if (sent?.conversation !== undefined) delivered.changed(sent.conversation)
    if (failure === 'needs-template') {
      const address = addressOf(connector, await threadOf(connector, externalId))
      if (address !== undefined) await store.closeWindow(connector.id, address)
    }
    log.info('delivery-denied', { connector: connector.id, delivery, reason: outcome.kind })
    nudge()
    return 'applied'
  }

  return {
    async apply(connector, fact) {
      const sent = await sentOf(connector, fact)
      const delivery = fact.key?.slice(0, UUID_LENGTH) ?? sent?.delivery
      if (delivery === undefined) return 'stranger'
      const applied =
        fact.state === 'failed'
          ? await failed(connector, delivery, fact)
          : await arrived(connector, delivery, { ...fact, state: fact.state })
      if (applied === 'applied') return applied
      return (await store.sent(connector.id, fact.externalId)) ? 'known' : 'stranger'
    },
  }
}
