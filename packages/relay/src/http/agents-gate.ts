import { createHash, timingSafeEqual } from 'node:crypto'
import type { Author } from '@homing/core'
import { HomingError } from '@homing/core'
import type { Identity } from './identity.ts'

/** Who asks the agents' API: a program with the key, or somebody signed in at the console. */
export type AgentsGate = (request: Request) => Promise<Author>

export interface AgentsGateOptions {
  /** Undefined: no key opens it. */
  readonly apiKey: string | undefined
  readonly identity: Pick<Identity, 'agentOf' | 'fromOwnPage'>
}

/** Who a program is to visitors. */
const PROGRAM: Author = { role: 'agent', id: 'api', name: 'Support' }

export function createAgentsGate({ apiKey, identity }: AgentsGateOptions): AgentsGate {
  const expected = apiKey === undefined ? undefined : sha256(apiKey)

  const byKey = (header: string): Author => {
    const given = /^Bearer +(\S+)$/i.exec(header)?.[1]
    // Hashes have one length, so that neither length nor content shows in the time it takes.
    if (given !== undefined && expected && timingSafeEqual(sha256(given), expected)) return PROGRAM
    throw new HomingError('unauthorized', 'This key does not open the API. See HOMING_API_KEY.')
  }

  return async (request) => {
    const header = request.headers.get('authorization')
    if (header !== null) return byKey(header)
    const agent = await identity.agentOf(request)
    if (!agent) throw new HomingError('unauthorized', 'Send the API key, or sign in.')
    // A cookie is sent by any page that asks; only the console's own may change something with it.
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (!reads && !identity.fromOwnPage(request)) {
      throw new HomingError('origin_not_allowed', 'Only the console’s own page may ask this.')
    }
    return { role: 'agent', id: agent.id, name: agent.name }
  }
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
