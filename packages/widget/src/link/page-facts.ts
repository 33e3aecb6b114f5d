import type { Page } from '@homing/core'

/** Parameters that may hold a secret or a person's data never leave the page. */
const PRIVATE = /token|key|secret|code|pass|pwd|mail|phone|session|sid|auth|sig|name|address/i

/** Where the visitor is, as an agent may see it. */
export function pageFacts(document: Document): Page {
  const url = publicAddress(document.location.href)
  const referrer = document.referrer === '' ? '' : publicAddress(document.referrer)
  const title = document.title.trim()
  return {
    url,
    ...(title === '' ? {} : { title }),
    ...(referrer === '' ? {} : { referrer }),
  }
}

/** Without fragment, credentials and private parameters. */
export function publicAddress(address: string): string {
  try {
    const url = new URL(address)
    url.hash = url.username = url.password = ''
    for (const name of Array.from(url.searchParams.keys())) {
      if (PRIVATE.test(name)) url.searchParams.delete(name)
    }
    return url.href
  } catch {
    return ''
  }
}
