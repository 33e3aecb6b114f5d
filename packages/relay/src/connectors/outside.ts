import type { MailPort } from '../mail/mail-port.ts'
import type { ConnectorIo, Fetch } from './connector.ts'

/** The ways to the far sides, guarded; each call adds its time and when it has to end. */
export interface Outside {
  readonly fetch: Fetch
  /** Absent where nobody put it in: connectors that speak with mail servers then say so. */
  readonly mail?: MailPort
}

export function ioOf({ fetch, mail }: Outside, signal: AbortSignal, now: number): ConnectorIo {
  return { fetch, signal, now, ...(mail ? { mail } : {}) }
}
