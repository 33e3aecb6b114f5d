import { isText } from '@homing/core'
import type { Capabilities, Outbound } from '../connectors/connector.ts'

type Limit = Pick<Capabilities, 'maxText' | 'textUnit'>

/**
 * A text that is too long for the far side, in parts. Each part is an outbound of its own, whose
 * key is the delivery's and the part's number: the same on every try. What fits stays as it is.
 */
export function partsOf(outbound: Outbound, limit: Limit): readonly Outbound[] {
  const { entry } = outbound
  if (!isText(entry.body) || lengthOf(entry.body.text, limit.textUnit) <= limit.maxText) {
    return [outbound]
  }
  const texts = cutText(entry.body.text, limit.maxText, limit.textUnit)
  return texts.map((text, index) => ({
    ...outbound,
    key: `${outbound.key}.${index + 1}`,
    entry: { ...entry, body: { type: 'text', text } },
    part: { number: index + 1, of: texts.length },
    // What was said before goes with the first part, what comes after with the last.
    before: index === 0 ? outbound.before : [],
    more: index === texts.length - 1 ? outbound.more : [],
  }))
}

export function lengthOf(text: string, unit: Capabilities['textUnit']): number {
  return unit === 'bytes' ? Buffer.byteLength(text) : text.length
}

/** Cut at a line or a word where there is one in the last third, and never within a character. */
export function cutText(
  text: string,
  limit: number,
  unit: Capabilities['textUnit'] = 'utf16',
): readonly string[] {
  const parts: string[] = []
  let rest = text
  while (lengthOf(rest, unit) > limit) {
    const end = cutAt(rest, unit === 'bytes' ? unitsWithin(rest, limit) : limit)
    parts.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  if (rest !== '' || parts.length === 0) parts.push(rest)
  return parts
}

/** How many UTF-16 units fit into so many bytes; at least one character. */
function unitsWithin(text: string, bytes: number): number {
  let units = 0
  let used = 0
  for (const character of text) {
    used += Buffer.byteLength(character)
    if (used > bytes && units > 0) break
    units += character.length
  }
  return units
}

function cutAt(text: string, limit: number): number {
  const earliest = Math.floor((limit * 2) / 3)
  for (const space of ['\n', ' ']) {
    const at = text.lastIndexOf(space, limit)
    if (at > earliest) return at
  }
  const code = text.charCodeAt(limit - 1)
  const splitsPair = code >= 0xd800 && code <= 0xdbff && limit > 1
  return splitsPair ? limit - 1 : limit
}
