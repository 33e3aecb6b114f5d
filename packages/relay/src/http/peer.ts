import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { Peer } from '../gateway/reader.ts'
import type { ClientIp } from './client-ip.ts'
import type { Agent, Identity, SessionAsk } from './identity.ts'

/** Who is at the other end of a request or an upgrade, as far as the transport tells. */
export interface Peers {
  ofContext(context: Context): Peer
  ofUpgrade(request: IncomingMessage): Peer
  ipOf(context: Context): string
}

export interface PeersOptions {
  readonly clientIp: ClientIp
  readonly identity: Pick<Identity, 'agentOf' | 'fromOwnPage'>
}

/** All that `Identity` looks at. Only this much of a request is kept for the life of a socket. */
const IDENTITY_HEADERS = ['cookie', 'origin', 'sec-fetch-site'] as const

export function createPeers({ clientIp, identity }: PeersOptions): Peers {
  /** A session cookie counts only where the console's own page sent it. */
  const agentOf = (request: Request, why: SessionAsk): Promise<Agent | undefined> =>
    identity.fromOwnPage(request) ? identity.agentOf(request, why) : Promise.resolve(undefined)

  const ipOf = (context: Context): string => {
    // Absent where the app is asked without a server.
    const incoming = (context.env as { incoming?: IncomingMessage } | undefined)?.incoming
    return clientIp(incoming?.socket.remoteAddress, context.req.header('x-forwarded-for'))
  }

  return {
    ipOf,
    ofContext: (context) => ({
      ip: ipOf(context),
      origin: context.req.header('origin'),
      agent: (why) => agentOf(context.req.raw, why),
    }),

    ofUpgrade(incoming) {
      const kept: [string, string][] = []
      for (const name of IDENTITY_HEADERS) {
        const value = incoming.headers[name]
        if (typeof value === 'string') kept.push([name, value])
      }
      const forwarded = incoming.headers['x-forwarded-for']
      return {
        ip: clientIp(
          incoming.socket.remoteAddress,
          Array.isArray(forwarded) ? forwarded.join() : forwarded,
        ),
        origin: incoming.headers.origin,
        // Made when it is asked for: a Request weighs more than all else a quiet socket needs.
        agent: (why) => agentOf(new Request('http://relay/', { headers: kept }), why),
      }
    },
  }
}
