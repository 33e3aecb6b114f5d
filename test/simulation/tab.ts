import type { Random, SyncEngine, TabMessage } from '../../packages/core/src/index.ts'
import {
  createMemoryLocalStore,
  createPollTransport,
  createSocketTransport,
  createSyncEngine,
  uuidv7,
} from '../../packages/core/src/index.ts'
import type { Recorder } from '../../packages/core/test/history/recorder.ts'
import { seededBytes } from '../../packages/core/test/seeded-random.ts'
import type { Company } from '../../packages/widget/src/link/company.ts'
import { createCompany } from '../../packages/widget/src/link/company.ts'
import { createBrowserStore } from '../../packages/widget/src/platform/browser-store.ts'
import type { LocalDisk } from './local-disk.ts'
import type { Naive } from './naive.ts'
import { withFreshIds } from './naive.ts'
import type { Network } from './network.ts'
import { RELAY_URL, SITE } from './relay.ts'
import type { TabLine } from './tab-line.ts'
import { createWatch } from './watch.ts'
import type { Program, World } from './world.ts'

/**
 * One page with the widget in it: the real engine, transports, store and company of tabs, put
 * together as the widget's session does it, without the screen. The console's page is the same
 * without other tabs and without anything kept.
 */
export interface Tab {
  readonly name: string
  readonly engine: SyncEngine
  readonly page: Program
  press(conversation: string, words: string): void
  /** Tell the page what browsers tell pages. */
  woke(): void
  slept(): void
  visible(visible: boolean): void
  /** Drafts that are kept nowhere but here. */
  onlyHere(): readonly string[]
  durable(): boolean
  /** Pressed a moment ago and not yet kept, so without a place in the order. */
  unkept(): readonly string[]
  /** Errors the engine said must not happen. */
  readonly faults: readonly unknown[]
}

export interface TabOptions {
  readonly world: Pick<World, 'program'>
  readonly name: string
  readonly side: 'visitor' | 'agent'
  readonly random: Random
  readonly recorder: Recorder
  /** Draft → words, of everybody. */
  readonly pressed: Map<string, string>
  readonly left: Set<string>
  readonly failed: Set<string>
  readonly network: Pick<Network, 'connect' | 'post'>
  readonly wall: () => number
  /** Names the device, as far as the order of its drafts goes. */
  readonly device: string
  readonly disk?: LocalDisk
  readonly line?: TabLine
  readonly naive?: Naive | undefined
}

/** Longest time until a page has its scripts, ms. */
const DOWNLOAD_MS = 300

export function openTab(options: TabOptions): Tab {
  const { world, name, side, random, recorder, network, disk, line, naive } = options
  const page = world.program()
  const clock = page.clock(options.wall)
  const bytes = seededBytes(random)
  const faults: unknown[] = []
  /** Pressed, and not yet kept. */
  const unkept = new Set<string>()
  let lastId = ''
  let isDurable = disk !== undefined
  const newId = (): string => (lastId = uuidv7(Math.max(0, clock.now()), bytes))
  const note = recorder.note.bind(undefined, name)
  const watch = createWatch({
    who: name,
    side,
    recorder,
    pressed: options.pressed,
    left: options.left,
    failed: options.failed,
    byTime: naive === 'sorted by time',
    mayJump: () => disk?.harmed() === true,
  })

  const store = disk
    ? createBrowserStore(disk.open(page), {
        clock,
        newId,
        changed: (durable) => {
          isDurable = durable
          company?.keeps(durable)
        },
      })
    : createMemoryLocalStore({ device: newId() })
  const socket = createSocketTransport({
    clock,
    connect: (url) => watch.socket(network.connect(page, url)),
  })
  const poll = createPollTransport({
    clock,
    newId,
    post: (url, body) => watch.post(body, network.post(page, url, body)),
  })
  let transports = [socket, poll]
  if (naive === 'no draft id') transports = transports.map((each) => withFreshIds(each, newId))

  let company: Company<TabMessage> | undefined
  const engine = createSyncEngine({
    site: SITE.key,
    relay: RELAY_URL,
    side,
    client: 'simulated/1',
    store,
    transports,
    clock,
    random,
    newId,
    greeting: () => ({}),
    events: {
      changed: (conversation) => {
        if (page.state() !== 'gone') watch.changed(engine, conversation)
      },
      link: () => {},
      tell: (message) => {
        if (page.state() !== 'gone') watch.met(engine)
        company?.tell(message)
      },
      presence: () => {},
      settings: () => {},
      refused: () => {},
      failed: (error) => faults.push(error),
    },
  })
  const ready = engine.start()
  note({ op: 'open', role: side })

  const connect = (): void => {
    if (!line) engine.connect()
    else company?.connect()
  }
  const attend = (visible: boolean): void => {
    if (naive !== 'leader only') company?.attend(visible)
  }

  const join = async (among: TabLine): Promise<void> => {
    await ready
    company = createCompany<TabMessage>({
      name: 'homing:pk_demo',
      engine,
      clock,
      locks: among.locks(page),
      channel: () => among.channel(page),
      durable: isDurable,
      visible: naive !== 'leader only',
      heard: (message) => engine.overhear(message),
      joined: () => {},
    })
  }
  page.after(random() * DOWNLOAD_MS, () => {
    if (line) void join(line)
    else connect()
  })

  return {
    name,
    engine,
    page,
    faults,
    durable: () => isDurable,
    unkept: () => [...unkept],
    onlyHere: () => {
      const kept = new Set(disk?.all('d:').map(([key]) => key.slice(2)))
      return engine
        .drafts()
        .map(({ id }) => id)
        .filter((id) => !kept.has(id))
    },

    press: (conversation, words) => {
      void ready.then(async () => {
        // Asked for at the press, kept a moment later: a page that ends in between kept nothing.
        const kept = engine.send(conversation, { type: 'text', text: words })
        const draft = lastId
        // Pages that no longer share what they keep no longer share a count either.
        const device = disk?.harmed() || !isDurable ? name : options.device
        options.pressed.set(draft, words)
        note({ op: 'submit', draft, conversation, device, words })
        watch.changed(engine, conversation)
        unkept.add(draft)
        page.onGone(() => {
          if (unkept.has(draft))
            note({ op: 'lost', drafts: [draft], reason: 'the page ended before it was kept' })
        })
        await kept
        unkept.delete(draft)
        connect()
        if (naive !== 'leader only') company?.submitted(draft)
      })
    },

    woke: () => {
      if (company) return company.woke()
      if (line) return
      engine.connect()
      engine.wake()
    },
    slept: () => {
      if (company) company.slept()
      else engine.disconnect()
    },
    visible: attend,
  }
}
