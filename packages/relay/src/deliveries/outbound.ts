import type { Entry } from '@homing/core'
import { isText } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Outbound } from '../connectors/connector.ts'
import { transcriptOf as wordsBefore } from '../connectors/compose-text.ts'
import type { LinksFor } from '../conversation/person-links.ts'
import { tagOf } from '../conversation/tag.ts'
import { leftAddress } from '../store/left-address.ts'
import type { Conversation, Delivery, Site, Store } from '../store/store.ts'

/** What a connector is given of a delivery, gathered from the log. */
export interface Composed {
  readonly outbound: Outbound
  readonly conversation: Conversation
  /** The same, with further entries that go along. */
  with(more: readonly Entry[]): Outbound
}

/** Undefined: its conversation or site is gone. */
export type Compose = (
  delivery: Delivery,
  connector: ConfiguredConnector,
) => Promise<Composed | undefined>

/** What of a site people at a far side are shown. */
export type SiteCard = Pick<Site, 'key' | 'name'> & Partial<Pick<Site, 'appearance'>>

export interface ComposeOptions {
  readonly store: Pick<Store, 'conversation' | 'thread' | 'opened' | 'readBefore' | 'waiting'>
  readonly sites: { get(key: string): Promise<SiteCard | undefined> }
  readonly publicUrl: string
  /** What a person who left an address can do by a link; absent where nobody follows any. */
  readonly linksFor?: LinksFor | undefined
}

/** Entries told to a new thread of what was said before; older ones are only counted. */
export const MAX_TRANSCRIPT_ENTRIES = 200
/** On a line, which is somebody's phone, what was said before takes so many characters. */
const MAX_LINE_TRANSCRIPT = 800

export function createCompose({ store, sites, publicUrl, linksFor }: ComposeOptions): Compose {
  const transcriptOf = async (
    { connector, conversation, entry }: Delivery,
    { role }: ConfiguredConnector,
    thread: string | undefined,
  ): Promise<Pick<Outbound, 'before' | 'omitted'>> => {
    const none = { before: [], omitted: 0 }
    if (thread !== undefined || entry.seq === 1 || role === 'reach') return none
    if (await store.opened(connector, conversation)) return none
    const said = await store.readBefore(conversation, entry.seq, MAX_TRANSCRIPT_ENTRIES)
    // What is parked comes by itself when it is replayed, and must not spoil this one meanwhile.
    const owed = new Set(await store.waiting(connector, conversation))
    return {
      before: said.filter(({ seq }) => !owed.has(seq)),
      omitted: (said[0]?.seq ?? 1) - 1,
    }
  }

  return async (delivery, connector) => {
    const [conversation, thread, site] = await Promise.all([
      store.conversation(delivery.conversation),
      store.thread(delivery.connector, delivery.conversation),
      sites.get(delivery.site),
    ])
    if (!conversation || !site) return undefined
    const transcript = await transcriptOf(delivery, connector, thread)
    const address = connector.invite?.asks ? leftAddress(thread) : undefined
    const links =
      address === undefined
        ? undefined
        : await linksFor?.(conversation, delivery.connector, address)
    const outbound: Outbound = {
      key: delivery.id,
      conversation: delivery.conversation,
      role: connector.role,
      entry: delivery.entry,
      more: [],
      ...transcript,
      visitor: conversation.visitor,
      tag: tagOf(delivery.conversation),
      site: {
        key: site.key,
        name: site.name,
        ...(site.appearance ? { accent: site.appearance.accent } : {}),
      },
      relay: publicUrl,
      ...(conversation.page ? { page: conversation.page } : {}),
      ...(thread === undefined ? {} : { thread }),
      ...(links ? { links } : {}),
    }
    const told = (each: Outbound): Outbound =>
      connector.capabilities.line && connector.role === 'desk' ? tagged(each) : each
    return {
      outbound: told(outbound),
      conversation,
      with: (more) => told({ ...outbound, more }),
    }
  }
}

/** On a line all conversations meet: each text says whose it is, and the first what was before. */
function tagged(outbound: Outbound): Outbound {
  const { entry, tag, visitor, page } = outbound
  const about = [`#${tag}`, visitor.name, page && pathOf(page.url)].filter(Boolean).join(' · ')
  const before = wordsBefore(outbound, MAX_LINE_TRANSCRIPT)
  const mark = (each: Entry, first = ''): Entry =>
    isText(each.body)
      ? { ...each, body: { type: 'text', text: `${about}\n${first}${each.body.text}` } }
      : each
  return {
    ...outbound,
    entry: mark(entry, before === '' ? '' : `${before}\n—\n`),
    more: outbound.more.map((each) => mark(each)),
    ...(isText(entry.body) ? { before: [], omitted: 0 } : {}),
  }
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).pathname : undefined
}
