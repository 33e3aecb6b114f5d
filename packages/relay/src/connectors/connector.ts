import type { Author, Body, Entry, Page, VisitorCard } from '@homing/core'
import type { MailPort } from '../mail/mail-port.ts'
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
  /** What the console's form asks for; `configure` reads the same names. */
  readonly fields: readonly Field[]
  /** Unknown JSON to settings, with every problem listed: at start and behind the console's form. */
  configure(input: unknown): Parsed<Settings>
  /** Did the far side send this? On raw bytes, before any parsing, in constant time; stale stamps fail. */
  verify(request: RawWebhook, settings: Settings, now: number): Verdict
  /**
   * The far side asks whether we are there (Meta's subscription, Slack's challenge): what to
   * answer. Asked before `verify`, so it must check by itself whatever the far side gives to check.
   * Undefined: it is an ordinary webhook.
   */
  greet(request: RawWebhook, settings: Settings): HookReply | undefined
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
  /**
   * The far side's window for free text is closed: send what is still allowed (an approved
   * template), so that the person opens it again. `outbound` is what waits. Throws as `send` does;
   * `needs-template` when the settings have none.
   */
  wake(outbound: Outbound, settings: Settings, io: ConnectorIo): Promise<Receipt>
  /**
   * What the visitor does meanwhile, for the desk to show. Worthless a moment later, so it is asked
   * once and never again. Throws a SendError.
   */
  tell(signal: Signal, place: Place, settings: Settings, io: ConnectorIo): Promise<void>
  /** A word of the relay's own to a line, e.g. the list of open conversations. Throws as `send`. */
  notice(text: string, settings: Settings, io: ConnectorIo): Promise<Receipt>
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
  /**
   * The bytes of something that came with a message: links of far sides end soon, or want our
   * credentials, so it is fetched at receipt. Throws a SendError; `bad-content` when it is gone.
   */
  media(reference: string, settings: Settings, io: ConnectorIo): Promise<Media>
  /** How a visitor goes on there from the page; undefined where the settings do not say. Pure. */
  invite(settings: Settings): Invite | undefined
  /** Checks credentials, rights and registration; says what to fix, in sentences. */
  doctor(settings: Settings, io: ConnectorIo): Promise<readonly Finding[]>
}

/** `desk`: agents answer there. `reach`: the visitor is there too, away from the page. */
export type RouteRole = 'desk' | 'reach'

export interface Capabilities {
  /** What it can be; some are both at once, with one webhook. */
  readonly roles: readonly RouteRole[]
  /** Which authors' entries are sent there as to a desk. To a reach go agents' and bots'. */
  readonly takes: readonly Author['role'][]
  /**
   * As a desk it is one line to one person, on which all conversations meet (the merchant's own
   * messenger), instead of a thread for each. Then facts of the desk's side say `line`, and texts
   * are sent with the conversation's tag in front.
   */
  readonly line: boolean
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
  /** Longest text in `textUnit`; longer ones are cut into parts before sending. */
  readonly maxText: number
  readonly textUnit: 'utf16' | 'bytes'
  /** What a desk can be told of the visitor while he writes nothing; absent: none of it. */
  readonly tells?: readonly Signal['kind'][]
  /** It takes a webhook's answer for something to say: what was taken is answered with nothing. */
  readonly silentAnswers?: true
  /** It tells later that a message arrived, was read or failed. */
  readonly receipts: boolean
  /** How long after the person's last message free text is taken, ms; 0: always. */
  readonly windowMs: number
  /**
   * Where the far side is slow or counts calls: an entry waits so long for others of its
   * conversation, which then go with it as `outbound.more`, ms. 0: each goes at once, alone.
   */
  readonly gatherMs: number
}

/** One question of the console's form. */
export interface Field {
  /** Its name in the settings. */
  readonly name: string
  readonly label: string
  /** Where to find it, in a sentence. */
  readonly help: string
  /** `secret`: write-only. `texts`: a list, one per line. */
  readonly kind: 'text' | 'url' | 'secret' | 'flag' | 'choice' | 'texts'
  readonly choices?: readonly string[]
  /** A flag that is on when nothing is said. */
  readonly on?: boolean
  readonly required: boolean
}

export interface HookReply {
  readonly status: 200 | 403
  readonly contentType: 'text/plain' | 'application/json' | 'text/xml'
  readonly body: string
}

export type Parsed<Settings> =
  | {
      readonly ok: true
      readonly settings: Settings
      /** Where these settings change what the far side can do, e.g. open a longer window. */
      readonly capabilities?: Partial<Capabilities>
    }
  /** Each problem names the field and the fix. */
  | { readonly ok: false; readonly problems: readonly string[] }

export interface RawWebhook {
  readonly method: 'GET' | 'POST' | 'HEAD'
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** As the far side called it: the public address, with its query. */
  readonly url: string
  readonly body: Uint8Array
}

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly status: 400 | 401 }

interface FactBase {
  /** The far side's id of this event: applied once. */
  readonly event: string
  /** On which side of a connector that is both it happened; `desk` when absent. */
  readonly side?: RouteRole
  readonly where: Where
  /** When it happened there, ms; the relay's time when absent. */
  readonly time?: number
  /** The far side's own rising number of what happened in that thread, where it has one. */
  readonly order?: number
}

/**
 * Where it happened: our own conversation id where the far side knows it, else its thread; on a
 * line what was quoted, by the far side's id of it, where something was.
 */
export type Where =
  | { readonly conversation: string }
  | { readonly thread: string }
  | { readonly line: string; readonly quoted?: string }

export type Fact =
  | (FactBase & {
      readonly kind: 'message'
      /** The far side's id of the message. */
      readonly externalId: string
      readonly author: Author
      readonly body: Body
      /** We sent it ourselves. */
      readonly echo: boolean
      /** Of a visitor who writes from there: how he is called there. */
      readonly contact?: { readonly name?: string; readonly email?: string }
      /** What came with it: `media` gets each. The body is then its words, or its caption. */
      readonly media?: readonly {
        readonly reference: string
        readonly name?: string
        readonly type?: string
      }[]
    })
  | (FactBase & {
      readonly kind: 'status'
      readonly status: 'open' | 'resolved'
      readonly author: Author
    })
  | (FactBase & { readonly kind: 'typing'; readonly on: boolean; readonly author: Author })
  | (FactBase & { readonly kind: 'read' })
  /** What became of a message of ours, told later. In any order, more than once. */
  | (FactBase & {
      readonly kind: 'receipt'
      /** The far side's id of the message. */
      readonly externalId: string
      /** `outbound.key` of the send, where the far side gives it back. */
      readonly key?: string
      readonly state: 'sent' | 'delivered' | 'read' | 'failed'
      /** With `failed`: what the relay makes of it, and a sentence for people. */
      readonly failure?: SendFailure
      readonly reason?: string
    })
  /** The person wants no more messages there, or wants them again. */
  | (FactBase & { readonly kind: 'opt'; readonly out: boolean })
  /** The far side has another name for the thread from now on. */
  | (FactBase & { readonly kind: 'moved'; readonly thread: string })

export interface Outbound {
  /** The delivery id: constant over all tries. */
  readonly key: string
  readonly conversation: string
  readonly role: RouteRole
  readonly entry: Entry
  /** Entries that go with it, in order, where the connector gathers. */
  readonly more: readonly Entry[]
  readonly visitor: VisitorCard
  readonly page?: Page
  /** The far side's thread; for a reach the person's address. Absent: this entry opens it. */
  readonly thread?: string
  /** With an entry that opens a thread: what was said before, oldest first. */
  readonly before: readonly Entry[]
  /** Entries before those of `before` that are left out because there are too many. */
  readonly omitted: number
  /** Short name of the conversation for people, e.g. "7F3A". */
  readonly tag: string
  /** Present when a text over `maxText` was cut: this is the n-th part, and `key` ends in its number. */
  readonly part?: { readonly number: number; readonly of: number }
  readonly site: {
    readonly key: string
    readonly name: string
    /** Its colour, "#rrggbb". */
    readonly accent?: string
  }
  /** The relay's own address, for links into the console. */
  readonly relay: string
  /** To a left address: what the person there can do by a link. Sealed; whoever has it is believed. */
  readonly links?: PersonLinks
}

export interface PersonLinks {
  /** Goes on in another browser: stands behind RESUME_MARK in the address of a page of the shop. */
  readonly resume: string
  /** The page the conversation was last on, if the site lists its origin. */
  readonly page?: string
  /** Address at which a POST ends these messages, and a GET asks whether to. */
  readonly stop: string
}

/** What a visitor does without saying anything. */
export type Signal =
  | { readonly kind: 'typing'; readonly on: boolean }
  /** All that was said to him. */
  | { readonly kind: 'read' }

/** Where a conversation is on the far side, and whose it is. */
export interface Place {
  readonly conversation: string
  readonly thread: string
  /** The visitor's id. */
  readonly visitor: string
}

/** A visitor's way from the page to the far side: a link, or an address that is asked for. */
export type Invite = LinkInvite | AddressInvite

/** He leaves an address on the page, and is written to there. */
export interface AddressInvite {
  /** As people call it, e.g. "e-mail". */
  readonly app: string
  readonly binds: true
  readonly asks: 'email'
}

export interface LinkInvite {
  /** As people call it, e.g. "WhatsApp". */
  readonly app: string
  /**
   * The first message from there brings the ticket's code, which binds its sender's address to the
   * conversation. False: it is only a link, and what is said there is not heard of here.
   */
  readonly binds: boolean
  readonly asks?: never
  /** Opens it on a phone, and in a browser where it can be. */
  link(ticket: Ticket): string
}

/** What a visitor takes along. */
export interface Ticket {
  /** Works once. */
  readonly code: string
  /** Short name of the conversation for people, e.g. "7F3A". */
  readonly tag: string
}

/** The world, as a connector gets it: bounded in time, and kept away from private addresses. */
export interface ConnectorIo {
  readonly fetch: Fetch
  /** Absent where nobody put it in: connectors that speak with mail servers then say so. */
  readonly mail?: MailPort
  readonly signal: AbortSignal
  readonly now: number
}

export interface Media {
  readonly bytes: Uint8Array
  /** Media type, as the far side says. */
  readonly type: string
  readonly name?: string
}

export type Fetch = (url: string, init?: FetchInit) => Promise<Response>

export interface FetchInit extends RequestInit {
  /**
   * Largest answer, bytes; a larger one is cut off. What JSON needs, when absent. The answer of a
   * fetch that says it has to be read to its end.
   */
  readonly maxBytes?: number
}

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
  /** It is too long or too large there, as `bad-content` is; its author can do something about that. */
  | 'too-large'
  /** Nobody takes anything with these credentials: hold the whole connector. */
  | 'needs-reauth'
  /** The far side wants no more (410): hold the whole connector. */
  | 'gone'
  /** The thread was closed or deleted there: open a new one, with the transcript. */
  | 'thread-gone'
  /** The far side's window for free text is closed: wake, then wait until the person writes. */
  | 'needs-template'
  /** This person cannot be reached there: park it and say so. */
  | 'bad-recipient'

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
