import { lineOf } from '@homing/core'
import { cardOf, consoleLink, oneLine, spokenLine, transcriptOf, wordsOf } from './compose-text.ts'
import type { Outbound } from './connector.ts'

/**
 * What stands in a ticket: a subject, what opened it, and what is said later. Texts are plain;
 * a far side that takes HTML makes it of them.
 */

/** Characters of the page's title or the first words that stand in a subject. */
const SUBJECT_LENGTH = 80
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const LINK = new RegExp(`/console#/c/(${UUID})`, 'g')

/** Does the visitor speak in it? Else it is the others' words, which the visitor has already. */
export function isOfVisitor({ entry, more }: Outbound): boolean {
  return [entry, ...more].some(({ author }) => author.role === 'visitor')
}

/** The words of all that is sent together; empty when there are none. Whoever else speaks is named. */
export function saidText({ entry, more, visitor }: Outbound): string {
  return [entry, ...more]
    .map((each) =>
      each.author.role === 'visitor' ? wordsOf(each).trim() : spokenLine(each, visitor),
    )
    .filter((text) => text !== '')
    .join('\n')
}

/** What was said before, what is said now, and who and where the visitor is. */
export function openingText(outbound: Outbound, maxTranscript: number): string {
  const before = transcriptOf(outbound, maxTranscript)
  return [
    ...(before === '' ? [] : [`${before}\n\n----`]),
    saidText(outbound),
    contextText(outbound),
  ].join('\n\n')
}

/** Who and where the visitor is, and the way into the console. It ends with the link. */
export function contextText(outbound: Outbound): string {
  const card = cardOf(outbound).map(([label, line]) => `${label}: ${line}`)
  return ['----', ...card, consoleLink(outbound)].join('\n')
}

export function subjectOf({ entry, page, site }: Outbound): string {
  const title = page?.title ?? (entry.author.role === 'visitor' ? lineOf(entry.body) : '')
  return oneLine(title, SUBJECT_LENGTH) || oneLine(site.name, SUBJECT_LENGTH)
}

/** How people at the desk call the visitor. */
export function visitorName({ visitor }: Outbound): string {
  return oneLine(visitor.name ?? '', SUBJECT_LENGTH) || `Visitor ${visitor.id.slice(-6)}`
}

/** The conversation of a ticket, by the link that ends its first text: words before it may hold others. */
export function conversationOfText(text: string): string | undefined {
  return [...text.matchAll(LINK)].at(-1)?.[1]
}

/** The same words, however the far side broke and spaced their lines. */
export function sameWords(one: string, other: string): boolean {
  return squeeze(one) === squeeze(other)
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
