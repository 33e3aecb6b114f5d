import { isStatus } from '@homing/core'
import { oneLine, speakerOf, transcriptOf, wordsOf } from './compose-text.ts'
import type { Outbound } from './connector.ts'

/**
 * An entry as one message to one person's messenger: to the merchant with what was said before, to
 * a visitor the words alone, for to him it is one voice that answers. Empty: there is nothing to send.
 */
export function personalText(outbound: Outbound, maxLength: number): string {
  const { entry, visitor, role } = outbound
  const words = wordsOf(entry).trim()
  if (role === 'desk') {
    const room = maxLength - words.length - GAP.length
    const told = words !== '' && room > 0 ? transcriptOf(outbound, room) : ''
    return clip(told === '' ? words : told + GAP + words, maxLength)
  }
  // That the shop closed its file is of no use to somebody on the way.
  if (words === '' || isStatus(entry.body)) return ''
  if (entry.author.role !== 'bot') return clip(words, maxLength)
  return clip(`${oneLine(speakerOf(entry.author, visitor), MAX_SPEAKER)}: ${words}`, maxLength)
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
