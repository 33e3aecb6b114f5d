import type { Clock } from '@homing/core'
import { Hono } from 'hono'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Roster } from '../connectors/roster.ts'
import { tagOf } from '../conversation/tag.ts'
import { addressOf } from '../deliveries/window.ts'
import type { Conversation, ParkedDelivery, Store } from '../store/store.ts'
import { createConversationOf } from './conversation-of.ts'

/**
 * Where a conversation goes: the desks it is answered at, and the messengers its visitor is
 * reached on. Part of the agents' API: behind its gate.
 *
 *   GET /conversations/:id/routes   {"tag", "desks", "routes"}
 */
export interface ConversationRoutesOptions {
  readonly store: Pick<
    Store,
    'conversation' | 'thread' | 'window' | 'optedOut' | 'waiting' | 'parked'
  >
  readonly roster: Pick<Roster, 'ofSite'>
  readonly clock: Pick<Clock, 'now'>
}

/** One of the routes, as it is told. */
export interface RouteLine {
  readonly connector: string
  /** The connector's entry in the list of connectors: of one that is desk and reach, of both. */
  readonly hook: string
  readonly type: string
  readonly role: ConfiguredConnector['role']
  /** Is what is said from now on owed there? */
  readonly active: boolean
  /** The far side's thread; of a reach the person's address there. */
  readonly thread: string | null
  /** Null: free text is taken always, or nobody is known there. */
  readonly window: WindowLine | null
  readonly optedOut: boolean
  /** Entries that are on their way there, or wait for something; not those that were refused. */
  readonly waiting: number
  /** What was refused last. */
  readonly failure: Omit<ParkedDelivery, 'connector' | 'conversation'> | null
}

interface WindowLine {
  readonly open: boolean
  /** When it closes, or has closed; null: the person never wrote there. */
  readonly closes: number | null
  /** When we asked the person to write again, and got no answer yet. */
  readonly asked: number | null
}

export function conversationRoutes({ store, roster, clock }: ConversationRoutesOptions): Hono {
  const app = new Hono()
  const conversationOf = createConversationOf(store)

  app.get('/conversations/:id/routes', async (context) => {
    const conversation = await conversationOf(context)
    const parked = (await store.parked(conversation.site)).filter(
      (each) => each.conversation === conversation.id,
    )
    const routes = await Promise.all(
      roster.ofSite(conversation.site).map((connector) => lineOf(connector, conversation, parked)),
    )
    return context.json({
      tag: tagOf(conversation.id),
      desks: conversation.desks ?? null,
      routes,
    })
  })

  const lineOf = async (
    connector: ConfiguredConnector,
    { id: conversation, desks }: Conversation,
    parked: readonly ParkedDelivery[],
  ): Promise<RouteLine> => {
    const { id, hook, type, role } = connector
    const thread = await store.thread(id, conversation)
    const address = addressOf(connector, thread)
    const [window, optedOut, owed] = await Promise.all([
      windowOf(connector, address),
      role === 'reach' && address !== undefined ? store.optedOut(id, address) : false,
      store.waiting(id, conversation),
    ])
    const refused = parked.filter((each) => each.connector === id)
    const refusedSeqs = new Set(refused.map(({ seq }) => seq))
    return {
      connector: id,
      hook,
      type,
      role,
      active: role === 'desk' ? (desks?.includes(id) ?? true) : thread !== undefined && !optedOut,
      thread: thread ?? null,
      window,
      optedOut,
      waiting: owed.filter((seq) => !refusedSeqs.has(seq)).length,
      failure: failureOf(refused),
    }
  }

  const windowOf = async (
    { id, capabilities: { windowMs } }: ConfiguredConnector,
    address: string | undefined,
  ): Promise<WindowLine | null> => {
    if (windowMs === 0 || address === undefined) return null
    const { opened, woken } = (await store.window(id, address)) ?? { opened: 0, woken: 0 }
    const closes = opened === 0 ? null : opened + windowMs
    return {
      open: closes !== null && clock.now() < closes,
      closes,
      asked: woken > opened ? woken : null,
    }
  }

  return app
}

function failureOf(refused: readonly ParkedDelivery[]): RouteLine['failure'] {
  const [last] = refused.toSorted((a, b) => b.time - a.time)
  if (!last) return null
  const { id, seq, attempts, reason, time } = last
  return { id, seq, attempts, reason, time }
}
