import type { Clock, Random } from './clock.ts'
import type { ConversationView } from './conversation-log.ts'
import type { ErrorCode } from './errors.ts'
import type { LinkState } from './link-keeper.ts'
import type { Draft, Identity, LocalStore } from './local-store.ts'
import type {
  Body,
  ClientFrame,
  Entries,
  Page,
  Position,
  Reset,
  ServerFrame,
  Welcome,
} from './protocol.ts'
import type { Transport } from './transport.ts'

/**
 * Keeps what is shown here the same as the relay's log, and what was written here on its way
 * there. The only place that decides when.
 *
 *   start ─▶ load the local store
 *   connect ─▶ hello ─▶ welcome ─▶ apply what was missed ─▶ flush the outbox ─▶ live
 *   live: each frame is applied in order: stored first, then shown, then told to other tabs
 *
 * A run of entries is applied only where it continues the position; anything else asks for the
 * missing part (`resume`). So a lost, doubled or reordered frame costs a question, never a hole.
 *
 * Several engines may share one local store (the tabs of a browser). Each may hold a link; the
 * ones that do not are told by the others through `overhear`. This file does not know how tabs
 * talk, who leads, or what a screen is.
 */
export interface SyncEngine {
  /** Read the local store. Resolves when there is something to show; connects nothing. */
  start(): Promise<void>
  /** Want a link, or not. */
  connect(): void
  disconnect(): void
  /** The page became visible, the network came back: try now. */
  wake(): void
  /** Submit words. Resolves when they are kept; they are shown then, and sent when they can be. */
  send(conversation: string, body: Body): Promise<Draft>
  retry(draft: string): Promise<void>
  discard(draft: string): Promise<void>
  /** This reader has seen the conversation up to here. */
  read(conversation: string, seq: number): void
  typing(conversation: string, on: boolean): void
  page(page: Page): void
  /** Entries before the window; resolves when they were asked for, they come as a change. */
  loadEarlier(conversation: string): Promise<void>
  /** Another tab did or heard something. */
  overhear(message: TabMessage): void
  /** Read the local store again: this tab slept and may have missed what others told. */
  reload(): Promise<void>
  conversations(): readonly ConversationView[]
  conversation(id: string): ConversationView | undefined
  drafts(conversation?: string): readonly Draft[]
  link(): LinkState
  identity(): Identity | null
  /** Notes kept by the local store, as they were at start. */
  notes(): Readonly<Record<string, string>>
  /** Relay's clock minus this device's, ms; for showing times of drafts beside those of entries. */
  clockOffset(): number
  stop(): void
}

/** Frames that change what is shown and not what is read. */
export type SignalFrame = Extract<
  ServerFrame,
  { t: 'read' | 'typing' | 'presence' | 'conversation' | 'config' }
>

/** What one tab tells the others of its browser. Versioned by whoever carries it. */
export type TabMessage = TabNews & {
  /** Whose it is: a store that was swept away may have made somebody else of the other tabs. */
  readonly whose: string
  /** The life of the log that it is of. */
  readonly epoch: string
}

export type TabNews =
  /** A frame that was applied. */
  | { readonly kind: 'frame'; readonly frame: Welcome | Entries | Reset | SignalFrame }
  /** A draft was kept or changed; whoever has a link sends it. */
  | {
      readonly kind: 'draft'
      readonly draft: Draft
      /** It had failed, and its author tries it again. */
      readonly again?: true
    }
  | { readonly kind: 'settled'; readonly draft: string }
  /** Somebody with a link is asked to send this. */
  | { readonly kind: 'ask'; readonly frame: ClientFrame }
  /** The reader's own mark rose. */
  | { readonly kind: 'read'; readonly conversation: string; readonly seq: number }
  /** How far this tab is: whoever has a link tells what it lacks, as a frame. */
  | {
      readonly kind: 'where'
      readonly positions: Readonly<Record<string, Position>>
    }

export interface SyncEngineOptions extends SyncOptions {
  /** The first is preferred. */
  readonly transports: readonly Transport[]
}

export interface SyncOptions {
  readonly site: string
  readonly relay: string
  readonly side: 'visitor' | 'agent'
  /** Name and version of the program, e.g. "web/0.1.0". */
  readonly client: string
  readonly store: LocalStore
  readonly clock: Clock
  readonly random: Random
  /** Makes draft ids. */
  readonly newId: () => string
  /** Entries wanted of conversations not known yet. */
  readonly tail?: number
  /** What hello says beside the position; asked anew each time. */
  greeting(): { readonly jwt?: string; readonly page?: Page; readonly locale?: string }
  readonly events: SyncEvents
}

export interface SyncEvents {
  /** Entries, marks, drafts or signals of this conversation changed. */
  changed(conversation: string): void
  link(state: LinkState): void
  /** Tell the other tabs. */
  tell(message: TabMessage): void
  /** Agents came or went; for an agent, a visitor did. */
  presence(online: boolean, conversation: string | undefined): void
  /** The site's settings changed while the page was open. */
  settings(settings: Readonly<Record<string, unknown>>): void
  /** The relay refuses this page or site; said for the developer. */
  refused(code: ErrorCode, message: string): void
  /** Something that must not happen happened; said for the developer. */
  failed(error: unknown): void
}
