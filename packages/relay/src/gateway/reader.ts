import type { ServerFrame } from '@homing/core'
import type { Agent } from '../http/identity.ts'
import type { Site } from '../store/store.ts'

/** Who reads and writes over a link, once its hello was taken. */
export type Reader = VisitorReader | AgentReader

export interface VisitorReader {
  readonly role: 'visitor'
  readonly id: string
  readonly site: Site
  readonly device: string
  readonly tokenHash: Uint8Array
  /** The secret, when it is new to the client. */
  readonly newToken?: string
  readonly locale?: string
}

export interface AgentReader {
  readonly role: 'agent'
  readonly id: string
  readonly name: string
  readonly site: Site
}

/** What is known of the far end before it says a word. */
export interface Peer {
  readonly ip: string
  readonly origin: string | undefined
  /**
   * The agent whose console session came with the request, if it came from the console's own page.
   * Asked again while the link lives, for the session may end before it. `look`: nobody has done
   * anything, so it does not count as a use of the session.
   */
  agent(why: 'use' | 'look'): Promise<Agent | undefined>
}

/** A link's outgoing half, whatever carries it. */
export interface Outlet {
  /** In order; nothing after `close`. */
  send(frame: ServerFrame): void
  /** Undefined when it can take more now; else resolves when it can, or never when it is closed. */
  full(): Promise<void> | undefined
  close(reason: CloseReason): void
}

/**
 * `refused`: the hello was not taken, or holds no more. `restart`: the relay drains. `flood`: too much at once.
 * Codes of RFC 6455; a client reconnects after any of them, they are for the network's log.
 */
export type CloseReason = 'refused' | 'no-hello' | 'restart' | 'flood'

export const CLOSE_CODES: Readonly<Record<CloseReason, number>> = {
  refused: 1008,
  'no-hello': 1008,
  restart: 1012,
  flood: 1013,
}
