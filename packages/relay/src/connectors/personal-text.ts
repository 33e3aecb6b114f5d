import { isStatus, isText } from '@homing/core'
import { oneLine, speakerOf, transcriptOf, wordsOf } from './compose-text.ts'
import type { Outbound } from './connector.ts'

/**
 * An entry as one message to one person's messenger: to the merchant with what was said before, to
 * a visitor the words alone, for to him it is one voice that answers. Empty: there is nothing to
 * send, as with a change of status, for which nobody's phone need ring.
 */
export function personalText(outbound: Outbound, maxLength: number): string {
  const { entry, visitor, role } = outbound
  const words = wordsOf(entry).trim()
  if (words === '' || isStatus(entry.body)) return ''
  if (role === 'desk') {
    const line = isText(entry.body) ? words : `${tagOf(outbound)}\n${words}`
    const room = maxLength - line.length - GAP.length
    const told = room > 0 ? transcriptOf(outbound, room) : ''
    return clip(told === '' ? line : told + GAP + line, maxLength)
  }
  if (entry.author.role !== 'bot') return clip(words, maxLength)
  return clip(`${oneLine(speakerOf(entry.author, visitor), MAX_SPEAKER)}: ${words}`, maxLength)
}

/** Texts come with their tag in front; what is more than text gets it here. */
function tagOf({ tag, visitor }: Outbound): string {
  return [`#${tag}`, oneLine(visitor.name ?? '')].filter((part) => part !== '').join(' · ')
}

/**
 * A value of an approved template, "{site}", "{tag}" and "{visitor}" filled in: messengers take one
 * line there, and never an empty one.
 */
export function templateValue(value: string, { site, tag, visitor }: Outbound): string {
  const filled = value
    .replaceAll('{site}', () => site.name)
    .replaceAll('{tag}', () => tag)
    .replaceAll('{visitor}', () => visitor.name ?? 'Visitor')
  return oneLine(filled).replace(/\s{2,}/g, ' ') || '-'
}

/** At most so many UTF-16 units, and no half character. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const cut = text.slice(0, maxLength - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

const GAP = '\n\n'
/** Characters of a bot's name. */
const MAX_SPEAKER = 60
