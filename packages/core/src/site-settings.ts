/** What everybody may know of a site: inlined in the widget's script. */
export interface SiteSettings {
  readonly key: string
  /** Where the relay is, e.g. "https://relay.example.com". */
  readonly relay: string
  readonly name: string
  /** Address of the engine's chunk, absolute. */
  readonly engine: string
  readonly appearance: Appearance
  /** BCP 47 tag; absent: the page's language. */
  readonly locale?: string
  /** Where a visitor can go on; absent: nowhere. */
  readonly reaches?: readonly SiteReach[]
}

/** An app in which a visitor can go on with a conversation that began on the page. */
export interface SiteReach {
  /** Its name for `POST /v1/hand-over`, e.g. "whatsapp". */
  readonly type: string
  /** As people call it, e.g. "WhatsApp". */
  readonly app: string
  /** False: only a link. What is written there does not come back to the page. */
  readonly binds: boolean
  /** The visitor leaves an address, by `POST /v1/follow-up`, instead of writing from there. */
  readonly asks?: 'email'
}

export interface Appearance {
  /** CSS colour of launcher and own bubbles, "#rrggbb". */
  readonly accent: string
  readonly side: 'start' | 'end'
  readonly scheme: 'light' | 'dark' | 'auto'
  /** Greeting of the empty thread; the locale's own when absent. */
  readonly greeting?: string
  /** Distance from the corner, CSS px. */
  readonly offset?: { readonly x: number; readonly y: number }
}
