import type { Clock, Random } from '../../packages/core/src/index.ts'
import { uuidv7 } from '../../packages/core/src/index.ts'
import { seededBytes } from '../../packages/core/test/seeded-random.ts'
import type { Bus } from '../../packages/relay/src/bus/bus.ts'
import { createMemoryBus } from '../../packages/relay/src/bus/memory-bus.ts'
import { bindConnector } from '../../packages/relay/src/connectors/configured.ts'
import type { Fetch, RawWebhook } from '../../packages/relay/src/connectors/connector.ts'
import { webhook } from '../../packages/relay/src/connectors/webhook/index.ts'
import { createAppend } from '../../packages/relay/src/conversation/append.ts'
import { createHandOvers } from '../../packages/relay/src/conversation/hand-over.ts'
import { createChooseDesks } from '../../packages/relay/src/conversation/desks.ts'
import { createDelivered } from '../../packages/relay/src/conversation/delivered.ts'
import { createMark, createReaderMark } from '../../packages/relay/src/conversation/mark.ts'
import { routeOf } from '../../packages/relay/src/conversation/route.ts'
import { createDeliveries } from '../../packages/relay/src/deliveries/deliveries.ts'
import type { HookAnswer } from '../../packages/relay/src/inbound/inbound.ts'
import { createInbound } from '../../packages/relay/src/inbound/inbound.ts'
import { createGateway } from '../../packages/relay/src/gateway/gateway.ts'
import { pollRoutes } from '../../packages/relay/src/gateway/poll.ts'
import type { Peer } from '../../packages/relay/src/gateway/reader.ts'
import { serveSocket } from '../../packages/relay/src/gateway/socket-link.ts'
import { agentsApi } from '../../packages/relay/src/http/agents-api.ts'
import { createApp } from '../../packages/relay/src/http/app.ts'
import { RELAY_LIMITS, createLimits } from '../../packages/relay/src/limits/limits.ts'
import { SILENT_LOG } from '../../packages/relay/src/log.ts'
import { createMetrics } from '../../packages/relay/src/metrics.ts'
import { createSites } from '../../packages/relay/src/sites/sites.ts'
import type { Site, Store } from '../../packages/relay/src/store/store.ts'
import type { LogDisk } from './log-disk.ts'
import type { Listener } from './network.ts'
import type { Program, World } from './world.ts'

/**
 * One life of the relay's process, put together as relay.ts does it, without listener, files and
 * console: its gateway, its write path, its deliveries and the agents' API, on a simulated disk.
 */
export interface RelayLife {
  readonly process: Program
  readonly store: Store
  readonly listener: Listener
  webhook(request: RawWebhook): Promise<HookAnswer>
  /** SIGTERM: answer what is on its way, say when to come back. Resolves when it has. */
  drain(): Promise<void>
  /** The line to the other processes is down: hints are lost, and one day it is noticed. */
  setHints(fine: boolean): void
}

export interface RelayOptions {
  readonly world: World
  readonly disk: LogDisk
  readonly random: Random
  /** The host's clock; it may jump. */
  readonly wall: () => number
  readonly fetch: Fetch
  /** An entry is in the log. */
  readonly grew: (conversation: string, epoch: string, seq: number) => void
}

export const SITE: Site = {
  key: 'pk_demo',
  name: 'Demo',
  origins: ['https://shop.test'],
  appearance: { accent: '#3b5bdb', side: 'end', scheme: 'auto' },
}
export const RELAY_URL = 'https://relay.test'
export const DESK = 'desk'
export const AGENT = { id: 'ada', name: 'Ada' }
export const HOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

export async function startRelay(options: RelayOptions): Promise<RelayLife> {
  const { world, disk, random, wall } = options
  const process = world.program()
  const clock: Clock = process.clock(wall)
  const randomBytes = seededBytes(random)
  const store = await disk.open(process, wall)
  await store.saveSite(SITE)
  const metrics = createMetrics()
  const bus = createLossyBus((cause) => world.faults.push(cause))
  const sites = createSites({ store, clock })
  const limits = createLimits(clock, RELAY_LIMITS)
  const bound = bindConnector(
    webhook,
    { url: 'https://desk.test/hook', secrets: [HOOK_SECRET] },
    { id: DESK, hook: DESK, site: SITE.key, role: 'desk' },
  )
  if (!bound.ok) throw new Error(bound.problems.join(' '))
  const connector = bound.settings
  const connectors = new Map([[connector.id, connector]])
  let draining = false

  const nudge = (): void => deliveries.nudge()
  const routes = [routeOf(connector)]
  const append = createAppend({ store, bus, clock, routesOf: () => routes, nudge })
  const told: typeof append = async (draft) => {
    const appended = await append(draft)
    if (appended.entry && process.state() !== 'gone') {
      options.grew(draft.conversation, store.epoch, appended.entry.seq)
    }
    return appended
  }
  const mark = createMark({ store, bus })
  const delivered = createDelivered({
    store,
    bus,
    clock,
    desksOf: () => [connector.id],
    // What the disk refuses now is said again by the next hello.
    onError: () => {},
  })
  const readerMark = createReaderMark(mark, delivered)
  const far = { store, clock, random, connectors, fetch: options.fetch, log: SILENT_LOG, metrics }
  const worker = uuidv7(clock.now(), randomBytes)
  const deliveries = createDeliveries({
    ...far,
    sites,
    publicUrl: RELAY_URL,
    worker,
    delivered,
    visitorOnline: (site, visitor) => gateway.visitorOnline(site, visitor),
  })
  const inbound = createInbound({
    ...far,
    append: told,
    bus,
    delivered,
    deliveries,
    handOvers: createHandOvers({ store, clock, randomBytes }),
    // Nobody sends files in a run.
    files: { keep: () => Promise.reject(new Error('There are no files here.')) },
    publicUrl: RELAY_URL,
  })
  const gateway = createGateway({
    store,
    append: told,
    mark: readerMark,
    delivered,
    bus,
    sites,
    limits,
    clock,
    random,
    randomBytes,
    log: SILENT_LOG,
    metrics,
  })
  // Every link comes from an address of its own.
  let links = 0
  const peerOf = (): Peer => ({
    ip: `192.0.2.${links++}`,
    origin: 'https://shop.test',
    agent: () => Promise.resolve(AGENT),
  })
  const app = createApp({
    log: SILENT_LOG,
    mount: undefined,
    routes: [
      pollRoutes({ gateway, clock, links: limits.links, peerOf }),
      agentsApi({
        store,
        append: told,
        mark: readerMark,
        chooseDesks: createChooseDesks({ store, clock, routesOf: () => routes, nudge }),
        sites,
        gate: () => Promise.resolve({ role: 'agent', ...AGENT }),
        limiter: limits.api,
        clock,
        randomBytes,
        ipOf: () => `192.0.2.${links++}`,
        nudge,
      }),
    ],
  })
  deliveries.start()

  return {
    process,
    store,
    listener: {
      upgrade: (socket) => {
        if (draining) return false
        serveSocket(socket, peerOf(), { gateway, clock, random, log: SILENT_LOG })
        return true
      },
      request: async (request) => app.fetch(request),
    },
    webhook: (request) => inbound.receive(DESK, request),
    drain: async () => {
      draining = true
      await gateway.drain()
      await deliveries.stop()
      gateway.close()
      delivered.stop()
      await store.close()
    },
    setHints: bus.setHints,
  }
}

/** A bus between processes whose line may be down for a while. */
function createLossyBus(
  onError: (cause: unknown) => void,
): Bus & { setHints(fine: boolean): void } {
  const bus = createMemoryBus(onError)
  const gaps = new Set<() => void>()
  let fine = true
  return {
    ...bus,
    publish: (topics, hint) => {
      if (fine) bus.publish(topics, hint)
    },
    onGap: (listener) => {
      gaps.add(listener)
      return () => gaps.delete(listener)
    },
    setHints: (next) => {
      const back = next && !fine
      fine = next
      if (back) for (const listener of gaps) listener()
    },
  }
}
