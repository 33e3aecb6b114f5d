import type { Clock } from '@homing/core'
import type { Limiter } from './limiter.ts'
import { createLimiter } from './limiter.ts'
import type { Rate } from './token-bucket.ts'

/** What one party may take of the relay. A bystander must not notice somebody else's flood. */
export interface RelayLimits {
  /** Sockets and held requests open at once, per address. Mobile networks put many people behind one. */
  readonly linksPerIp: number
  /** Hellos per address; a long-poll request says one each time. */
  readonly hello: Rate
  /** Messages per visitor. */
  readonly visitorSend: Rate
  /** Messages per agent: an answer may come in many lines. */
  readonly agentSend: Rate
  /** Messages per site, all visitors together. */
  readonly siteSend: Rate
  /** Any frames of one link … */
  readonly frame: Rate
  /** … and of all links of one address together. */
  readonly addressFrame: Rate
  /** Codes for going on in a messenger, per visitor. */
  readonly handOver: Rate
  /** Addresses left for answers, per visitor. */
  readonly followUp: Rate
  /** Links from mails that are followed, per address: guesses among them. */
  readonly mailLink: Rate
  /** Requests to the agents' API per address, before the key is looked at. */
  readonly api: Rate
}

export const RELAY_LIMITS: RelayLimits = {
  linksPerIp: 100,
  hello: { burst: 60, everyMs: 100 },
  visitorSend: { burst: 10, everyMs: 1_000 },
  agentSend: { burst: 30, everyMs: 200 },
  siteSend: { burst: 500, everyMs: 5 },
  frame: { burst: 120, everyMs: 50 },
  addressFrame: { burst: 600, everyMs: 10 },
  handOver: { burst: 10, everyMs: 6_000 },
  followUp: { burst: 5, everyMs: 60_000 },
  mailLink: { burst: 30, everyMs: 2_000 },
  api: { burst: 200, everyMs: 20 },
}

export interface Limits {
  readonly rules: RelayLimits
  readonly hello: Limiter
  readonly visitorSend: Limiter
  readonly agentSend: Limiter
  readonly siteSend: Limiter
  readonly addressFrame: Limiter
  readonly handOver: Limiter
  readonly followUp: Limiter
  readonly mailLink: Limiter
  readonly api: Limiter
  /** Links open per address. */
  readonly links: OpenLinks
}

export interface OpenLinks {
  /** False: this address has too many open already. Each granted one is given back once. */
  open(ip: string): boolean
  close(ip: string): void
}

export function createLimits(clock: Pick<Clock, 'monotonic'>, rules: RelayLimits): Limits {
  const limiter = (rate: Rate): Limiter => createLimiter({ clock, rate })
  return {
    rules,
    hello: limiter(rules.hello),
    visitorSend: limiter(rules.visitorSend),
    agentSend: limiter(rules.agentSend),
    siteSend: limiter(rules.siteSend),
    addressFrame: limiter(rules.addressFrame),
    handOver: limiter(rules.handOver),
    followUp: limiter(rules.followUp),
    mailLink: limiter(rules.mailLink),
    api: limiter(rules.api),
    links: createOpenLinks(rules.linksPerIp),
  }
}

/** Bounded by the sockets that are open: an address without one is not remembered. */
function createOpenLinks(max: number): OpenLinks {
  const open = new Map<string, number>()
  return {
    open(ip) {
      const count = open.get(ip) ?? 0
      if (count >= max) return false
      open.set(ip, count + 1)
      return true
    },
    close(ip) {
      const left = (open.get(ip) ?? 0) - 1
      if (left > 0) open.set(ip, left)
      else open.delete(ip)
    },
  }
}
