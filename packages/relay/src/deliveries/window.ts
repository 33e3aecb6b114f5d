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
  /** What becomes of a delivery because of the window; undefined: it may go. */
  gate(
    outbound: Outbound,
    connector: ConfiguredConnector,
    io: ConnectorIo,
  ): Promise<Outcome | undefined>
  /** The far side refused it: its window is closed, whatever our clock says. */
  refused(outbound: Outbound, connector: ConfiguredConnector, io: ConnectorIo): Promise<Outcome>
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
  const wake = async (
    outbound: Outbound,
    connector: ConfiguredConnector,
    io: ConnectorIo,
    address: string,
    woken: number,
  ): Promise<Outcome> => {
    const now = clock.now()
    const reason = 'waits until the person writes again: the window for free text is closed'
    if (woken === 0) {
      try {
        await connector.wake(outbound, io)
      } catch (error) {
        return notWoken(error, now)
      }
      await store.woke(connector.id, address, now)
      return { kind: 'retry', at: now + WOKEN_PATIENCE_MS, reason }
    }
    const until = woken + WOKEN_PATIENCE_MS
    if (now < until) return { kind: 'retry', at: until, reason }
    return {
      kind: 'parked',
      reason: 'the window for free text is closed, and the person did not answer the template',
    }
  }

  return {
    async gate(outbound, connector, io) {
      const { windowMs } = connector.capabilities
      const address = addressOf(connector, outbound.thread)
      if (windowMs === 0 || address === undefined) return undefined
      const window = await store.window(connector.id, address)
      const opened = window?.opened ?? 0
      if (clock.now() - opened < windowMs) return undefined
      const woken = window && window.woken > opened ? window.woken : 0
      return wake(outbound, connector, io, address, woken)
    },
    async refused(outbound, connector, io) {
      const address = addressOf(connector, outbound.thread)
      if (address === undefined) {
        return { kind: 'parked', reason: 'the far side takes no free text from us now' }
      }
      const window = await store.window(connector.id, address)
      await store.closeWindow(connector.id, address)
      const woken = window && window.woken > window.opened ? window.woken : 0
      return wake(outbound, connector, io, address, woken)
    },
  }
}

function notWoken(error: unknown, now: number): Outcome {
  if (!(error instanceof SendError)) {
    return { kind: 'retry', at: now + RETRY_WAKE_MS, reason: 'a fault in the connector' }
  }
  if (error.failure === 'retry' || error.failure === 'unknown') {
    const wait = error.retryAfter ?? RETRY_WAKE_MS
    return { kind: 'retry', at: now + wait, reason: error.message }
  }
  return {
    kind: 'parked',
    reason: `the window for free text is closed, and it could not be opened: ${error.message}`,
  }
}

const RETRY_WAKE_MS = 30_000
