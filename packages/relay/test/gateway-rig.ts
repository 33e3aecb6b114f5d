import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientFrame, Hello, ServerFrame } from '@homing/core'
import { decodeClientFrame, uuidv7 } from '@homing/core'
import type { VirtualClock } from '../../core/test/virtual-clock.ts'
import { createVirtualClock } from '../../core/test/virtual-clock.ts'
import { createMemoryBus } from '../src/bus/memory-bus.ts'
import { systemRandomBytes } from '../src/clock.ts'
import type { Append } from '../src/conversation/append.ts'
import { createAppend } from '../src/conversation/append.ts'
import { createDelivered } from '../src/conversation/delivered.ts'
import { createMark, createReaderMark } from '../src/conversation/mark.ts'
import type { Gateway } from '../src/gateway/gateway.ts'
import { createGateway } from '../src/gateway/gateway.ts'
import type { Session } from '../src/gateway/session.ts'
import type { Agent } from '../src/http/identity.ts'
import { RELAY_LIMITS, createLimits } from '../src/limits/limits.ts'
import type { RelayLimits } from '../src/limits/limits.ts'
import { SILENT_LOG } from '../src/log.ts'
import { createMetrics } from '../src/metrics.ts'
import { createSites } from '../src/sites/sites.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import type { Site, Store } from '../src/store/store.ts'

/** The gateway on a real store and bus, with links that a test holds in its hand. */
export interface GatewayRig {
  readonly store: Store
  readonly gateway: Gateway
  readonly append: Append
  readonly clock: VirtualClock
  readonly bus: ReturnType<typeof createMemoryBus>
  link(peer?: {
    ip?: string
    origin?: string | undefined
    agent?: Agent
    /** Who is signed in, asked each time; instead of `agent`. */
    signedIn?: (why: 'use' | 'look') => Agent | undefined
  }): TestLink
  close(): Promise<void>
}

export interface TestLink {
  readonly session: Session
  readonly frames: readonly ServerFrame[]
  readonly closed: () => string | undefined
  say(...frames: (ClientFrame | string)[]): Promise<void>
  hello(over?: Partial<Hello>): Promise<void>
  /** Every frame of this type so far. */
  all<Type extends ServerFrame['t']>(type: Type): readonly Extract<ServerFrame, { t: Type }>[]
  /** The log as this link was given it: seqs of entries and acks, in the order they came. */
  seqs(conversation: string): readonly number[]
  /** Resolves when the condition holds; looked at with every frame. */
  until(condition: () => boolean): Promise<void>
  cut(): void
}

export const SITE: Site = {
  key: 'pk_demo',
  name: 'Demo',
  origins: ['https://shop.test'],
  appearance: { accent: '#3b5bdb', side: 'end', scheme: 'auto' },
}
export const OTHER_SITE: Site = { ...SITE, key: 'pk_other', name: 'Other' }
export const AGENT: Agent = { id: 'ada', name: 'Ada' }

let made = 0
/** A new id, at a time of its own, so that ids sort as they were made. */
export function newId(): string {
  return uuidv7(1_772_355_600_000 + made++, systemRandomBytes)
}

export async function openGatewayRig(limits: Partial<RelayLimits> = {}): Promise<GatewayRig> {
  const directory = await mkdtemp(join(tmpdir(), 'homing-gateway-'))
  const clock = createVirtualClock()
  const store = await openSqliteStore({
    directory,
    now: () => clock.now(),
    randomBytes: systemRandomBytes,
  })
  await store.saveSite(SITE)
  await store.saveSite(OTHER_SITE)
  const bus = createMemoryBus((cause) => {
    throw cause
  })
  const append = createAppend({ store, bus, clock, routesOf: () => [], nudge: () => {} })
  const delivered = createDelivered({
    store,
    bus,
    clock,
    desksOf: () => [],
    onError: (cause) => {
      throw cause
    },
  })
  const gateway = createGateway({
    store,
    append,
    mark: createReaderMark(createMark({ store, bus }), delivered),
    delivered,
    bus,
    sites: createSites({ store, clock }),
    limits: createLimits(clock, { ...RELAY_LIMITS, ...limits }),
    clock,
    random: () => 0.5,
    randomBytes: systemRandomBytes,
    log: SILENT_LOG,
    metrics: createMetrics(),
  })

  return {
    store,
    gateway,
    append,
    clock,
    bus,
    link(peer = {}) {
      return openLink(gateway, {
        // One address each, so that the tests of one file do not share a bucket.
        ip: peer.ip ?? `192.0.2.${made++}`,
        origin: 'origin' in peer ? peer.origin : 'https://shop.test',
        agent: async (why) => (peer.signedIn ? peer.signedIn(why) : peer.agent),
      })
    },
    async close() {
      gateway.close()
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function openLink(gateway: Gateway, peer: Parameters<Gateway['connect']>[0]): TestLink {
  const frames: ServerFrame[] = []
  let closed: string | undefined
  let watchers: (() => void)[] = []
  const look = (): void => {
    for (const watch of watchers) watch()
  }
  const session = gateway.connect(peer, {
    send(frame) {
      if (closed !== undefined) throw new Error('A frame after the close.')
      frames.push(frame)
      look()
    },
    full: () => undefined,
    close(reason) {
      closed = reason
      look()
    },
  })

  const link: TestLink = {
    session,
    frames,
    closed: () => closed,
    async say(...said) {
      const taken = said.map((frame) =>
        session.receive(
          decodeClientFrame(typeof frame === 'string' ? frame : JSON.stringify(frame)),
        ),
      )
      await Promise.all(taken)
      await session.settled()
    },
    hello(over = {}) {
      return link.say({
        t: 'hello',
        v: 1,
        site: SITE.key,
        token: null,
        device: 'device-1',
        positions: {},
        client: 'test/1',
        ...over,
      })
    },
    all: (type) =>
      frames.filter((frame): frame is Extract<ServerFrame, { t: typeof type }> => frame.t === type),
    seqs: (conversation) =>
      frames.flatMap((frame) => {
        if (frame.t === 'ack' && frame.conversation === conversation) return [frame.seq]
        if (frame.t !== 'entries' || frame.conversation !== conversation || frame.history) return []
        return frame.entries.map((entry) => entry.seq)
      }),
    until(condition) {
      if (condition()) return Promise.resolve()
      return new Promise((resolve) => {
        const watch = (): void => {
          if (!condition()) return
          watchers = watchers.filter((other) => other !== watch)
          resolve()
        }
        watchers.push(watch)
      })
    },
    cut() {
      gateway.disconnect(session)
    },
  }
  return link
}

export function text(words: string): { readonly type: 'text'; readonly text: string } {
  return { type: 'text', text: words }
}
