/**
 * Which pages may talk to the relay.
 *
 * A browser names the page's origin and no page can change that, so this keeps other sites' pages
 * out. A program can claim any origin: it is a fence for browsers, not a proof of identity.
 *
 * A pattern is an exact origin (scheme, host, port), or "https://*.example.com", where the star
 * stands for exactly one label. Both sides are parsed, never compared by their ends.
 */
export type OriginPattern =
  | { readonly kind: 'exact'; readonly origin: string }
  | {
      readonly kind: 'one-label'
      readonly protocol: string
      /** What follows the label, with its leading dot: ".example.com". */
      readonly suffix: string
      readonly port: string
    }

/** Undefined: this is no pattern. */
export function parseOriginPattern(text: string): OriginPattern | undefined {
  const star = /^(https?:\/\/)\*\.(.+)$/.exec(text)
  if (!star) {
    const origin = parseOrigin(text)
    return origin === undefined ? undefined : { kind: 'exact', origin }
  }
  const [, scheme = '', rest = ''] = star
  const origin = parseOrigin(`${scheme}${rest}`)
  if (origin === undefined) return undefined
  const { protocol, hostname, port } = new URL(origin)
  // A star above a single label would be a whole top-level domain; above an address it means nothing.
  if (!hostname.includes('.') || isAddress(hostname)) return undefined
  return { kind: 'one-label', protocol, suffix: `.${hostname}`, port }
}

/** The `Origin` header against a site's list. A missing or opaque ("null") one never matches. */
export function originAllowed(header: string | undefined, patterns: readonly string[]): boolean {
  if (header === undefined) return false
  const origin = parseOrigin(header)
  if (origin === undefined) return false
  return patterns.some((text) => {
    const pattern = parseOriginPattern(text)
    return pattern !== undefined && matches(origin, pattern)
  })
}

function matches(origin: string, pattern: OriginPattern): boolean {
  if (pattern.kind === 'exact') return origin === pattern.origin
  const { protocol, hostname, port } = new URL(origin)
  if (protocol !== pattern.protocol || port !== pattern.port) return false
  if (!hostname.endsWith(pattern.suffix)) return false
  const label = hostname.slice(0, -pattern.suffix.length)
  return label !== '' && !label.includes('.')
}

/**
 * The origin in its one normal form (lower case, punycode, no default port); undefined for
 * anything that holds more than an origin, or is none.
 */
export function parseOrigin(text: string): string | undefined {
  // The URL parser forgives blanks, backslashes and missing slashes; an origin has none of these.
  if (!/^https?:\/\/[^\s/\\?#@]+$/i.test(text)) return undefined
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return undefined
  }
  // A trailing dot names the same host to DNS, but another origin to browsers.
  if (url.hostname === '' || url.hostname.includes('*')) return undefined
  return url.origin
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname)
}
