/** Plain text cut into what is shown as text and what is shown as a link. Never HTML. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }

// What no link goes on through: blanks, quotes, the punctuation of Chinese and Japanese, and marks
// that are not seen but change what is read.
const CHAR =
  '[^\\s<>"\'\\u200B-\\u200F\\u2018-\\u201F\\u202A-\\u202E\\u2060-\\u2069\\u3000-\\u303F\\uFEFF\\uFF00-\\uFF0F\\uFF1A-\\uFF20\\uFF3B-\\uFF40\\uFF5B-\\uFF65]'

// Only these schemes ever become a link. Every repeat is bounded or cannot fail, so that no text,
// however hostile, is more work than its length.
const LINK = new RegExp(
  `\\b(?:https?://[\\p{L}\\p{N}[]${CHAR}*|mailto:${CHAR}{1,64}?@${CHAR}{1,255}|tel:\\+?[\\d-]{3,20}|www\\.[\\p{L}\\p{N}-]{1,63}\\.${CHAR}+)`,
  'giu',
)

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
  let unopened = count(link, ')') - count(link, '(')
  for (;;) {
    const last = link.charAt(end - 1)
    if (last === ')') {
      if (unopened <= 0) break
      unopened--
    } else if (!'.,;:!?…*_'.includes(last)) break
    end--
  }
  return link.slice(0, end)
}

const count = (text: string, char: string): number => text.split(char).length - 1
