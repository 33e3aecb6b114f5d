import type { Clock, Random, RandomBytes, Stop } from '@homing/core'
import { HomingError, MAX_PAGE_ENTRIES, uuidv7 } from '@homing/core'
import type { Bus, Hint } from '../bus/bus.ts'
import type { Append } from '../conversation/append.ts'
import type { Delivered } from '../conversation/delivered.ts'
import type { Mark } from '../conversation/mark.ts'
import type { Limits } from '../limits/limits.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Sites } from '../sites/sites.ts'
import type { Store } from '../store/store.ts'
import { createAdmission } from './admission.ts'
import { createAudience } from './audience.ts'
import { createLive } from './live.ts'
import type { Outlet, Peer, Reader } from './reader.ts'
import { createSending } from './sending.ts'
import type { Session } from './session.ts'
import { createSession } from './session.ts'
import { createSharedRead } from './shared-read.ts'

/** All links of this process: makes their sessions, and lets go of them in order when it drains. */
export interface Gateway {
  connect(peer: Peer, outlet: Outlet): Session
  /** The link of this session is gone. */
  disconnect(session: Session): void
  /** A console session has ended: links that were opened with it are closed. */
  sessionEnded(): void
  /** Has this visitor a page open, at this process? */
  visitorOnline(site: string, visitor: string): boolean
  /** Links there are now. */
  links(): number
  /** Answer what is on its way, then tell every link when to come back, not all at once. */
  drain(): Promise<void>
  close(): void
}

/** Answers on their way are waited for this long, ms. */
const DRAIN_MS = 4_000
/** Links come back between these two after a drain; a thousand more links, a second more. */
const COME_BACK_MIN_MS = 500
const COME_BACK_SPREAD_MS = 4_000

export interface GatewayOptions {
  readonly store: Store
  readonly append: Append
  readonly mark: Mark
  readonly delivered: Pick<Delivered, 'kept'>
  readonly bus: Bus
  readonly sites: Sites
  readonly limits: Limits
  readonly clock: Clock
  readonly random: Random
  readonly randomBytes: RandomBytes
  readonly log: Log
  readonly metrics: Metrics
}

export function createGateway(options: GatewayOptions): Gateway {
  const { store, append, mark, bus, sites, limits, clock, random, randomBytes, log, metrics } =
    options
  const sessions = new Set<Session>()
  const audience = createAudience({ bus, clock })
  const admit = createAdmission({ store, sites, limits, randomBytes })
  const send = createSending({ store, append, limits })
  const read = createSharedRead((conversation: string, after: number) =>
    store.readAfter(conversation, after, MAX_PAGE_ENTRIES),
  )
  const find = createSharedRead((conversation: string) => store.conversation(conversation))
  const refusals = metrics.counter('homing_refusals_total', 'Frames and hellos refused, by code')
  metrics.gauge('homing_links', 'Links open now', () => sessions.size)

  const onError = (cause: unknown): void => {
    const code = cause instanceof HomingError ? cause.code : 'internal'
    refusals.add({ code })
    if (code === 'internal' || code === 'unavailable') log.error('link-failed', { code, cause })
    else log.debug('refused', { code })
  }

  // A line to the other processes was down: whatever was missed in that time is read again.
  const stopGap = bus.onGap(() => {
    for (const session of sessions) session.beat()
  })

  return {
    visitorOnline: (site, visitor) => audience.visitor(site, visitor),
    connect(peer, outlet) {
      const id = uuidv7(clock.now(), randomBytes)
      const session: Session = createSession({
        peer,
        outlet,
        admit,
        clock,
        rate: limits.rules.frame,
        share: () => limits.addressFrame.take(peer.ip),
        createLive: (reader: Reader) =>
          createLive({
            id,
            reader,
            outlet,
            store,
            bus,
            clock,
            send,
            mark,
            delivered: options.delivered,
            read,
            find,
            listen: (to, hear) => audience.listen(reader.site.key, to, hear),
            online: audience,
            onError,
          }),
        join: (reader: Reader): Stop => audience.join(reader, (hint: Hint) => session.hear(hint)),
        onError,
      })
      sessions.add(session)
      return session
    },

    disconnect(session) {
      session.end()
      sessions.delete(session)
    },

    sessionEnded() {
      for (const session of sessions) session.recheck()
    },

    links: () => sessions.size,

    async drain() {
      const spread = COME_BACK_SPREAD_MS + sessions.size
      const done = Promise.all(
        [...sessions].map((session) =>
          session.drain(Math.round(COME_BACK_MIN_MS + random() * spread)).catch(onError),
        ),
      )
      let stop: Stop | undefined
      const late = new Promise<void>((resolve) => {
        stop = clock.after(DRAIN_MS, resolve)
      })
      await Promise.race([done, late])
      stop?.()
    },

    close() {
      for (const session of sessions) session.end()
      sessions.clear()
      stopGap()
      audience.close()
    },
  }
}
