import type { Clock } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { ConnectorIo, Outbound } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import type { Outcome, Store } from '../store/store.ts'

/**
 * Messengers take free text only for a while after the person wrote. When that is over, the one
 * thing they still take is sent (an approved template), and what is to be said waits until the
 * person writes again: it is never eaten, and never sent into a wall.
 *
 *   open ──windowMs pass, or the far side says so──▶ closed ──wake──▶ woken ──person writes──▶ open
 *                                                                       └──a day──▶ parked, and said
 */
export interface Windows {
  /**
   * What becomes of a delivery because of the window; undefined: it may go. Rejects with what the
   * far side said when the template could not be sent now.
   */
  gate(
    outbound: Outbound,
    connector: ConfiguredConnector,
    io: ConnectorIo,
  ): Promise<Outcome | undefined>
  /** The far side refused it: its window is closed, whatever our clock says. Rejects as `gate`. */
  refused(outbound: Outbound, connector: ConfiguredConnector, io: ConnectorIo): Promise<Outcome>
  /** Does the far side take free text there now, as far as our clock knows? */
  isOpen(connector: ConfiguredConnector, thread: string | undefined): Promise<boolean>
}

export interface WindowsOptions {
  readonly store: Pick<Store, 'window' | 'closeWindow' | 'woke'>
  readonly clock: Pick<Clock, 'now'>
}

/** A person who was asked to write and did not is not asked again; what waits is parked, ms. */
export const WOKEN_PATIENCE_MS = 24 * 3_600_000
/** One line, one window. */
export const LINE = 'line'

/** Whose window it is: of a reach the person's, of a line the one person's at its other end. */
export function addressOf(
  { role, capabilities }: Pick<ConfiguredConnector, 'role' | 'capabilities'>,
  thread: string | undefined,
): string | undefined {
  return role === 'desk' && capabilities.line ? LINE : thread
}

export function createWindows({ store, clock }: WindowsOptions): Windows {
  /** By address: a template that is being sent just now. */
  const waking = new Map<string, Promise<void>>()

  const wakeOnce = async (
    outbound: Outbound,
    connector: ConfiguredConnector,
    io: ConnectorIo,
    address: string,
  ): Promise<void> => {
    const key = `${connector.id} ${address}`
    const running = waking.get(key)
    if (running) return running
    const task = connector
      .wake(outbound, io)
      .then(() => store.woke(connector.id, address, clock.now()))
      .finally(() => waking.delete(key))
    waking.set(key, task)
    return task
  }

  const wake = async (
    outbound: Outbound,
    connector: ConfiguredConnector,
    io: ConnectorIo,
    address: string,
  ): Promise<Outcome> => {
    // Several conversations may wait for one person: asked is only once.
    let woken = await wokenSince(connector.id, address)
    if (woken === 0) {
      try {
        await wakeOnce(outbound, connector, io, address)
      } catch (error) {
        return notWoken(error)
      }
      woken = clock.now()
    }
    const until = woken + WOKEN_PATIENCE_MS
    if (clock.now() < until) {
      const reason = 'waits until the person writes again: the window for free text is closed'
      return { kind: 'wait', at: until, reason, unsure: false }
    }
    return {
      kind: 'parked',
      reason: 'the window for free text is closed, and the person did not answer the template',
    }
  }

  /** When the template was sent that is not answered yet; 0: there is none. */
  const wokenSince = async (connector: string, address: string): Promise<number> => {
    const window = await store.window(connector, address)
    return window && window.woken > window.opened ? window.woken : 0
  }

  const isOpen = async (
    connector: ConfiguredConnector,
    thread: string | undefined,
  ): Promise<boolean> => {
    const { windowMs } = connector.capabilities
    const address = addressOf(connector, thread)
    if (windowMs === 0 || address === undefined) return true
    const window = await store.window(connector.id, address)
    return clock.now() - (window?.opened ?? 0) < windowMs
  }

  return {
    async gate(outbound, connector, io) {
      const address = addressOf(connector, outbound.thread)
      if (address === undefined || (await isOpen(connector, outbound.thread))) return undefined
      return wake(outbound, connector, io, address)
    },
    async refused(outbound, connector, io) {
      const address = addressOf(connector, outbound.thread)
      // Where no window opens again by itself, nothing would wait for anything.
      if (address === undefined || connector.capabilities.windowMs === 0) {
        return { kind: 'parked', reason: 'the far side takes no free text from us now' }
      }
      await store.closeWindow(connector.id, address)
      return wake(outbound, connector, io, address)
    },
    isOpen,
  }
}

/** Sent or not, a template is not what waits: that it may have arrived makes nothing unsure. */
function notWoken(error: unknown): Outcome {
  if (!(error instanceof SendError)) {
    throw new SendError('retry', 'a fault in the connector', { cause: error })
  }
  const { failure, message, retryAfter } = error
  switch (failure) {
    case 'needs-template':
    case 'bad-content':
    case 'too-large':
    case 'bad-recipient':
    case 'thread-gone':
      return {
        kind: 'parked',
        reason: `the window for free text is closed, and it could not be opened: ${message}`,
      }
    case 'unknown':
      throw new SendError('retry', message, retryAfter === undefined ? {} : { retryAfter })
    default:
      throw error
  }
}
