import type { Author, Body, Entry, Page, VisitorCard } from '@homing/core'
import type { Receipt } from '../store/store.ts'

/**
 * One far side: a helpdesk or a messenger.
 *
 * Holds no state and touches neither store nor bus; may be called from any process. Every method
 * exists in every connector; `capabilities` says which ones the relay may call.
 */
export interface Connector<Settings> {
  readonly name: string
  readonly capabilities: Capabilities
  /** Unknown JSON to settings, with every problem listed: at start and behind the console's form. */
  configure(input: unknown): Parsed<Settings>
  /** Did the far side send this? On raw bytes, before any parsing, in constant time; stale stamps fail. */
  verify(request: RawWebhook, settings: Settings, now: number): Verdict
  /**
   * What happened: zero or more facts, in order. Pure. What it does not know is skipped, never
   * thrown. What we sent ourselves is marked as an echo where the payload tells.
   */
  parse(request: RawWebhook, settings: Settings): readonly Fact[]
  /**
   * Deliver one entry. `outbound.key` is the same on every try and goes into the far side's
   * idempotency field where there is one. Throws a SendError, which says what becomes of it.
   */
  send(outbound: Outbound, settings: Settings, io: ConnectorIo): Promise<Receipt>
  /** After a try that may have arrived: the receipt if it did, 'absent' if it surely did not. */
  reconcile(
    outbound: Outbound,
    settings: Settings,
    io: ConnectorIo,
  ): Promise<Receipt | 'absent' | 'unsure'>
  /** Which of our conversations a far thread belongs to, asked when the route is not known (yet). */
  locate(thread: string, settings: Settings, io: ConnectorIo): Promise<string | undefined>
  /** What happened since `cursor` (undefined: from now on). For far sides whose webhooks may get lost. */
  poll(
    cursor: string | undefined,
    settings: Settings,
    io: ConnectorIo,
  ): Promise<{ readonly facts: readonly Fact[]; readonly cursor: string }>
  /** Checks credentials, rights and registration; says what to fix, in sentences. */
  doctor(settings: Settings, io: ConnectorIo): Promise<readonly Finding[]>
}

export interface Capabilities {
  /** Which authors' entries are sent there. */
  readonly takes: readonly Author['role'][]
  readonly webhooks: boolean
  /** The far side refuses a second copy of the same key. */
  readonly idempotent: boolean
  readonly reconcile: boolean
  readonly locate: boolean
  /**
   * What is sent there comes back as an event that need not say so. Its events then wait for a
   * send to the same thread, which brings the ids to know it by.
   */
  readonly echoes: boolean
  /** Milliseconds between polls; 0: never. */
  readonly pollEveryMs: number
  /** Longest text, UTF-16 code units; longer ones are cut into parts before sending. */
  readonly maxText: number
}

export type Parsed<Settings> =
  | { readonly ok: true; readonly settings: Settings }
  /** Each problem names the field and the fix. */
  | { readonly ok: false; readonly problems: readonly string[] }

export interface RawWebhook {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly url: string
  readonly body: Uint8Array
}

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly status: 400 | 401 }

interface FactBase {
  /** The far side's id of this event: applied once. */
  readonly event: string
  /** Where it happened: our own conversation id where the far side knows it, else its thread. */
  readonly where: { readonly conversation: string } | { readonly thread: string }
  /** When it happened there, ms; the relay's time when absent. */
  readonly time?: number
  /** The far side's own rising number of what happened in that thread, where it has one. */
  readonly order?: number
}

export type Fact =
  | (FactBase & {
      readonly kind: 'message'
      /** The far side's id of the message. */
      readonly externalId: string
      readonly author: Author
      readonly body: Body
      /** We sent it ourselves. */
      readonly echo: boolean
    })
  | (FactBase & {
      readonly kind: 'status'
      readonly status: 'open' | 'resolved'
      readonly author: Author
    })
  | (FactBase & { readonly kind: 'typing'; readonly on: boolean; readonly author: Author })
  | (FactBase & { readonly kind: 'read' })

export interface Outbound {
  /** The delivery id: constant over all tries. */
  readonly key: string
  readonly conversation: string
  readonly entry: Entry
  readonly visitor: VisitorCard
  readonly page?: Page
  /** The far side's thread; absent: this entry opens it. */
  readonly thread?: string
  /** Present when a text over `maxText` was cut: this is the n-th part, and `key` ends in its number. */
  readonly part?: { readonly number: number; readonly of: number }
  readonly site: { readonly key: string; readonly name: string }
  /** The relay's own address, for links into the console. */
  readonly relay: string
}

/** The world, as a connector gets it: bounded in time, and kept away from private addresses. */
export interface ConnectorIo {
  readonly fetch: Fetch
  readonly signal: AbortSignal
  readonly now: number
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

export interface Finding {
  readonly level: 'ok' | 'problem'
  readonly message: string
}

/** What the relay does after a failed send. */
export type SendFailure =
  /** Surely did not arrive: again by the retry table, or after `retryAfter`. */
  | 'retry'
  /** May have arrived: reconcile before anything else. */
  | 'unknown'
  /** This entry will never be taken: park it, let the rest flow. */
  | 'bad-content'
  /** Nobody takes anything with these credentials: hold the whole connector. */
  | 'needs-reauth'
  /** The far side wants no more (410): hold the whole connector. */
  | 'gone'

export class SendError extends Error {
  readonly failure: SendFailure
  /** Milliseconds. */
  readonly retryAfter: number | undefined

  /** `message` is shown to operators: no visitor's words, no secret. */
  constructor(
    failure: SendFailure,
    message: string,
    options: { retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SendError'
    this.failure = failure
    this.retryAfter = options.retryAfter
  }
}
