import type { Appearance } from '@homing/core'

/**
 * What a page may say to the widget, by `homing('verb', …)` or by the methods of the npm package.
 * Commands given before the widget has loaded wait in a queue.
 */
export interface Commands {
  /** Show the launcher. The script tag boots by itself; this is for after `shutdown`. */
  boot(options?: WidgetOptions): void
  /** Take the launcher away and close the link; what this browser keeps stays. */
  shutdown(): void
  /** Take everything away, the global included. */
  destroy(): void
  open(): void
  close(): void
  toggle(): void
  /** Show or hide the launcher. */
  show(): void
  hide(): void
  /** Calls `listener` at each event of this name. */
  on<Name extends keyof WidgetEvents>(
    name: Name,
    listener: (event: WidgetEvents[Name]) => void,
  ): void
  update(options: WidgetOptions): void
  newConversation(): void
  openConversation(id: string): void
  /** Send as the visitor, in the conversation on screen or a new one. */
  sendMessage(text: string): void
  /** Put text into the composer, for the visitor to send. */
  prefill(text: string): void
  setLocale(locale: string): void
  setTheme(theme: Pick<WidgetOptions, 'scheme' | 'accent'>): void
  /**
   * `none`: keep nothing in this browser and tell nothing of the page. `functional` (default):
   * keep the conversation once the visitor has begun one, and tell the page it began on.
   * `all`: also tell the agents which page the visitor is on.
   */
  setConsent(consent: Consent): void
}

export type Consent = 'none' | 'functional' | 'all'

export interface WidgetOptions {
  /** BCP 47 tag. */
  readonly locale?: string
  readonly scheme?: Appearance['scheme']
  /** "#rrggbb" */
  readonly accent?: string
  readonly consent?: Consent
}

export interface WidgetEvents {
  ready: undefined
  open: undefined
  close: undefined
  /** Unread messages changed. */
  unread: { readonly count: number }
  /** The visitor submitted a message. */
  sent: { readonly conversation: string; readonly id: string }
  /** An agent's or a bot's message came. */
  received: { readonly conversation: string; readonly id: string }
}

export type Command =
  | { [Verb in keyof Commands]: readonly [Verb, ...Parameters<Commands[Verb]>] }[keyof Commands]
  /** The loader's own: the page's address resumes a conversation. */
  | readonly ['resume']

/** The one global. */
export interface HomingFunction {
  <Verb extends keyof Commands>(verb: Verb, ...args: Parameters<Commands[Verb]>): void
  /** Commands that wait; absent once the widget takes them. */
  q?: Command[]
}
