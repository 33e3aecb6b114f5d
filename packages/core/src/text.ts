/** Plain text cut into what is shown as text and what is shown as a link. Never HTML. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }

// Only these schemes ever become a link; the character classes cannot backtrack into each other.
const LINK =
  /\b(?:https?:\/\/[^\s<>"']+|mailto:[^\s<>"']+@[^\s<>"']+|tel:\+?[\d-]{3,20}|www\.[^\s<>"'./]+\.[^\s<>"']+)/gi

export function parseText(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let at = 0
  for (const match of text.matchAll(LINK)) {
    const shown = trimTail(match[0])
    const start = match.index
    if (start > at) parts.push({ kind: 'text', text: text.slice(at, start) })
    parts.push({
      kind: 'link',
      text: shown,
      href: /^www\./i.test(shown) ? `https://${shown}` : shown,
    })
    at = start + shown.length
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) })
  return parts
}

/** A sentence's full stop is not the link's; a bracket is, when it was opened within. */
function trimTail(link: string): string {
  let end = link.length
  for (;;) {
    const last = link.charAt(end - 1)
    if ('.,;:!?…\'"*_'.includes(last)) end--
    else if (last === ')' && count(link, '(', end) < count(link, ')', end)) end--
    else return link.slice(0, end)
  }
}

function count(text: string, char: string, end: number): number {
  let found = 0
  for (let i = 0; i < end; i++) if (text.charAt(i) === char) found++
  return found
}
