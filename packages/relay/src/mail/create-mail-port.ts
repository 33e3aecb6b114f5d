import { getCACertificates } from 'node:tls'
import type { Resolve } from '../connectors/address-guard.ts'
import { checkedAddresses, parseAllowList, systemResolve } from '../connectors/address-guard.ts'
import { createMailboxes } from './mailboxes.ts'
import type { MailPort, MailServer } from './mail-port.ts'
import { MailError } from './mail-port.ts'
import type { CheckedServer } from './submit.ts'
import { greet, submit } from './submit.ts'

export interface MailPortOptions {
  /** Hosts, addresses and CIDRs the operator trusts: private addresses and lines without TLS are fine there. */
  readonly allow: readonly string[]
  /** All addresses of a name. The system's resolver when absent. */
  readonly resolve?: Resolve
  /** Authorities trusted beside the system's, PEM. */
  readonly ca?: readonly string[]
}

/**
 * Mail servers, guarded as `createGuardedFetch` guards the web: a name is resolved once, every
 * address is checked, and the connection goes to that address. Certificates are for the name.
 */
export function createMailPort(options: MailPortOptions): {
  readonly mail: MailPort
  close(): void
} {
  const list = parseAllowList(options.allow)
  const find = options.resolve ?? systemResolve
  const ca = options.ca ? [...getCACertificates('default'), ...options.ca] : []

  const check = async (server: MailServer): Promise<CheckedServer> => {
    const secure = server.security !== 'none'
    let addresses: readonly string[]
    try {
      addresses = await checkedAddresses(server.host, find, list, secure)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'it has no address'
      throw new MailError('unreachable', `the mail server is not connected to: ${reason}`, {
        cause,
      })
    }
    return { ...server, address: addresses[0] ?? '', ca }
  }
  const boxes = createMailboxes({ check, monotonic: () => performance.now() })

  return {
    mail: {
      submit: async (mail, server, signal) => submit(mail, await check(server), signal),
      greet: async (server, signal) => greet(await check(server), signal),
      collect: boxes.collect,
      read: boxes.read,
      has: boxes.has,
    },
    close: boxes.close,
  }
}
