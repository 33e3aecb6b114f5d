import type { Author, Body, HandedOverBody } from '@homing/core'
import { HomingError, MAX_TEXT_LENGTH, isStatus, isText } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Fact } from '../connectors/connector.ts'
import type { Append } from '../conversation/append.ts'
import { entryId } from '../conversation/entry-id.ts'
import type { Log } from '../log.ts'
import type { Conversation, HandOver, Store } from '../store/store.ts'
import type { MediaIntake } from './media.ts'
import { cutText } from '../deliveries/parts.ts'
import { createRecent } from '../recent.ts'

/**
 * What a far side said, into the log: each of it once, by the far side's id of it, in the same
 * transaction as the entry. Rejects when it cannot be stored now.
 */
export interface Recorder {
  /** Words and what came along with them, by the author that the fact names. */
  message(connector: ConfiguredConnector, target: Target, fact: MessageFact): Promise<Recorded>
  status(
    connector: ConfiguredConnector,
    conversation: Conversation,
    fact: StatusFact,
  ): Promise<Recorded | 'stale'>
  /** Said at both ends: the conversation goes on there, too. */
  handedOver(
    connector: ConfiguredConnector,
    handOver: HandOver,
    fact: MessageFact,
  ): Promise<Recorded>
}

export type MessageFact = Extract<Fact, { readonly kind: 'message' }>
export type StatusFact = Extract<Fact, { readonly kind: 'status' }>
/** `skipped`: it says nothing, or nothing that the log takes. */
export type Recorded = 'applied' | 'known' | 'skipped'
type Target = Pick<Conversation, 'id' | 'site'>

export interface RecorderOptions {
  readonly store: Pick<Store, 'readBefore'>
  readonly append: Append
  readonly intake: MediaIntake
  readonly log: Pick<Log, 'info'>
}

/** Entries looked back over for the last change of status. */
const STATUS_LOOK_BACK = 50
/** Conversations of which the number of the last change of status is remembered. */
const MAX_ORDERS = 5_000

export function createRecorder({ store, append, intake, log }: RecorderOptions): Recorder {
  /** The far side's number of the last change of status that was applied. */
  const orders = createRecent<number>(MAX_ORDERS)

  const appendOnce = async (
    connector: ConfiguredConnector,
    target: Target,
    fact: Fact,
    entry: Pick<Parameters<Append>[0], 'id' | 'author' | 'body'>,
  ): Promise<Recorded> => {
    const contact = fact.kind === 'message' ? fact.contact : undefined
    try {
      const { fresh } = await append({
        ...entry,
        site: target.site,
        conversation: target.id,
        ...(contact ? { contact } : {}),
        event: { connector: connector.id, id: fact.event },
      })
      return fresh ? 'applied' : 'known'
    } catch (error) {
      // Only what may be different next time is worth coming again for.
      if (!(error instanceof HomingError) || error.retryable) throw error
      log.info('inbound-refused', { connector: connector.id, code: error.code })
      return 'skipped'
    }
  }

  /** Told late: something newer was told before. By the far side's own numbers, else by its times. */
  const isStale = async (
    conversation: Conversation,
    fact: Fact,
    lastOrder: number | undefined,
  ): Promise<boolean> => {
    if (fact.order !== undefined && lastOrder !== undefined) return fact.order < lastOrder
    if (fact.time === undefined) return false
    const tail = await store.readBefore(conversation.id, conversation.head + 1, STATUS_LOOK_BACK)
    const last = tail.findLast((entry) => isStatus(entry.body))
    return last !== undefined && fact.time < last.time
  }

  return {
    async message(connector, target, fact) {
      let recorded: Recorded = 'known'
      const bodies = [...bodiesOf(fact.body), ...(await intake.take(connector, fact.media ?? []))]
      if (bodies.length === 0) return 'skipped'
      for (const [index, body] of bodies.entries()) {
        // Each part is an event of its own: when it all comes again, what is missing is added.
        const suffix = index === 0 ? '' : `.${index + 1}`
        const id = entryId(connector.id, fact.externalId + suffix)
        const part = { ...fact, event: fact.event + suffix }
        const result = await appendOnce(connector, target, part, { id, author: fact.author, body })
        if (result !== 'known') recorded = result
      }
      return recorded
    },

    async status(connector, conversation, fact) {
      const key = `${connector.id} ${conversation.id}`
      if (await isStale(conversation, fact, orders.get(key))) return 'stale'
      if (fact.order !== undefined) orders.set(key, fact.order)
      // Also what our own change of status comes back as.
      if (conversation.status === fact.status) return 'skipped'
      return appendOnce(connector, conversation, fact, {
        id: entryId(connector.id, fact.event),
        author: authorIn(conversation, fact.author),
        body: { type: 'status', status: fact.status },
      })
    },

    handedOver(connector, { site, conversation, visitor }, fact) {
      const app = connector.invite?.app ?? connector.type
      const fallback = `This conversation goes on in ${app}, too.`
      const event = `${fact.event}.handed-over`
      return appendOnce(
        connector,
        { id: conversation, site },
        { ...fact, event },
        {
          id: entryId(connector.id, `${fact.externalId}.handed-over`),
          author: { role: 'visitor', id: visitor },
          body: { type: 'handed_over', app, fallback } satisfies HandedOverBody,
        },
      )
    },
  }
}

/** A visitor who answers on the far side is this conversation's visitor. */
export function authorIn(conversation: Conversation, author: Author): Author {
  if (author.role !== 'visitor') return author
  return { role: 'visitor', id: conversation.visitor.id }
}

/** A mail may be longer than a message: its text goes on in further entries. */
function bodiesOf(body: Body): readonly Body[] {
  if (!isText(body)) return [body]
  // A picture without a caption, say.
  if (body.text.trim() === '') return []
  return cutText(body.text, MAX_TEXT_LENGTH).map((text) => ({ type: 'text', text }))
}
