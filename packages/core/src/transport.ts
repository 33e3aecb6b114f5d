import type { ClientFrame, Hello, ServerFrame } from './protocol.ts'

/** A way to reach the relay. It makes single-use links and never retries: when to try again is the engine's business. */
export interface Transport {
  readonly name: 'socket' | 'poll'
  /** Start a link and say hello on it. Returns at once; every event comes later, in order, and none after `closed`. */
  open(target: Target, events: LinkEvents): Link
}

export interface Target {
  /** The relay's address, e.g. "https://relay.example.com". */
  readonly relay: string
  /** Asked anew for each hello: a long-poll link says it with every request. */
  hello(): Hello
}

export interface LinkEvents {
  /** A promise says when the frame was applied: whoever says hello again waits for that. */
  received(frame: ServerFrame): void | Promise<void>
  /** Exactly once, also when it never opened. */
  closed(reason: CloseReason): void
}

/**
 * Why a link ended. All are a reconnect: any close that was not asked for is one, whatever its code.
 * `useless`: it opened but did not work (no upgrade, no welcome); try the other transport.
 */
export type CloseReason = 'lost' | 'useless' | 'closed'

export interface Link {
  /** False when the link cannot take more now. Accepted is not delivered: only an ack settles a draft. */
  send(frame: ClientFrame): boolean
  /** Give it up without waiting for the far end. No event follows but `closed`, at once. */
  abandon(): void
}
