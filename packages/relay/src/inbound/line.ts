import type { Clock } from '@homing/core'
import { isText } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Fact } from '../connectors/connector.ts'
import { tagOf } from '../conversation/tag.ts'
import type { Conversation, OnLine, Store } from '../store/store.ts'

/**
 * A line is one chat with one person, on which all conversations meet: the merchant's own
 * messenger as the helpdesk. Here it is decided which of them an answer belongs to.
 *
 *   quoted? ──▶ that one · "#7F3A …" ──▶ that one · one was active just now ──▶ that one
 *   otherwise ──▶ the list of open ones, and a word that nothing was sent
 *
 * What was not shown there yet, because it waits for the window, is on the list and may be answered
 * by its tag; no words without a tag are taken for an answer to what nobody has seen.
 *
 *   /list   the open conversations        /done   this one is resolved
 */
export interface Lines {
  read(connector: ConfiguredConnector, fact: MessageOnLine): Promise<LineReading>
}

export type MessageOnLine = Extract<Fact, { readonly kind: 'message' }> & {
  readonly where: { readonly line: string; readonly quoted?: string }
}

export type LineReading =
  | { readonly kind: 'answer'; readonly conversation: Conversation; readonly text?: string }
  | { readonly kind: 'resolve'; readonly conversation: Conversation }
  /** To be said to the person, instead. */
  | { readonly kind: 'notice'; readonly text: string }

/** An open conversation, and whether the person at the line has seen any of it. */
type Open = Conversation & Pick<OnLine, 'told'>

export interface LinesOptions {
  readonly store: Pick<Store, 'sent' | 'onLine' | 'conversation'>
  readonly clock: Pick<Clock, 'now'>
}

/** An answer without a quote goes to the conversation that had words so lately, if it is the only one. */
export const ACTIVE_MS = 10 * 60_000
/** Open conversations shown in a list … */
const MAX_LISTED = 12
/** … and looked at, so that a tag is found that is not on it. */
const MAX_OPEN = 200
/** On the list, of one whose words are still to come. */
const NOT_SHOWN = ' · not shown yet'
const TAGGED = /^#([2-9A-HJ-NP-Z]{4})\b[\s:]*/i

export function createLines({ store, clock }: LinesOptions): Lines {
  const openOn = async ({ id, site }: ConfiguredConnector): Promise<readonly Open[]> => {
    const found = await store.onLine(site, id, MAX_OPEN)
    const all = await Promise.all(
      found.map(async ({ conversation, told }) => {
        const known = await store.conversation(conversation)
        return known && { ...known, told }
      }),
    )
    return all
      .filter((each) => each !== undefined)
      .filter(({ desks }) => desks === undefined || desks.includes(id))
  }

  const quotedIn = async (
    { id, site }: ConfiguredConnector,
    quoted: string | undefined,
  ): Promise<Conversation | undefined> => {
    const sent = quoted === undefined ? undefined : await store.sent(id, quoted)
    if (sent?.conversation === undefined) return undefined
    const conversation = await store.conversation(sent.conversation)
    return conversation?.site === site ? conversation : undefined
  }

  const listOf = (open: readonly Open[]): string => {
    if (open.length === 0) return 'No conversation is open.'
    const now = clock.now()
    const shown = open.slice(0, MAX_LISTED)
    const lines = shown.map(
      (each) => `${nameOf(each)} · ${agoOf(now - each.updated)}${each.told ? '' : NOT_SHOWN}`,
    )
    const hidden = open.length - shown.length
    const rest = hidden === 0 ? [] : [`… and ${hidden} more`]
    return ['Open conversations:', ...lines, ...rest].join('\n')
  }

  const HOW = 'Quote a message to answer it, or begin with a tag, e.g. "#7F3A Hello".'

  return {
    async read(connector, fact) {
      const text = isText(fact.body) ? fact.body.text.trim() : ''
      const command = /^\/(list|done)\b/i.exec(text)?.[1]?.toLowerCase()
      const open = await openOn(connector)
      if (command === 'list') return { kind: 'notice', text: `${listOf(open)}\n\n${HOW}` }

      const tag = TAGGED.exec(command === 'done' ? text.slice('/done'.length).trim() : text)
      const tagged = tag && open.filter(({ id }) => tagOf(id) === tag[1]?.toUpperCase())
      const quoted = await quotedIn(connector, fact.where.quoted)
      const lately = open.filter(({ updated, told }) => told && clock.now() - updated < ACTIVE_MS)
      const conversation =
        quoted ??
        (tagged?.length === 1 ? tagged[0] : undefined) ??
        (tag === null && lately.length === 1 ? lately[0] : undefined)
      if (!conversation) {
        return {
          kind: 'notice',
          text: `Nothing was sent: it is not clear to whom.\n\n${listOf(open)}\n\n${HOW}`,
        }
      }
      if (command === 'done') return { kind: 'resolve', conversation }
      if (!quoted && tag) {
        const rest = text.slice(tag[0].length)
        if (rest === '') return { kind: 'notice', text: `Nothing was sent: no words.\n\n${HOW}` }
        return { kind: 'answer', conversation, text: rest }
      }
      return { kind: 'answer', conversation }
    },
  }
}

function nameOf({ id, visitor, page }: Conversation): string {
  const path = page && URL.canParse(page.url) ? new URL(page.url).pathname : undefined
  return [`#${tagOf(id)}`, visitor.name, path].filter(Boolean).join(' · ')
}

function agoOf(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  if (minutes < 60) return `${minutes} min`
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`
  return `${Math.round(minutes / (24 * 60))} d`
}
