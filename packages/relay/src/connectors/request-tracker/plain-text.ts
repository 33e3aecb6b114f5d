/**
 * HTML to plain text, for mails that bring nothing else. Conservative: it drops what it does not
 * know and keeps words and line breaks; the result is shown as text, never as HTML.
 */
export function htmlToText(html: string): string {
  return (
    html
      .replace(/<(script|style|head|title)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
      .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
      .replace(/\s+/g, ' ')
      .replace(/<br\s*\/?>/gi, '\n')
      .replace(/<li\b[^<>]*>/gi, '\n• ')
      .replace(/<\/?(?:p|div|tr|table|ul|ol|h[1-6]|blockquote|pre|section)\b[^<>]*>/gi, '\n')
      // A tag begins with a letter or a slash, and has no "<" within: "5 < 6" is no tag.
      .replace(/<\/?[a-z!][^<>]*>/gi, '')
      .replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,8});/gi, (whole, name: string) => {
        return entity(name.toLowerCase()) ?? whole
      })
      .replace(/[^\S\n]+/g, ' ')
      .replace(/ *\n */g, '\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim()
  )
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

function entity(name: string): string | undefined {
  if (!name.startsWith('#')) return NAMED[name]
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  const allowed = code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
  return allowed ? String.fromCodePoint(code) : undefined
}
