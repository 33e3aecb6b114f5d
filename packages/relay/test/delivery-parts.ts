import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import type { Body, Clock, Entry, Page } from '@homing/core'
import { uuidv7 } from '@homing/core'
import type { Bus } from '../src/bus/bus.ts'
import { createMemoryBus } from '../src/bus/memory-bus.ts'
import { configureConnectors } from '../src/connectors/configure.ts'
import type { ConfiguredConnector } from '../src/connectors/configured.ts'
import { createGuardedFetch } from '../src/connectors/guarded-fetch.ts'
import type { Append } from '../src/conversation/append.ts'
import { createAppend } from '../src/conversation/append.ts'
import { createDelivered } from '../src/conversation/delivered.ts'
import type { HandOvers } from '../src/conversation/hand-over.ts'
import { createHandOvers } from '../src/conversation/hand-over.ts'
import { routeOf } from '../src/conversation/route.ts'
import type { Deliveries } from '../src/deliveries/deliveries.ts'
import { createDeliveries } from '../src/deliveries/deliveries.ts'
import type { Inbound } from '../src/inbound/inbound.ts'
import { createInbound } from '../src/inbound/inbound.ts'
import { createPoller } from '../src/inbound/poller.ts'
import { createFiles } from '../src/files/files.ts'
import { webhookRoutes } from '../src/http/webhooks.ts'
import { SILENT_LOG } from '../src/log.ts'
import type { MailPort } from '../src/mail/mail-port.ts'
import { createMetrics } from '../src/metrics.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'

/** The parts of a relay that stand between log and far side, put together on a real log. */
export interface DeliveryParts {
  readonly store: Store
  readonly append: Append
  readonly deliveries: Deliveries
  readonly inbound: Inbound
  readonly bus: Bus
  /** As the roster's: what is changed in it is so at once. */
  readonly connectors: Map<string, ConfiguredConnector>
  readonly handOvers: HandOvers
  readonly site: string
  /** Where webhooks are taken. */
  readonly port: number
  metrics(): string
  /** A visitor's words, in a new conversation or a known one. */
  say(text: string, conversation?: string): Promise<{ conversation: string; entry: Entry }>
  agentSays(conversation: string, body: Body): Promise<Entry>
  log(conversation: string): Promise<readonly Entry[]>
  stop(): Promise<void>
}

export interface PartsOptions {
  /** Connectors as they stand in a file, or made by the test. */
  readonly entries?: unknown
  readonly connectors?: readonly ConfiguredConnector[]
  readonly directory?: string
  readonly clock?: Clock
  readonly port?: number
  readonly poll?: boolean
  readonly webhooks?: boolean
  readonly page?: Page
  /** The way to mail servers, for connectors that speak with them. */
  readonly mail?: MailPort
  /** Has the visitor the page open? */
  readonly online?: () => boolean
}

export const SITE = 'pk_test'
export const VISITOR = '01890000-0000-7000-8000-00000000aaaa'

export const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

export async function startDeliveryParts(options: PartsOptions): Promise<DeliveryParts> {
  const clock = options.clock ?? REAL_CLOCK
  const made = options.directory === undefined
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'homing-parts-')))
  const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count))
  const store = await openSqliteStore({ directory, now: () => clock.now(), randomBytes: random })
  await store.saveSite({
    key: SITE,
    name: 'Test shop',
    origins: [],
    appearance: { accent: '#334455', side: 'end', scheme: 'auto' },
  })
  const parsed = configureConnectors(options.entries ?? [])
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  const configured = options.connectors ?? parsed.settings
  const connectors = new Map(configured.map((connector) => [connector.id, connector]))
  const guarded = createGuardedFetch({ allow: ['127.0.0.1'] })
  const bus = createMemoryBus((cause) => {
    throw cause
  })
  const metrics = createMetrics()
  const shared = {
    store,
    clock,
    connectors,
    fetch: guarded.fetch,
    ...(options.mail ? { mail: options.mail } : {}),
    log: SILENT_LOG,
    metrics,
    delivered: createDelivered({
      store,
      bus,
      clock,
      desksOf: () => configured.flatMap(({ id, role }) => (role === 'desk' ? [id] : [])),
      // The store may be closed by then.
      onError: () => {},
    }),
  }

  const deliveries = createDeliveries({
    ...shared,
    random: Math.random,
    publicUrl: 'https://relay.test',
    worker: `worker-${process.pid}`,
    visitorOnline: () => options.online?.() ?? false,
    sites: { get: async (key) => (key === SITE ? { key, name: 'Test shop' } : undefined) },
  })
  const append = createAppend({
    store,
    bus,
    clock,
    routesOf: () => [...connectors.values()].map(routeOf),
    nudge: () => deliveries.nudge(),
  })
  const handOvers = createHandOvers({ store, clock, randomBytes: random })
  const inbound = createInbound({
    ...shared,
    append,
    bus,
    deliveries,
    handOvers,
    files: createFiles({ directory: join(directory, 'files'), randomBytes: random }),
    publicUrl: 'https://relay.test',
  })
  const poller = createPoller({
    ...shared,
    inbound,
    random: Math.random,
    connectors: () => connectors.values(),
  })
  const port = await new Promise<{ number: number; close: () => void }>((resolve) => {
    const app =
      options.webhooks === false
        ? { fetch: () => new Response(null, { status: 500 }) }
        : webhookRoutes(inbound, 'https://relay.test')
    const server = serve(
      { fetch: app.fetch, hostname: '127.0.0.1', port: options.port ?? 0 },
      (info) => resolve({ number: info.port, close: () => server.close() }),
    )
  })
  let n = 0
  deliveries.start()
  if (options.poll) poller.start()

  return {
    store,
    append,
    deliveries,
    inbound,
    bus,
    connectors,
    handOvers,
    site: SITE,
    port: port.number,
    metrics: () => metrics.text(),
    async say(text, conversation = uuidv7(clock.now(), random)) {
      const { entry } = await append({
        site: SITE,
        conversation,
        id: uuidv7(clock.now(), random),
        author: { role: 'visitor', id: VISITOR, name: 'Ann' },
        body: { type: 'text', text },
        visitor: {
          tokenHash: new Uint8Array(32).fill(7),
          device: 'device-1',
          n: ++n,
          locale: 'en',
        },
        ...(options.page ? { page: options.page } : {}),
      })
      if (!entry) throw new Error('no entry')
      return { conversation, entry }
    },
    async agentSays(conversation, body) {
      const author = { role: 'agent', id: 'agent-1', name: 'Console agent' } as const
      const id = uuidv7(clock.now(), random)
      const { entry } = await append({ site: SITE, conversation, id, author, body })
      if (!entry) throw new Error('no entry')
      return entry
    },
    log: (conversation) => store.readAfter(conversation, 0, 1000),
    async stop() {
      await poller.stop()
      await deliveries.stop()
      port.close()
      await guarded.close()
      await store.close()
      await bus.close()
      if (made) await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Asks again until it is so; for what happens in other processes. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  withinMs: number,
): Promise<Value> {
  const start = performance.now()
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() - start > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
