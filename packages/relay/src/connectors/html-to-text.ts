/**
 * HTML to plain text, for far sides that tell what an agent wrote as HTML. Conservative: it drops
 * what it does not know and keeps words, line breaks and where a link leads; the result is shown
 * as text, never as HTML.
 */
export function htmlToText(html: string): string {
  return (
    html
      .replace(/<(script|style|head|title)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
      .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
      .replace(/\s+/g, ' ')
      .replace(/<a\b([^<>]*)>([^<>]*)<\/a\s*>/gi, (_whole, attributes: string, label: string) => {
        return linkText(attributes, label)
      })
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

/** Of far sides that say now HTML, now plain text: only what has a tag in it is taken for HTML. */
export function maybeHtmlToText(text: string): string {
  const tag = /<\/(?:p|div|ul|ol|li|h[1-6]|a|b|i|em|strong|pre|blockquote)>|<br ?\/?>|<img /i
  return tag.test(text) ? htmlToText(text) : text.trim()
}

/** Words to HTML that says exactly them. */
export function textToHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
    .replace(/\r\n?|\n/g, '<br>')
}

/** The label and, where it does not say so itself, the address. */
function linkText(attributes: string, label: string): string {
  const quoted = /\bhref ?= ?(?:"([^"]*)"|'([^']*)')/i.exec(attributes)
  const address = (quoted?.[1] ?? quoted?.[2] ?? '').trim()
  const words = label.trim()
  if (!/^https?:\/\//i.test(address)) return label
  if (words === '') return address
  const bare = (text: string): string => text.replace(/^https?:\/\//i, '').replace(/\/$/, '')
  return bare(words) === bare(address) ? label : `${label} (${address})`
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  euro: '€',
}

function entity(name: string): string | undefined {
  if (!name.startsWith('#')) return NAMED[name]
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  const allowed = code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
  return allowed ? String.fromCodePoint(code) : undefined
}
