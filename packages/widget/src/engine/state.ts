import type { Author, SiteSettings, ThreadItem } from '@homing/core'

import type { Strings } from '../locales/en.ts'
import type { ReadonlySignal, Signal } from '../signal.ts'
import { signal } from '../signal.ts'

/**
 * What the widget shows, as signals. The session is the only writer; the panel only reads and
 * calls `PanelActions`.
 */
export interface WidgetState {
  readonly settings: Signal<SiteSettings>
  readonly strings: Signal<Strings>
  /** BCP 47 tag in use. */
  readonly locale: Signal<string>
  readonly direction: Signal<'ltr' | 'rtl'>
  /** What `setTheme` or the site asks for; `auto` follows the system. */
  readonly scheme: Signal<'light' | 'dark' | 'auto'>
  readonly open: Signal<boolean>
  /**
   * `idle` nothing to do yet · `connecting` for less than a moment: say nothing ·
   * `online` · `offline` the link has been down long enough to say so, quietly.
   */
  readonly connection: Signal<'idle' | 'connecting' | 'online' | 'offline'>
  /** Are agents there? undefined: not known. */
  readonly agentsOnline: Signal<boolean | undefined>
  /** Newest activity first. */
  readonly conversations: Signal<readonly ConversationItem[]>
  /** What is on screen: the list, or one conversation's thread (perhaps not yet sent anything). */
  readonly screen: Signal<Screen>
  readonly thread: Signal<Thread>
  /** The composer's text of the thread on screen: kept over reloads and shared by tabs. */
  readonly composer: Signal<string>
  /** Unread messages over all conversations. */
  readonly unread: Signal<number>
  /** False: this browser keeps nothing, unsent words are lost when the page closes. */
  readonly durable: Signal<boolean>
  /** A sentence about something that failed and that the reader should know; null for none. */
  readonly notice: Signal<string | null>
}

export type Screen =
  | { readonly name: 'list' }
  | { readonly name: 'thread'; readonly conversation: string }

export interface ConversationItem {
  readonly id: string
  readonly status: 'open' | 'resolved'
  /** Last line, whoever wrote it; empty for a new conversation. */
  readonly line: string
  readonly mine: boolean
  readonly author: Author | null
  readonly time: number
  readonly unread: number
  readonly typing: boolean
}

export interface Thread {
  /** `loading` until the local store was read; `empty` has no item and nothing to load. */
  readonly phase: 'loading' | 'empty' | 'ready'
  readonly status: 'open' | 'resolved'
  readonly items: readonly ThreadItem[]
  /** Older entries exist; `loading` while they are fetched. */
  readonly earlier: 'none' | 'more' | 'loading'
  /** Who is writing on the other side now. */
  readonly typing: Author | null
  /** Highest seq in `items`; 0 for none. */
  readonly head: number
}

export interface PanelActions {
  close(): void
  showList(): void
  openConversation(id: string): void
  newConversation(): void
  /** Send the composer's text. Blank text is ignored; text over the limit never gets here. */
  submit(text: string): void
  /** The composer's text changed: kept, and told as typing. */
  typed(text: string): void
  retry(draftId: string): void
  /** Give up a failed draft. */
  discard(draftId: string): void
  /** The reader has seen the thread up to here. */
  seen(seq: number): void
  loadEarlier(): void
  dismissNotice(): void
  /**
   * The visitor's own, for what is asked of the relay past the link; undefined while there is none.
   * Asking is a use: from now on this browser has a conversation.
   */
  secret(): string | undefined
}

/** Handed to the panel's `mount`, which is all that the engine knows of the panel. */
export interface PanelContext {
  readonly state: ReadonlyState
  readonly actions: PanelActions
  /** The open shadow root's container that the panel renders into; the panel adds its own sheet to `root`. */
  readonly root: ShadowRoot
  readonly container: HTMLElement
  /** Longest text, UTF-16 code units. */
  readonly maxText: number
}

export type ReadonlyState = { readonly [K in keyof WidgetState]: ReadonlySignal<SignalValue<K>> }
type SignalValue<K extends keyof WidgetState> =
  WidgetState[K] extends Signal<infer Value> ? Value : never

export const EMPTY_THREAD: Thread = {
  phase: 'loading',
  status: 'open',
  items: [],
  earlier: 'none',
  typing: null,
  head: 0,
}

export function createState(settings: SiteSettings, strings: Strings, locale: string): WidgetState {
  return {
    settings: signal(settings),
    strings: signal(strings),
    locale: signal(locale),
    direction: signal('ltr'),
    scheme: signal(settings.appearance.scheme),
    open: signal(false),
    connection: signal('idle'),
    agentsOnline: signal(undefined),
    conversations: signal([]),
    screen: signal({ name: 'list' }),
    thread: signal(EMPTY_THREAD),
    composer: signal(''),
    unread: signal(0),
    durable: signal(true),
    notice: signal(null),
  }
}
