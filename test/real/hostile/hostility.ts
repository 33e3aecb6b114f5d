import type { EngineName, Tab } from '../../browsers/browser.ts'
import type { Hosted, HostedPage } from '../../static-host.ts'

/** A page that does what pages do to widgets, without meaning it. The same conversation has to pass on each. */
export interface Hostility {
  /** What the page does; ends the test's title. */
  readonly name: string
  readonly page: (tag: string) => HostedPage
  /** What else its origin serves, by path. */
  readonly files?: Readonly<Record<string, Hosted>>
  /** Once the page is there, before the widget is touched. */
  readonly before?: (tab: Tab) => Promise<void>
  /** In the middle of the conversation, with HALF in the composer. */
  readonly during?: (tab: Tab) => Promise<void>
  /** At the end: that the page did what it is here for. */
  readonly after?: (tab: Tab) => Promise<void>
  /** False where the browser cannot keep who the visitor is: a reload begins anew. */
  readonly keeps?: false
  /** What the page itself makes the browser complain of. */
  readonly tolerated?: RegExp
  /** Engines that cannot show it, with the reason; they are in docs/reliability.md too. */
  readonly not?: Readonly<Partial<Record<EngineName, string>>>
}

/** What the visitor has written and not sent when the page acts. */
export const HALF = 'half a sentence'
