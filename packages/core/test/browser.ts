import type {
  Body,
  Draft,
  Entry,
  LocalStore,
  SyncEngine,
  SyncEngineOptions,
  SyncEvents,
  TabMessage,
  Transport,
} from '@homing/core'
import { createMemoryLocalStore, createSyncEngine, isText } from '@homing/core'
import { seededRandom } from './seeded-random.ts'
import type { VirtualClock } from './virtual-clock.ts'
import { settled } from './virtual-clock.ts'
import type { FarEnd, Wire } from './wire.ts'
import { createWire } from './wire.ts'

/** One browser: a local store, and any number of tabs that hear one another. */
export interface Browser {
  readonly store: LocalStore
  /** Open a page; resolves when it has read the store. It connects only when told to. */
  tab(options?: TabOptions): Promise<Tab>
}

export interface TabOptions {
  readonly store?: LocalStore
  readonly transports?: readonly Transport[]
  readonly side?: 'visitor' | 'agent'
  readonly tail?: number
  readonly events?: Partial<SyncEvents>
  readonly greeting?: SyncEngineOptions['greeting']
  /** It tells nobody and hears nobody. */
  readonly alone?: boolean
  /** False: it has not read the store yet. */
  readonly started?: boolean
}

export interface Tab {
  readonly engine: SyncEngine
  readonly wire: Wire
  /** What went wrong, and what the relay refused. */
  readonly faults: unknown[]
  readonly refused: string[]
  /** What it told the others. */
  readonly told: TabMessage[]
  /** While true it hears nothing, as a frozen page. */
  frozen: boolean
  say(conversation: string, text: string): Promise<Draft>
  /** The words shown, oldest first: those of the log, then those that wait. */
  shown(conversation: string): readonly string[]
  /** The page is closed. */
  close(): void
}

export interface BrowserOptions {
  readonly clock: VirtualClock
  readonly far?: FarEnd
  readonly store?: LocalStore
  readonly device?: string
}

let drafts = 0

export function createBrowser(options: BrowserOptions): Browser {
  const { clock, far, device = 'device-1' } = options
  const store = options.store ?? createMemoryLocalStore({ device })
  const tabs = new Set<Tab>()
  const random = seededRandom(7)

  return {
    store,
    tab: async (more = {}) => {
      const wire = createWire(far ? { far } : {})
      const faults: unknown[] = []
      const refused: string[] = []
      const told: TabMessage[] = []
      const nothing = (): void => {}
      const engine = createSyncEngine({
        site: 'pk_demo',
        relay: 'https://relay.test',
        side: more.side ?? 'visitor',
        client: 'test/1',
        store: more.store ?? store,
        transports: more.transports ?? [wire.transport],
        clock,
        random,
        newId: () => `draft-${++drafts}`,
        ...(more.tail === undefined ? {} : { tail: more.tail }),
        greeting: more.greeting ?? (() => ({})),
        events: {
          changed: nothing,
          link: nothing,
          presence: nothing,
          settings: nothing,
          refused: (code) => void refused.push(code),
          failed: (error) => void faults.push(error),
          ...more.events,
          tell: (message) => {
            more.events?.tell?.(message)
            if (more.alone || !tabs.has(tab)) return
            told.push(message)
            // As a channel does it: copied, later, to everybody else.
            const copy = JSON.stringify(message)
            for (const other of tabs) {
              if (other === tab || other.frozen) continue
              other.engine.overhear(JSON.parse(copy) as TabMessage)
            }
          },
        },
      })
      const tab: Tab = {
        engine,
        wire,
        faults,
        refused,
        told,
        frozen: more.alone ?? false,
        say: (conversation, text) => engine.send(conversation, { type: 'text', text }),
        shown: (conversation) => [
          ...(engine.conversation(conversation)?.entries ?? []).map((entry) => wordsOf(entry)),
          ...engine.drafts(conversation).map((draft) => wordsOf(draft)),
        ],
        close: () => {
          tabs.delete(tab)
          engine.stop()
          for (const link of wire.links) if (!link.ended) link.cut()
        },
      }
      tabs.add(tab)
      if (more.started !== false) await engine.start()
      return tab
    },
  }
}

export function wordsOf({ body }: { readonly body: Body } | Entry): string {
  return isText(body) ? body.text : `(${body.type})`
}

/** Connect, and pass everything on until all are quiet. */
export async function online(...tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) tab.engine.connect()
  await flush(...tabs)
}

/** Pass on what waits on the lines of all of these, until all are quiet. */
export async function flush(...tabs: readonly Tab[]): Promise<void> {
  await settled()
  for (let round = 0; round < 20; round++) {
    for (const tab of tabs) await tab.wire.flush()
    await settled()
  }
}
