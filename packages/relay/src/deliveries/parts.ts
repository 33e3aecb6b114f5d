import { isText } from '@homing/core'
import type { Outbound } from '../connectors/connector.ts'

/**
 * A text that is too long for the far side, in parts. Each part is an outbound of its own, whose
 * key is the delivery's and the part's number: the same on every try. What fits stays as it is.
 */
export function partsOf(outbound: Outbound, maxText: number): readonly Outbound[] {
  const { entry } = outbound
  if (!isText(entry.body) || entry.body.text.length <= maxText) return [outbound]
  const texts = cutText(entry.body.text, maxText)
  return texts.map((text, index) => ({
    ...outbound,
    key: `${outbound.key}.${index + 1}`,
    entry: { ...entry, body: { type: 'text', text } },
    part: { number: index + 1, of: texts.length },
  }))
}

/** Cut at a line or a word where there is one in the last third, and never within a character. */
export function cutText(text: string, limit: number): readonly string[] {
  const parts: string[] = []
  let rest = text
  while (rest.length > limit) {
    const end = cutAt(rest, limit)
    parts.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  if (rest !== '' || parts.length === 0) parts.push(rest)
  return parts
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
