import type { ErrorCode } from './errors.ts'

/**
 * The words that travel. Widget, console and relay meet only here.
 *
 * Version history of `homing.v1`
 *   1  first version.
 * The floor is never raised: a relay answers every version it ever answered. What one side does
 * not know, a frame type, a field or a body type, it skips or keeps, and never refuses.
 *
 * Times are milliseconds since 1970 (UTC), ids UUIDv7 unless said.
 */

// ── What is in a log ─────────────────────────────────────────────────────────────────────────

export type Role = 'visitor' | 'agent' | 'bot' | 'system'

export interface Author {
  readonly role: Role
  readonly id: string
  /** What people read; the relay fills it for agents. */
  readonly name?: string
}

export interface TextBody {
  readonly type: 'text'
  readonly text: string
}

/** Something happened to the conversation itself. */
export interface StatusBody {
  readonly type: 'status'
  readonly status: 'open' | 'resolved' | 'joined'
}

/** The visitor goes on elsewhere as well. A type of its own, so that older pages show the words. */
export interface HandedOverBody {
  readonly type: 'handed_over'
  /** As people call it, e.g. "WhatsApp". */
  readonly app: string
  /** He left an address, for answers that he does not see on the page. It is not said here. */
  readonly asks?: 'email'
  readonly fallback: string
}

/** A body this version does not know. It is stored, forwarded and shown as its fallback. */
export interface UnknownBody {
  readonly type: string
  readonly fallback?: string
  readonly [field: string]: unknown
}

export type Body = TextBody | StatusBody | HandedOverBody | UnknownBody

export function isText(body: Body): body is TextBody {
  return body.type === 'text' && typeof body['text' as keyof Body] === 'string'
}

export function isStatus(body: Body): body is StatusBody {
  return body.type === 'status'
}

export function isHandedOver(body: Body): body is HandedOverBody {
  return body.type === 'handed_over'
}

/** A numbered item of a conversation's log: seq 1, 2, 3 … without gaps. */
export interface Entry {
  readonly seq: number
  /** The draft id its author gave it. */
  readonly id: string
  readonly author: Author
  readonly time: number
  readonly body: Body
}

/** How far a reader has read. Another epoch: the log was restored from a backup. */
export interface Position {
  readonly epoch: string
  readonly seq: number
}

export type ConversationStatus = 'open' | 'resolved'

/** Highest seq each side has read; 0 for nothing. */
export interface ReadMarks {
  readonly visitor: number
  readonly agent: number
}

/** Highest seq that reached each side; 0 for nothing. What is read there has reached it as well. */
export type DeliveredMarks = ReadMarks

/** Why an entry will not reach the other side as it is. */
export type UndeliveredCode = 'too_long' | 'refused' | 'unreachable'

/** An entry of the reader's own side that the other side does not have, whatever the marks say. */
export interface UndeliveredEntry {
  readonly seq: number
  /** Absent: it may yet arrive. */
  readonly code?: UndeliveredCode
  /** A sentence, for agents only. */
  readonly message?: string
}

/** Of two lists the one with the higher count is the later one, whatever order they came in. */
export interface UndeliveredList {
  /** Counts the list's changes. */
  readonly n: number
  readonly entries: readonly UndeliveredEntry[]
}

/** Where the visitor is. Sent only with consent. */
export interface Page {
  readonly url: string
  readonly title?: string
  readonly referrer?: string
}

/** What an agent sees of a visitor besides the words. */
export interface VisitorCard {
  readonly id: string
  readonly name?: string
  readonly email?: string
  readonly locale?: string
}

export interface ConversationSummary {
  readonly id: string
  readonly head: number
  readonly status: ConversationStatus
  readonly read: ReadMarks
  readonly delivered?: DeliveredMarks
  /** Absent: it never had any. */
  readonly undelivered?: UndeliveredList
  /** Time of the last entry. */
  readonly time?: number
  /** For agents only. */
  readonly visitor?: VisitorCard
  /** For agents only: where the conversation started, or the visitor is now. */
  readonly page?: Page
}

export interface Limits {
  /** Longest text, UTF-16 code units. */
  readonly text: number
  /** Largest frame, bytes. */
  readonly frame: number
  /** Most unacked sends. */
  readonly unacked: number
}

// ── Client → relay ───────────────────────────────────────────────────────────────────────────

export interface Hello {
  readonly t: 'hello'
  readonly v: number
  readonly site: string
  /** The visitor's secret; null for a first visit. Agents send null: their session identifies them. */
  readonly token: string | null
  /** A signed identity, where the shop gives one. */
  readonly jwt?: string
  readonly device: string
  readonly positions: Readonly<Record<string, Position>>
  /** Name and version of the program, e.g. "web/0.1.0". */
  readonly client: string
  readonly page?: Page
  /** BCP 47 tag of the reader's language. */
  readonly locale?: string
  /** The console asks to be an agent; the relay checks the session that came with the request. */
  readonly role?: 'agent'
  /** Entries wanted of each conversation without a position; TAIL_ENTRIES when absent. */
  readonly tail?: number
}

export interface Send {
  readonly t: 'send'
  readonly id: string
  readonly conversation: string
  /** The device's counter of sends: 1, 2, 3 … */
  readonly n: number
  readonly body: Body
}

export interface Read {
  readonly t: 'read'
  readonly conversation: string
  readonly seq: number
}

/** This device keeps the conversation up to here; whether anybody has seen it, `read` says. */
export interface Delivered {
  readonly t: 'delivered'
  readonly conversation: string
  readonly seq: number
}

export interface Typing {
  readonly t: 'typing'
  readonly conversation: string
  readonly on: boolean
}

export interface PageMoved {
  readonly t: 'page'
  readonly page: Page
}

/** Ask for entries before a seq. Answered by one `entries` frame with `history: true`. */
export interface History {
  readonly t: 'history'
  readonly conversation: string
  readonly before: number
  readonly limit: number
}

/** The reader noticed a gap: ask for everything after `position`, as hello would. */
export interface Resume {
  readonly t: 'resume'
  readonly conversation: string
  readonly position: Position
}

export interface Ping {
  readonly t: 'ping'
}

export type ClientFrame =
  | Hello
  | Send
  | Read
  | Delivered
  | Typing
  | PageMoved
  | History
  | Resume
  | Ping

// ── Relay → client ───────────────────────────────────────────────────────────────────────────

export interface Welcome {
  readonly t: 'welcome'
  /** Who the relay takes the reader for: the visitor's id, or the agent's. */
  readonly visitor: string
  /** Present when new or rotated: keep it, it is shown once. */
  readonly token?: string
  readonly time: number
  readonly epoch: string
  readonly conversations: readonly ConversationSummary[]
  readonly limits: Limits
  /** The counter taken last of this device; absent or 0 for none. */
  readonly n?: number
}

export interface Entries {
  readonly t: 'entries'
  readonly conversation: string
  readonly epoch: string
  /** A contiguous run, oldest first. */
  readonly entries: readonly Entry[]
  /** An answer to `history`: older entries, not news. */
  readonly history?: true
  /**
   * The run starts anew instead of continuing the reader's position: it is the tail of a log
   * the reader knows nothing of, or fell too far behind to be given whole.
   */
  readonly tail?: true
}

export interface Ack {
  readonly t: 'ack'
  readonly id: string
  readonly conversation: string
  readonly seq: number
  readonly time: number
}

export interface Reject {
  readonly t: 'reject'
  /** The draft's id; absent when the frame was no readable send. */
  readonly id?: string
  readonly code: ErrorCode
  readonly message: string
  readonly retryable: boolean
  /** Milliseconds. */
  readonly retryAfter?: number
  /** With `out_of_order`: the counter that would be taken next. */
  readonly expected?: number
}

/** The epoch changed: drop the cache, keep the outbox, say hello again. */
export interface Reset {
  readonly t: 'reset'
  readonly epoch: string
}

export interface ReadMark {
  readonly t: 'read'
  readonly conversation: string
  readonly by: 'visitor' | 'agent'
  readonly seq: number
}

export interface TypingSignal {
  readonly t: 'typing'
  readonly conversation: string
  readonly on: boolean
  readonly author: Author
}

/** Are agents there? For an agent: is this conversation's visitor there? */
export interface Presence {
  readonly t: 'presence'
  readonly online: boolean
  readonly conversation?: string
}

/** A conversation's status, visitor or page changed, or the reader meets it for the first time. */
export interface ConversationChanged {
  readonly t: 'conversation'
  readonly conversation: ConversationSummary
}

export interface ConfigChanged {
  readonly t: 'config'
  readonly settings: Readonly<Record<string, unknown>>
}

export interface Pong {
  readonly t: 'pong'
  /** Head of every open conversation, so that a lost hint is noticed. */
  readonly heads: Readonly<Record<string, number>>
}

/** The relay drains: come back after `after` milliseconds. */
export interface Bye {
  readonly t: 'bye'
  readonly reason: string
  readonly after: number
}

export type ServerFrame =
  | Welcome
  | Entries
  | Ack
  | Reject
  | Reset
  | ReadMark
  | TypingSignal
  | Presence
  | ConversationChanged
  | ConfigChanged
  | Pong
  | Bye

/** A frame this version does not know: skipped, counted, never an error. */
export interface UnknownFrame {
  readonly t: string
}

// ── Long-poll: POST /v1/sync ─────────────────────────────────────────────────────────────────

export interface PollRequest {
  /** Echoed in the answer, so that a cached or invented answer is noticed. */
  readonly nonce: string
  /** How long the relay may hold the request, ms; at most POLL_WAIT_MS. */
  readonly wait: number
  /** The first is a hello. */
  readonly frames: readonly unknown[]
}

export interface PollResponse {
  readonly nonce: string
  readonly frames: readonly unknown[]
}

// ── HTTP errors ──────────────────────────────────────────────────────────────────────────────

export interface ErrorResponse {
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    readonly retryable: boolean
    readonly retryAfter?: number
  }
}
