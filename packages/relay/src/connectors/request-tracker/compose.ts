import { lineOf } from '@homing/core'
import type { Outbound } from '../connector.ts'
import { messageIdOf, referenceOf, visitorAddress } from './identity.ts'
import { oneLine, writeMail } from './mail.ts'
import type { RequestTrackerSettings } from './types.ts'

/** Characters of the page's title or the first words that stand in a subject. */
const SUBJECT_WORDS = 60

/** The visitor's words as the visitor's mail. The first one also tells where they were written. */
export function composeMail(outbound: Outbound, settings: RequestTrackerSettings): string {
  const { entry, visitor, thread } = outbound
  const words = entry.author.role === 'visitor' ? lineOf(entry.body) : ''
  return writeMail({
    from: {
      name: oneLine(visitor.name ?? '') || `Visitor ${visitor.id.slice(-6)}`,
      address: visitorAddress(visitor, settings),
    },
    to: `${settings.queue.replace(/[^A-Za-z0-9.-]+/g, '-')}@${settings.rtname}`,
    subject:
      thread === undefined
        ? openingSubject(outbound, words)
        : `[${settings.rtname} #${thread}] ${outbound.site.name}`,
    messageId: messageIdOf(outbound, settings),
    time: entry.time,
    text: thread === undefined ? `${words}\n\n${footer(outbound)}\n` : `${words}\n`,
  })
}

function openingSubject(outbound: Outbound, words: string): string {
  const title = oneLine(outbound.page?.title ?? '') || oneLine(words) || outbound.site.name
  // A tag of another ticket in a title would send these words there.
  const safe = cut(title.replace(/[[\]]/g, ' ').replace(/\s+/g, ' ').trim())
  return `${safe} (ref ${referenceOf(outbound.conversation)})`
}

function footer({ page, visitor, site, relay, conversation }: Outbound): string {
  const lines = ['----']
  if (page) {
    lines.push(page.title === undefined ? 'Page:' : `Page: ${oneLine(page.title)}`)
    lines.push(oneLine(page.url))
    if (page.referrer !== undefined) lines.push(`Came from: ${oneLine(page.referrer)}`)
  }
  lines.push(`Site: ${oneLine(site.name)}`)
  if (visitor.locale !== undefined) lines.push(`Language: ${oneLine(visitor.locale)}`)
  if (visitor.email !== undefined) lines.push(`E-mail: ${oneLine(visitor.email)}`)
  lines.push(`Conversation: ${relay.replace(/\/+$/, '')}/console#/c/${conversation}`)
  return lines.join('\n')
}

function cut(text: string): string {
  const chars = Array.from(text)
  return chars.length <= SUBJECT_WORDS ? text : `${chars.slice(0, SUBJECT_WORDS - 1).join('')}…`
}
