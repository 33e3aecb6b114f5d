/** A visitor's page tells its own address, so it may be anything: only http and https become links. */
export interface SafeUrl {
  readonly href: string
  /** Host and path, without scheme and query: what fits into a column. */
  readonly label: string
}

export function safeUrl(text: string | undefined): SafeUrl | undefined {
  if (text === undefined) return undefined
  try {
    const url = new URL(text)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
    const path = url.pathname === '/' ? '' : url.pathname
    return { href: url.href, label: url.host + path }
  } catch {
    return undefined
  }
}
