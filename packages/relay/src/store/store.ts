// Longer than most: what may be asked of the log, and the records it answers with, in one place.
import type {
  Appearance,
  Author,
  Body,
  ConversationStatus,
  DeliveredMarks,
  Entry,
  Page,
  ReadMarks,
  Role,
  UndeliveredCode,
  VisitorCard,
} from '@homing/core'

/**
 * What the relay must not lose.
 *
 * Guarantee: each method is one transaction, durable (fsynced) when its promise resolves; there is
 * no open one to hold across an await. A method that cannot keep it rejects with a HomingError
 * (`unavailable` when the disk is full or the store is closing) and has changed nothing.
 * Calls made together may share one commit.
 */
export interface Store {
  /** Names this log's life. Changes when the log was restored from a backup. */
  readonly epoch: string
  /** 32 random bytes made with the log: the key that signs visitors' tokens. */
  readonly secret: Uint8Array

  // Sites
  sites(): Promise<readonly Site[]>
  saveSite(site: Site): Promise<void>

  // Visitors
  /** The visitor whose token has this SHA-256; undefined when none was ever written. */
  visitor(site: string, tokenHash: Uint8Array): Promise<VisitorCard | undefined>
  /** The counter taken last of this device; 0 for none. */
  deviceCounter(site: string, visitor: string, device: string): Promise<number>
  /**
   * Count a refused send as taken, so that the next one is not held up by it.
   * A counter above the next one: rejects `out_of_order`, as append does.
   */
  skipCounter(site: string, visitor: string, device: string, n: number): Promise<void>

  // The log
  /**
   * Add a draft as its conversation's next entry and queue its deliveries; both or neither.
   * - The event is known: `{ fresh: false }` without entry, nothing changes.
   * - The same (site, author, id) again: the first entry, `fresh: false`, nothing queued;
   *   with another body or conversation: rejects `id_conflict`.
   * - A counter above the next one: rejects `out_of_order` with `expected`. A counter that was
   *   taken already is no reason to refuse.
   * - A conversation of somebody else, or (for anyone but a visitor) an unknown one: `not_found`.
   *   A visitor's unknown conversation is made, and so is the visitor's row.
   * - A token that is another visitor's: `unauthorized`.
   * A terminal rejection takes the counter.
   * A `status` body sets the conversation's status, and a visitor's words open a resolved one.
   */
  append(entry: NewEntry): Promise<Appended>
  /** Entries with seq > `after`, oldest first. */
  readAfter(conversation: string, after: number, limit: number): Promise<readonly Entry[]>
  /** The newest `limit` entries with seq < `before`, oldest first. */
  readBefore(conversation: string, before: number, limit: number): Promise<readonly Entry[]>

  // Conversations
  conversation(id: string): Promise<Conversation | undefined>
  /** Newest activity first. */
  conversations(filter: ConversationFilter): Promise<readonly ConversationLine[]>
  /** Raise a read mark; never above the head, never down. True when it rose. */
  mark(conversation: string, by: keyof ReadMarks, seq: number): Promise<boolean>
  /**
   * A reader of the log itself has it up to here: it is delivered to that side, and nothing of it
   * is undelivered there. Never above the head, never down. True: that is news.
   */
  kept(conversation: string, by: keyof DeliveredMarks, seq: number): Promise<boolean>
  setPage(conversation: string, page: Page): Promise<void>
  /**
   * Which desks its entries go to from now on; undefined: all of its site. A desk that comes is
   * owed the newest entry it takes; one that left by this and comes back, what it missed: up to
   * MAX_CAUGHT_UP. False: there is no such conversation.
   */
  setDesks(conversation: string, change: DesksChange, now: number): Promise<boolean>

  // Deliveries
  /**
   * Lease due deliveries. Of one conversation to one connector only the oldest unsettled one is
   * given, so they go in order and one at a time; parked ones are passed over. A dead worker's
   * lease runs out at `now + leaseMs`, and its delivery comes back as `unknown`: it may have left.
   */
  claim(worker: string, limit: number, leaseMs: number, now: number): Promise<readonly Delivery[]>
  /**
   * End a lease. False: the lease was lost meanwhile and nothing changed.
   * With `hold` its connector is held as well, as by `holdConnector`: both or neither, for a hold
   * without the parked delivery that says why would end for nobody.
   * A receipt's thread binds the route; its external ids are remembered for `isEcho`.
   * With `toward` what came of it is known of its entry as well, in the same commit: done raises the
   * delivered mark of that side where it is sure, and parked makes it undelivered, unless somebody
   * of that side has it or has read it.
   */
  settle(
    delivery: Delivery,
    outcome: Outcome,
    now: number,
    hold?: { readonly until: number; readonly reason: string },
    toward?: Toward,
  ): Promise<boolean>
  /** What stands right behind a leased delivery in its queue and is due by then, in order. */
  behind(delivery: Delivery, limit: number, dueBy: number): Promise<readonly Delivery[]>
  /**
   * The first `count` of those go with it from now on: what becomes of it becomes of them, until
   * it surely did not arrive; then each stands for itself again.
   */
  claimBehind(delivery: Delivery, count: number, dueBy: number): Promise<readonly Delivery[]>
  /** A part of a leased delivery's text arrived; what its receipt brings is kept. */
  arrivedPart(delivery: Delivery, part: number, receipt: Receipt): Promise<void>
  /** The parts of its text that arrived, by their numbers. */
  arrivedParts(delivery: string): Promise<ReadonlyMap<number, Receipt>>
  /** What was sent together with a leased delivery that may have arrived, in order. */
  together(delivery: Delivery): Promise<readonly Delivery[]>
  /**
   * The far side said later that it arrived: a delivery that is not done is. Of one message only
   * what is higher counts: sent < failed < delivered < read. False: it is no news, or of no
   * delivery of this connector. Of a part it says that this one arrived: was it the one in doubt,
   * then the delivery is due again, for the rest.
   */
  confirm(
    connector: string,
    delivery: string,
    word: Word,
    now: number,
    toward?: Toward,
  ): Promise<boolean>
  /**
   * It said later that it did not: due again, a few times, or parked. False as with `confirm`. Of a
   * text in parts only the one that it says it of is sent again.
   */
  deny(
    connector: string,
    delivery: string,
    word: Omit<Word, 'state'>,
    outcome: Extract<Outcome, { readonly kind: 'retry' | 'parked' }>,
    now: number,
    toward?: Toward,
  ): Promise<boolean>
  /** What waits there for a person to write again is due now; of one conversation, or of all. */
  release(connector: string, conversation: string | undefined, now: number): Promise<void>
  /** Seqs of a conversation that are owed there and were not brought: to go, or parked. */
  waiting(connector: string, conversation: string): Promise<readonly number[]>
  /** When the next unsettled delivery, or a lease, falls due; undefined when nothing waits. */
  nextDue(): Promise<number | undefined>
  parked(site: string): Promise<readonly ParkedDelivery[]>
  /**
   * Make a parked delivery due again, before younger ones of its conversation. Also ends a hold of
   * its connector, and does only that with an open one. False when there was neither.
   */
  replay(delivery: string, now: number): Promise<boolean>
  /**
   * Put every open delivery of this connector off until `until` (429, or 410: gone), and those
   * that come meanwhile. Number.MAX_SAFE_INTEGER: until a replay. A hold never gets shorter.
   */
  holdConnector(connector: string, until: number, reason: string): Promise<void>
  /** End a hold: what it put off is due now. What is parked stays so. False when there was none. */
  liftHold(connector: string, now: number): Promise<boolean>
  /** Connectors that are held now, and why. */
  holds(now: number): Promise<readonly ConnectorHold[]>

  // Routes
  /** The far side's thread of this conversation, once known. */
  thread(connector: string, conversation: string): Promise<string | undefined>
  conversationOf(connector: string, thread: string): Promise<string | undefined>
  /** Bind both; the first binding of either wins and is returned. */
  link(connector: string, conversation: string, thread: string): Promise<void>
  /** Bind both, whatever either was bound to before. */
  bind(connector: string, conversation: string, thread: string): Promise<void>
  /** Was something of this conversation brought there, into whatever thread? */
  opened(connector: string, conversation: string): Promise<boolean>
  /** Forget the thread, and what arrived there in parts: the next entry opens a new one. */
  unlink(connector: string, conversation: string): Promise<void>
  /** The far side calls the thread something else from now on; what is known of it moves along. */
  moveThread(connector: string, from: string, to: string): Promise<void>
  /** What of ours has this external id there; undefined when it is none of ours. */
  sent(connector: string, externalId: string): Promise<Sent | undefined>
  /** Open conversations that a line was told of, or is owed; the one heard of last first. */
  onLine(site: string, connector: string, limit: number): Promise<readonly OnLine[]>
  /** Where a connector's polling has got to. */
  cursor(connector: string): Promise<string | undefined>
  saveCursor(connector: string, cursor: string): Promise<void>

  // Addresses of people
  /** The person at this address wrote; never goes back. */
  openWindow(connector: string, address: string, at: number): Promise<void>
  /** The far side says the window is closed, whatever we think. */
  closeWindow(connector: string, address: string): Promise<void>
  /** We sent what opens it again. */
  woke(connector: string, address: string, at: number): Promise<void>
  window(connector: string, address: string): Promise<Window | undefined>
  /** Wants no more messages there, or wants them again. Each word is kept with its time. */
  opt(connector: string, address: string, out: boolean, at: number): Promise<void>
  optedOut(connector: string, address: string): Promise<boolean>
  /** Keep a one-time code, by its SHA-256. */
  saveHandOver(codeHash: Uint8Array, handOver: HandOver, now: number): Promise<void>
  /** What a code is for, without taking it; undefined where `takeHandOver` gives undefined. */
  handOver(codeHash: Uint8Array, site: string, now: number): Promise<HandOver | undefined>
  /**
   * Once, and only with what it is for: the address is bound to the conversation, and wants
   * messages. A conversation that is not there yet is as good; somebody else's is not.
   */
  takeHandOver(
    codeHash: Uint8Array,
    at: { readonly site: string; readonly connector: string; readonly address: string },
    now: number,
  ): Promise<HandOver | undefined>

  // Other browsers of a visitor
  /**
   * From now on this visitor reads and writes the conversation as its own visitor does: he came by a
   * link that only that one was sent. MAX_GUESTS; the one that came first goes. False: the site has
   * no such conversation.
   */
  admitGuest(conversation: string, site: string, visitor: string, now: number): Promise<boolean>
  /**
   * Bind an address of the visitor's to his conversation; a reach sends there from now on, whatever
   * was said before. In every conversation it may be another one, or the same. His card shows it.
   * False: the conversation is not there or not his.
   */
  leaveAddress(
    of: { readonly site: string; readonly conversation: string; readonly visitor: string },
    at: { readonly connector: string; readonly address: string },
    now: number,
  ): Promise<boolean>
  /** Whoever is at this address wants nothing more of any conversation that it was left in. */
  optAllOut(connector: string, address: string, now: number): Promise<void>

  // Connectors set up in the console
  connectors(): Promise<readonly SavedConnector[]>
  saveConnector(connector: SavedConnector): Promise<void>
  dropConnector(id: string): Promise<boolean>

  // Console sessions
  saveSession(session: ConsoleSession): Promise<void>
  /** The session whose token has this hash and that has not ended. */
  session(tokenHash: Uint8Array, now: number): Promise<ConsoleSession | undefined>
  dropSession(tokenHash: Uint8Array): Promise<void>

  // Care
  /** Copy the log to a file while serving. Complete and consistent; overwrites nothing. */
  backup(path: string): Promise<void>
  /** Figures for /metrics. */
  figures(): Promise<StoreFigures>
  /** Rejects when the log cannot be read or written right now. */
  check(): Promise<void>
  close(): Promise<void>
}

/** One brand's install. */
export interface Site {
  /** Public key, "pk_…". */
  readonly key: string
  readonly name: string
  /** Origins whose pages may talk to the relay: exact, or "https://*.example.com" for one label. */
  readonly origins: readonly string[]
  readonly appearance: Appearance
  readonly locale?: string
}

export interface NewEntry {
  readonly site: string
  readonly conversation: string
  /** The draft id. */
  readonly id: string
  readonly author: Author
  readonly body: Body
  readonly time: number
  /** The visitor's row, written if it is not there yet. With author.role `visitor` only. */
  readonly visitor?: {
    readonly tokenHash: Uint8Array
    readonly device: string
    readonly n: number
    readonly locale?: string
  }
  /** Where the visitor was; kept with a conversation that is made by this entry. */
  readonly page?: Page
  /** The desks that are owed this entry, if they are the conversation's. */
  readonly connectors: readonly string[]
  /** The reaches that are owed it, where its visitor can be reached there and wants to be. */
  readonly reaches?: readonly string[]
  /** Connectors to which it is due only after so long, ms. */
  readonly waits?: Readonly<Record<string, number>>
  /** How a visitor who came without a token is called. */
  readonly contact?: { readonly name?: string; readonly email?: string }
  /** The far side's event that brought it; applied once. */
  readonly event?: { readonly connector: string; readonly id: string }
}

export interface Appended {
  readonly fresh: boolean
  /** Absent when the event was known. */
  readonly entry?: Entry
  readonly visitor: string
  /** The conversation was made by this entry. */
  readonly created: boolean
  /** The conversation's status changed with this entry. */
  readonly statusChanged: boolean
}

export interface Conversation {
  readonly id: string
  readonly site: string
  readonly visitor: VisitorCard
  readonly head: number
  readonly status: ConversationStatus
  readonly read: ReadMarks
  readonly delivered: DeliveredMarks
  /** What was given up on its way to a side, the newest first; `n` counts its changes. */
  readonly undelivered: { readonly n: number; readonly entries: readonly Undelivered[] }
  readonly page?: Page
  readonly created: number
  readonly updated: number
  /** Ids of its desks; absent: all of its site. */
  readonly desks?: readonly string[]
  /** Other visitors that are the same person in another browser; absent: none. */
  readonly guests?: readonly string[]
}

/** A conversation with what a list shows of it. */
export interface ConversationLine extends Conversation {
  readonly last?: Entry
  /** The visitor's entries above the agents' read mark. */
  readonly unread: number
}

export interface ConversationFilter {
  readonly site: string
  readonly visitor?: string
  readonly status?: ConversationStatus
  readonly limit: number
  /** Only those with `updated` below. */
  readonly before?: number
}

export type DeliveryState = 'due' | 'claimed' | 'unknown' | 'done' | 'parked'

export interface Delivery {
  /** UUID; the constant key of every try. */
  readonly id: string
  readonly site: string
  readonly connector: string
  readonly conversation: string
  readonly entry: Entry
  /** Tries before this one. */
  readonly attempts: number
  /** True: an earlier try may have arrived, look it up before sending. */
  readonly unsure: boolean
  /** When it was queued. */
  readonly created: number
  readonly worker: string
}

export interface Receipt {
  /** The far side's ids of what was made. */
  readonly externalIds: readonly string[]
  /** The far side's thread, where one was made or learned. */
  readonly thread?: string
}

export type Outcome =
  | { readonly kind: 'done'; readonly receipt: Receipt }
  /** Surely did not arrive. */
  | { readonly kind: 'retry'; readonly at: number; readonly reason: string }
  /** Was not tried, and its time has not come: no try is counted. */
  | {
      readonly kind: 'wait'
      readonly at: number
      readonly reason: string
      /** An earlier try may have arrived. */
      readonly unsure: boolean
    }
  /** May have arrived: looked up at `at`. */
  | { readonly kind: 'unknown'; readonly at: number; readonly reason: string }
  | {
      readonly kind: 'parked'
      readonly reason: string
      /** It will never arrive as it is, and why, for its author. */
      readonly code?: UndeliveredCode
    }

/** Which side of a conversation a connector brings entries to, and what its word is worth. */
export interface Toward {
  readonly side: keyof DeliveredMarks
  /** What it took has arrived. False: whether it did is told later. */
  readonly sure: boolean
  /** Connectors of the site that bring entries to the same side. */
  readonly others: readonly string[]
}

/** An entry that was given up on its way, and that nobody of that side has. */
export interface Undelivered {
  readonly seq: number
  readonly side: keyof DeliveredMarks
  /** Absent: it may yet arrive, another way or when it is replayed. */
  readonly code?: UndeliveredCode
  /** A sentence for agents. */
  readonly reason: string
}

export interface ConnectorHold {
  readonly connector: string
  /** Number.MAX_SAFE_INTEGER: until a replay. */
  readonly until: number
  readonly reason: string
}

export interface ParkedDelivery {
  readonly id: string
  readonly connector: string
  readonly conversation: string
  readonly seq: number
  readonly attempts: number
  readonly reason: string
  readonly time: number
}

/** What a message of ours on a far side was. All absent: it was sent before this was kept. */
export interface Sent {
  readonly conversation?: string
  readonly seq?: number
  readonly delivery?: string
}

export interface OnLine {
  readonly conversation: string
  /** When it was last heard of. */
  readonly time: number
  /** Something of it was brought there. False: all of it waits, or was given up. */
  readonly told: boolean
}

/** What a far side says of a message of ours after it took it. */
export interface Word {
  readonly externalId: string
  readonly state: 'sent' | 'delivered' | 'read'
  /** The number of the part it is of, in a text in parts: it says nothing of the others. */
  readonly part?: number
}

export interface DesksChange {
  readonly desks: readonly string[] | undefined
  /** Desks that it has from now on, and whose entries each is told. */
  readonly entering: readonly { readonly connector: string; readonly takes: readonly Role[] }[]
  /** Desks that it has no more. */
  readonly leaving: readonly string[]
}

/** Entries that a desk which comes back is owed; older ones it does not get. */
export const MAX_CAUGHT_UP = 200

export interface Window {
  /** When the person last wrote, ms; 0: never, or the far side says it is closed. */
  readonly opened: number
  /** When we last sent what opens it; 0: never. */
  readonly woken: number
}

export interface HandOver {
  readonly site: string
  readonly conversation: string
  readonly visitor: string
  readonly expires: number
}

export interface SavedConnector {
  readonly id: string
  readonly site: string
  readonly type: string
  readonly role: string
  /** Settings, sealed. */
  readonly sealed: Uint8Array
  readonly created: number
  readonly updated: number
}

export interface ConsoleSession {
  readonly tokenHash: Uint8Array
  /** The agent's id and name. */
  readonly agent: { readonly id: string; readonly name: string }
  readonly created: number
  readonly expires: number
}

export interface StoreFigures {
  readonly conversations: number
  readonly entries: number
  readonly deliveries: Readonly<Record<DeliveryState, number>>
}
