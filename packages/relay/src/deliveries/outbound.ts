import type { Entry } from '@homing/core'
import { isText } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Outbound } from '../connectors/connector.ts'
import { tagOf } from '../conversation/tag.ts'
import type { Conversation, Delivery, Site, Store } from '../store/store.ts'

/** What a connector is given of a delivery, gathered from the log. */
export interface Composed {
  readonly outbound: Outbound
  readonly conversation: Conversation
}

/** Undefined: its conversation or site is gone. */
export type Compose = (
  delivery: Delivery,
  connector: ConfiguredConnector,
  more: readonly Entry[],
) => Promise<Composed | undefined>

export interface ComposeOptions {
  readonly store: Pick<Store, 'conversation' | 'thread' | 'opened' | 'readBefore'>
  readonly sites: { get(key: string): Promise<Pick<Site, 'key' | 'name'> | undefined> }
  readonly publicUrl: string
}

/** Entries told to a new thread of what was said before; older ones are only counted. */
export const MAX_TRANSCRIPT_ENTRIES = 200

export function createCompose({ store, sites, publicUrl }: ComposeOptions): Compose {
  /** A line is not opened for a conversation: what was said before was said elsewhere. */
  const transcriptOf = async (
    { connector, conversation, entry }: Delivery,
    { role, capabilities }: ConfiguredConnector,
    thread: string | undefined,
  ): Promise<readonly Entry[]> => {
    if (thread !== undefined || entry.seq === 1 || role === 'reach' || capabilities.line) return []
    if (await store.opened(connector, conversation)) return []
    return store.readBefore(conversation, entry.seq, MAX_TRANSCRIPT_ENTRIES)
  }

  return async (delivery, connector, more) => {
    const [conversation, thread, site] = await Promise.all([
      store.conversation(delivery.conversation),
      store.thread(delivery.connector, delivery.conversation),
      sites.get(delivery.site),
    ])
    if (!conversation || !site) return undefined
    const before = await transcriptOf(delivery, connector, thread)
    const outbound: Outbound = {
      key: delivery.id,
      conversation: delivery.conversation,
      role: connector.role,
      entry: delivery.entry,
      more,
      before,
      omitted: (before[0]?.seq ?? 1) - 1,
      visitor: conversation.visitor,
      tag: tagOf(delivery.conversation),
      site: { key: site.key, name: site.name },
      relay: publicUrl,
      ...(conversation.page ? { page: conversation.page } : {}),
      ...(thread === undefined ? {} : { thread }),
    }
    return { outbound: connector.capabilities.line ? tagged(outbound) : outbound, conversation }
  }
}

/** On a line all conversations meet: each text says whose it is. */
function tagged(outbound: Outbound): Outbound {
  if (outbound.role !== 'desk') return outbound
  const { entry, tag, visitor, page } = outbound
  const about = [`#${tag}`, visitor.name, page && pathOf(page.url)].filter(Boolean).join(' · ')
  const mark = (each: Entry): Entry =>
    isText(each.body)
      ? { ...each, body: { type: 'text', text: `${about}\n${each.body.text}` } }
      : each
  return { ...outbound, entry: mark(entry), more: outbound.more.map(mark) }
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).pathname : undefined
}
