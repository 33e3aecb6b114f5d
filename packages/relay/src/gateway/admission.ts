import type { Hello, RandomBytes } from '@homing/core'
import { HomingError } from '@homing/core'
import type { Limits } from '../limits/limits.ts'
import type { Sites } from '../sites/sites.ts'
import { originAllowed } from '../sites/origin.ts'
import type { Site, Store } from '../store/store.ts'
import { mintToken, readToken } from '../visitors/token.ts'
import type { AgentReader, Peer, Reader, VisitorReader } from './reader.ts'

/**
 * Who says hello, and may they? The cheapest question comes first, so that a flood of strangers
 * costs next to nothing. Throws the HomingError that the reject frame tells.
 */
export type Admit = (hello: Claim, peer: Peer) => Promise<Reader>

/** What of a hello says who it is. */
export type Claim = Pick<Hello, 'site' | 'token' | 'device' | 'role' | 'locale'>

export interface AdmissionOptions {
  readonly store: Pick<Store, 'secret' | 'visitor'>
  readonly sites: Sites
  readonly limits: Pick<Limits, 'hello'>
  readonly randomBytes: RandomBytes
}

export function createAdmission({ store, sites, limits, randomBytes }: AdmissionOptions): Admit {
  const admitAgent = async (site: Site, peer: Peer): Promise<AgentReader> => {
    const agent = await peer.agent('use')
    if (!agent) throw new HomingError('unauthorized', 'Sign in to the console first.')
    return { role: 'agent', id: agent.id, name: agent.name, site }
  }

  /**
   * `hello.jwt` is not looked at: this version knows anonymous visitors only, and taking an
   * unchecked identity for a real one would be worse than none.
   */
  const admitVisitor = async (hello: Claim, site: Site, peer: Peer): Promise<VisitorReader> => {
    const token = hello.token === null ? undefined : readToken(hello.token, site.key, store.secret)
    const card = token && (await store.visitor(site.key, token.hash))
    const known = token !== undefined && (token.stamped || card !== undefined)
    // Apps and sandboxed frames have no origin of their own; a token we gave out speaks for them.
    const opaque = peer.origin === undefined || peer.origin === 'null'
    if (opaque ? !known : !originAllowed(peer.origin, site.origins)) {
      throw new HomingError(
        'origin_not_allowed',
        'This page may not use the site. Add its origin to the site in the relay.',
      )
    }
    const common = {
      role: 'visitor',
      site,
      device: hello.device,
      ...(hello.locale === undefined ? {} : { locale: hello.locale }),
    } as const
    if (known) return { ...common, id: card?.id ?? token.visitor, tokenHash: token.hash }
    // No token, or one that nobody gave out: a stranger like any other, never an error.
    const fresh = mintToken(site.key, store.secret, randomBytes)
    return { ...common, id: fresh.visitor, tokenHash: fresh.hash, newToken: fresh.text }
  }

  return async (hello, peer) => {
    limits.hello.demand(peer.ip)
    const site = await sites.get(hello.site)
    if (!site) throw new HomingError('unknown_site', 'There is no site with this key.')
    return hello.role === 'agent' ? admitAgent(site, peer) : admitVisitor(hello, site, peer)
  }
}
