import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import type { Clock, RandomBytes } from '@homing/core'
import { uuidv7 } from '@homing/core'
import type { Hono } from 'hono'
import { createMemoryBus } from './bus/memory-bus.ts'
import { SYSTEM_CLOCK, systemRandomBytes } from './clock.ts'
import type { Config } from './config.ts'
import { openRoster } from './connectors/roster.ts'
import { createSeal, readSealKey } from './connectors/seal.ts'
import { reachesOf } from './connectors/invites.ts'
import { createGuardedFetch } from './connectors/guarded-fetch.ts'
import { createAppend } from './conversation/append.ts'
import { createChooseDesks } from './conversation/desks.ts'
import { createDelivered } from './conversation/delivered.ts'
import { createFollowUps } from './conversation/follow-up.ts'
import { createMailLinks } from './conversation/mail-links.ts'
import { createMark, createReaderMark } from './conversation/mark.ts'
import { createHandOvers } from './conversation/hand-over.ts'
import { createLinksFor } from './conversation/person-links.ts'
import type { Route } from './conversation/route.ts'
import { routeOf } from './conversation/route.ts'
import { createDeliveries } from './deliveries/deliveries.ts'
import { createInbound } from './inbound/inbound.ts'
import { createPoller } from './inbound/poller.ts'
import { createSignals } from './deliveries/signals.ts'
import { FILES_DIRECTORY, createFiles } from './files/files.ts'
import { createAdmission } from './gateway/admission.ts'
import { createGateway } from './gateway/gateway.ts'
import { pollRoutes } from './gateway/poll.ts'
import { createSocketEdge } from './gateway/socket.ts'
import { agentsApi } from './http/agents-api.ts'
import { createAgentsGate } from './http/agents-gate.ts'
import { createApp } from './http/app.ts'
import { createClientIp } from './http/client-ip.ts'
import { connectorsApi } from './http/connectors-api.ts'
import { conversationRoutes } from './http/conversation-routes.ts'
import { consoleRoutes } from './http/console.ts'
import { openConsoleFiles } from './http/console-files.ts'
import { filesRoutes } from './http/files.ts'
import { followUpRoutes } from './http/follow-up.ts'
import { handOverRoutes } from './http/hand-over.ts'
import { healthRoutes } from './http/health.ts'
import { createIdentity } from './http/identity.ts'
import { createPeers } from './http/peer.ts'
import { limitPipelining } from './http/pipelining.ts'
import { resumeRoutes } from './http/resume.ts'
import { createSiteOf } from './http/site-of.ts'
import { stopMailsRoutes } from './http/stop-mails.ts'
import { webhookRoutes } from './http/webhooks.ts'
import { openWidgetFiles, widgetRoutes } from './http/widget-files.ts'
import type { RelayLimits } from './limits/limits.ts'
import { RELAY_LIMITS, createLimits } from './limits/limits.ts'
import type { Log } from './log.ts'
import { createLog } from './log.ts'
import { createMailPort } from './mail/create-mail-port.ts'
import { createMetrics } from './metrics.ts'
import type { Sites } from './sites/sites.ts'
import { createSites } from './sites/sites.ts'
import { openSqliteStore } from './store/sqlite-store.ts'
import type { Store } from './store/store.ts'

/** The relay: everything it is made of is put together here, and started and stopped in order. */
export interface Relay {
  listen(): Promise<{ readonly url: string; readonly port: number }>
  /**
   * Take no more, answer what is on its way, tell every link when to come back, end the
   * deliveries, close the log. May be called twice.
   */
  close(): Promise<void>
  /** An address that signs its reader in to the console, once. */
  signInLink(): string
  readonly store: Store
  readonly sites: Sites
  readonly app: Hono
}

/** The world, where it is not the machine's own. */
export interface RelayOverrides {
  readonly clock?: Clock
  readonly randomBytes?: RandomBytes
  readonly log?: Log
  readonly limits?: Partial<RelayLimits>
  /** Further routes, after the relay's own. */
  readonly mount?: (app: Hono) => void
}

/** Longer than proxies keep idle connections, so that none is reused in the moment it is closed. */
const KEEP_ALIVE_MS = 65_000
/** A request has to have come in whole by then … */
const REQUEST_TIMEOUT_MS = 30_000
/** … and its headers sooner, also those of a line on which nothing was said yet. */
const HEADERS_TIMEOUT_MS = 10_000
/** How often lines are looked at for these two. */
const TIMEOUT_CHECK_MS = 5_000
/** A line on which nothing moves, because an answer is not read: longer than any answer takes. */
const LINE_TIMEOUT_MS = 75_000

const PUBLIC = fileURLToPath(new URL('../public', import.meta.url))

export async function createRelay(config: Config, overrides: RelayOverrides = {}): Promise<Relay> {
  const clock = overrides.clock ?? SYSTEM_CLOCK
  const randomBytes = overrides.randomBytes ?? systemRandomBytes
  const random = (): number => Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32
  const log =
    overrides.log ??
    createLog({
      level: config.logLevel,
      now: () => clock.now(),
      write: (line) => process.stderr.write(line),
    })
  const listener = createListener(config)
  // The address is part of what is served; with any free port it is known only once one is taken.
  const port = config.port === 0 ? await listener.port() : config.port
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`
  const store = await openSqliteStore({
    directory: config.data,
    now: () => clock.now(),
    randomBytes,
  })

  const metrics = createMetrics()
  const bus = createMemoryBus((cause) => log.error('hint-failed', { cause }))
  const sites = createSites({ store, clock })
  const limits = createLimits(clock, { ...RELAY_LIMITS, ...overrides.limits })
  const sealPath = join(config.data, 'seal.key')
  const seal = createSeal(config.sealKey ?? (await readSealKey(sealPath, randomBytes)), randomBytes)
  const roster = await openRoster({ store, seal, clock, log, fixed: config.connectors })
  const { connectors } = roster
  const outside = createGuardedFetch({ allow: config.allowPrivate })
  const mails = createMailPort({ allow: config.allowPrivate })
  let draining = false

  // The log, and the way to the far sides and back.
  const routesOf = (site: string): readonly Route[] => roster.ofSite(site).map(routeOf)
  const nudge = (): void => deliveries.nudge()
  const append = createAppend({ store, bus, clock, routesOf, nudge })
  const mark = createMark({ store, bus })
  const delivered = createDelivered({
    store,
    bus,
    clock,
    desksOf: (site) =>
      routesOf(site).flatMap(({ role, connector }) => (role === 'desk' ? [connector] : [])),
    onError: (cause) => log.error('delivered-failed', { cause }),
  })
  const readerMark = createReaderMark(mark, delivered)
  const chooseDesks = createChooseDesks({ store, clock, routesOf, nudge })
  const handOvers = createHandOvers({ store, clock, randomBytes })
  const followUps = createFollowUps({ store, append, bus, clock })
  const mailLinks = createMailLinks({ secret: store.secret, clock })
  const files = createFiles({ directory: join(config.data, FILES_DIRECTORY), randomBytes })
  const far = {
    store,
    clock,
    random,
    connectors,
    fetch: outside.fetch,
    mail: mails.mail,
    log,
    metrics,
  }
  const worker = uuidv7(clock.now(), randomBytes)
  const deliveries = createDeliveries({
    ...far,
    sites,
    publicUrl,
    linksFor: createLinksFor({ mailLinks, sites, publicUrl }),
    worker,
    delivered,
    visitorOnline: (site, visitor) => gateway.visitorOnline(site, visitor),
  })
  const inbound = createInbound({
    ...far,
    append,
    bus,
    delivered,
    deliveries,
    handOvers,
    files,
    publicUrl,
  })
  const poller = createPoller({ ...far, inbound, connectors: () => connectors.values() })
  const signals = createSignals({ ...far, bus })
  roster.onChange(() => {
    poller.changed()
    signals.changed()
    nudge()
  })

  // The people.
  const identity = createIdentity({
    store,
    clock,
    randomBytes,
    publicUrl,
    ownerPassword: config.ownerPassword,
  })
  const peers = createPeers({ clientIp: createClientIp(config.trustedProxies), identity })
  const gateway = createGateway({
    store,
    append,
    mark: readerMark,
    delivered,
    bus,
    sites,
    limits,
    clock,
    random,
    randomBytes,
    log,
    metrics,
  })
  // The relay lives as long as they do: nobody stops listening.
  identity.onSessionEnd(() => gateway.sessionEnded())
  const sockets = createSocketEdge({
    gateway,
    clock,
    random,
    links: limits.links,
    log,
    peerOf: peers.ofUpgrade,
    draining: () => draining,
  })
  const asked = {
    admit: createAdmission({ store, sites, limits, randomBytes }),
    peerOf: peers.ofContext,
  }
  const app = createApp({
    log,
    mount: overrides.mount,
    routes: [
      healthRoutes({ store, metrics, draining: () => draining }),
      widgetRoutes({
        files: await openWidgetFiles({
          directory: `${PUBLIC}/widget`,
          keptIn: join(config.data, 'widget'),
          now: clock.now(),
          onError: (cause) => log.error('build-not-kept', { cause }),
        }),
        sites,
        publicUrl,
        reachesOf: (site) => reachesOf(roster.ofSite(site)),
      }),
      pollRoutes({ gateway, clock, links: limits.links, peerOf: peers.ofContext }),
      handOverRoutes({ ...asked, handOvers, connectorsOf: roster.ofSite, limits }),
      followUpRoutes({ ...asked, followUps, connectorsOf: roster.ofSite, limits }),
      resumeRoutes({ ...asked, store, mailLinks, bus, clock, limits }),
      stopMailsRoutes({ store, mailLinks, connectors, sites, clock, limits, ipOf: peers.ipOf }),
      webhookRoutes(inbound, publicUrl),
      filesRoutes(files),
      agentsApi({
        store,
        append,
        mark: readerMark,
        chooseDesks,
        sites,
        gate: createAgentsGate({ apiKey: config.apiKey, identity }),
        limiter: limits.api,
        clock,
        randomBytes,
        ipOf: peers.ipOf,
        nudge,
        parts: [
          connectorsApi({
            roster,
            store,
            clock,
            fetch: outside.fetch,
            mail: mails.mail,
            publicUrl,
            siteOf: createSiteOf(sites),
          }),
          conversationRoutes({ store, roster, clock }),
        ],
      }),
      consoleRoutes({
        identity,
        files: await openConsoleFiles(`${PUBLIC}/console`),
        sites: sites.all,
        ipOf: peers.ipOf,
        onError: (cause) => log.error('console-failed', { cause }),
      }),
    ],
  })
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  listener.server.on(
    'request',
    limitPipelining((request, response) => void answer(request, response)),
  )
  listener.server.on('upgrade', sockets.upgrade)

  const shutDown = async (): Promise<void> => {
    draining = true
    listener.stopAccepting()
    await gateway.drain()
    await Promise.all([deliveries.stop(), poller.stop(), signals.stop()])
    await sockets.close()
    gateway.close()
    delivered.stop()
    await listener.close()
    await bus.close()
    await outside.close()
    mails.close()
    await store.close()
    log.info('closed')
  }
  let closing: Promise<void> | undefined

  return {
    store,
    sites,
    app,
    signInLink: () => identity.issueOneTimeLink(),

    async listen() {
      const bound = await listener.port()
      deliveries.start()
      poller.start()
      signals.start()
      log.info('listening', { port: bound })
      return { url: publicUrl, port: bound }
    },

    close() {
      closing ??= shutDown()
      return closing
    },
  }
}

interface Listener {
  readonly server: Server
  /** Binds at the first call. */
  port(): Promise<number>
  stopAccepting(): void
  close(): Promise<void>
}

function createListener({ port, host }: Pick<Config, 'port' | 'host'>): Listener {
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.timeout = LINE_TIMEOUT_MS
  let bound: Promise<number> | undefined
  let stopped: Promise<void> | undefined

  const bind = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', reject)
        resolve((server.address() as AddressInfo).port)
      })
    })

  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server.listening) return resolve()
      server.close(() => resolve())
    })

  return {
    server,
    port: () => (bound ??= bind()),
    stopAccepting() {
      stopped ??= stop()
      server.closeIdleConnections()
    },
    async close() {
      stopped ??= stop()
      server.closeAllConnections()
      await stopped
    },
  }
}
