/**
 * Cross-site request forgery: may this request change something with the console's cookie?
 *
 * A browser names the page that sent a request in `Origin`, and no page can forge it. It must be
 * the relay's own, exactly; a missing or "null" one is refused. `Sec-Fetch-Site`, where a browser
 * sends it, has to agree. The cookie's SameSite is a second wall, not a reason to leave this out.
 */
export type SameOrigin = (headers: Headers) => boolean

export function createSameOrigin(publicUrl: string): SameOrigin {
  const own = ownOrigins(publicUrl)
  return (headers) => {
    const origin = headers.get('origin')
    if (origin === null || !own.has(origin)) return false
    const site = headers.get('sec-fetch-site')
    return site === null || site === 'same-origin'
  }
}

/** On one's own machine the same relay is reached by several names; they are all it. */
function ownOrigins(publicUrl: string): ReadonlySet<string> {
  const url = new URL(publicUrl)
  if (!isLocal(url)) return new Set([url.origin])
  const port = url.port === '' ? '' : `:${url.port}`
  return new Set(LOCAL_HOSTS.map((host) => `http://${host}${port}`))
}

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]']

/** Plain http on this very machine: the one place where the console works without https. */
export function isLocal(url: URL): boolean {
  return url.protocol === 'http:' && LOCAL_HOSTS.includes(url.hostname)
}
