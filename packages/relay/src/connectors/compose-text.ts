import type { Author, Entry, VisitorCard } from '@homing/core'
import { isStatus, lineOf } from '@homing/core'
import type { Outbound } from './connector.ts'

/**
 * What a desk is told in plain words: an entry, who said it, what was said before, and where the
 * visitor is. Each connector puts its own markup around; none of these texts is escaped.
 */

const STATUS_WORDS = { open: 'opened again', resolved: 'resolved', joined: 'joined' } as const

/** An entry's words: what is more than text as its fallback, a change of status as a short line. */
export function wordsOf(entry: Entry): string {
  const { body } = entry
  if (!isStatus(body)) return lineOf(body)
  const words: unknown = STATUS_WORDS[body.status]
  return typeof words === 'string' ? `(${words})` : ''
}

/** Who said it, in one line; an automatic party is named as such. */
export function speakerOf(author: Author, visitor: VisitorCard): string {
  const name = oneLine((author.role === 'visitor' ? visitor.name : undefined) ?? author.name ?? '')
  switch (author.role) {
    case 'visitor':
      return name === '' ? 'Visitor' : name
    case 'agent':
      return name === '' ? 'Agent' : name
    default:
      return name === '' ? 'Bot' : `${name} (bot)`
  }
}

/** One entry as a line of a script. Further lines stand in, so that nobody's words pass for another's. */
export function spokenLine(entry: Entry, visitor: VisitorCard): string {
  const words = wordsOf(entry).trim().replace(/\r?\n/g, '\n  ')
  return words === '' ? '' : `${speakerOf(entry.author, visitor)}: ${words}`
}

/** What was said before the entry, oldest first; the newest part of it when there is too much. */
export function transcriptOf(outbound: Outbound, maxLength: number): string {
  const lines = outbound.before
    .map((entry) => spokenLine(entry, outbound.visitor))
    .filter((line) => line !== '')
  let { omitted } = outbound
  const told = (): string =>
    [...(omitted > 0 ? [`(${omitted} earlier messages are left out)`] : []), ...lines].join('\n')
  while (lines.length > 0 && told().length > maxLength) {
    lines.shift()
    omitted++
  }
  return told()
}

/** Where the visitor is and who it is, as pairs of a label and one line. */
export function cardOf(outbound: Outbound): readonly (readonly [string, string])[] {
  const { page, visitor, site, tag } = outbound
  const pairs: (readonly [string, string | undefined])[] = [
    ['Page', page?.title],
    ['Address', page?.url],
    ['Came from', page?.referrer],
    ['Site', site.name],
    ['Language', visitor.locale],
    ['E-mail', visitor.email],
    ['Conversation', tag],
  ]
  return pairs.flatMap(([label, value]) => {
    const line = oneLine(value ?? '')
    return line === '' ? [] : [[label, line] as const]
  })
}

/** The conversation in the console. */
export function consoleLink(outbound: Outbound): string {
  return `${outbound.relay.replace(/\/+$/, '')}/console#/c/${outbound.conversation}`
}

/** Without line breaks and other control characters, and not longer than a line. */
export function oneLine(text: string, maxLength = 300): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
  const chars = Array.from(line)
  return chars.length <= maxLength ? line : `${chars.slice(0, maxLength - 1).join('')}…`
}
