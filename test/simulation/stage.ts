// Longer than most: every act of a plan is played here, side by side.
import { MAX_TEXT_LENGTH, isStatus, uuidv7 } from '../../packages/core/src/index.ts'
import type { LogEntry } from '../../packages/core/test/history/event.ts'
import type { Recorder } from '../../packages/core/test/history/recorder.ts'
import { seededBytes } from '../../packages/core/test/seeded-random.ts'
import { MORNING } from '../../packages/core/test/virtual-clock.ts'
import { mintToken } from '../../packages/relay/src/visitors/token.ts'
import type { Counts } from './counts.ts'
import { createFarSide } from './far-side.ts'
import type { Manner } from './far-side.ts'
import type { LocalDisk, Mood } from './local-disk.ts'
import { createLocalDisk } from './local-disk.ts'
import { createLogDisk } from './log-disk.ts'
import type { Durability } from './log-disk.ts'
import type { Naive } from './naive.ts'
import type { Network } from './network.ts'
import { createNetwork } from './network.ts'
import type { Act, Plan } from './plan.ts'
import type { RelayLife } from './relay.ts'
import { DESK, SITE, startRelay } from './relay.ts'
import { createScript } from './script.ts'
import type { Tab } from './tab.ts'
import { openTab } from './tab.ts'
import type { TabLine } from './tab-line.ts'
import { createTabLine } from './tab-line.ts'
import { seenOf } from './watch.ts'
import type { World } from './world.ts'

/** Everybody and everything in a run, and what each act of a plan does to them. */
export interface Stage {
  act(act: Act): void
  /** No more faults. What is frozen stays so, for a page that sleeps is no open reader. */
  heal(): void
  wakeAll(): void
  /** Soon it is looked at how far all have read: who only asks now and then asks now. */
  expectLook(): void
  /** Note how it ended: who shows what, and the log. */
  end(): Promise<void>
  /** Words that still wait, in every tab. */
  waiting(): number
  messages(): number
  faults(): readonly unknown[]
}

interface Browser {
  readonly name: string
  readonly disk: LocalDisk
  readonly line: TabLine
  readonly network: Network
  readonly tabs: Tab[]
  /** How far its clock is off, ms. */
  skew: number
  /** Conversations its visitor has begun or will begin. */
  conversations: string[]
  opened: number
}

const MAX_TABS = 3
const DURABILITY: Partial<Record<Naive, Durability>> = {
  'ack before commit': 'early',
  'synchronous normal': 'normal',
}

export async function createStage(options: {
  readonly world: World
  readonly plan: Plan
  readonly recorder: Recorder
  readonly counts: Counts
  readonly naive: Naive | undefined
}): Promise<Stage> {
  const { world, plan, recorder, counts, naive } = options
  const ids = seededBytes(world.chance('ids'))
  const newId = (): string => uuidv7(MORNING + Math.floor(world.now()), ids)
  const pressed = new Map<string, string>()
  const left = new Set<string>()
  const failed = new Set<string>()
  const god = world.program()
  const tabFaults: unknown[] = []
  let hostSkew = 0
  let life: RelayLife | undefined
  let draining: RelayLife | undefined
  let lives = 0
  let said = 0
  let conversationsKnown = new Set<string>()

  const hostWall = (): number => Math.floor(MORNING + world.now() + hostSkew)
  const words = (what: string): string => `${what} ${++said}`
  const durability = naive === undefined ? undefined : DURABILITY[naive]
  const logDisk = createLogDisk({
    random: world.chance('log disk'),
    ...(durability === undefined ? {} : { durability }),
  })
  const common = { world, recorder, counts }
  const farSide = createFarSide({
    ...common,
    random: world.chance('far side'),
    wall: hostWall,
    relay: () => life,
  })
  const script = createScript({
    ...common,
    random: world.chance('script'),
    pressed,
    relay: () => life,
    byTime: naive === 'sorted by time',
  })
  const networkOf = (name: string): Network =>
    createNetwork({
      world,
      counts,
      random: world.chance(`network of ${name}`),
      listener: () => life && { listener: life.listener, process: life.process },
    })

  // ── The relay ──────────────────────────────────────────────────────────────────────────────

  let starting = false
  async function start(): Promise<void> {
    if (life || starting) return
    starting = true
    const started = await startRelay({
      world,
      disk: logDisk,
      random: world.chance(`relay ${++lives}`),
      wall: hostWall,
      fetch: (url, init) => farSide.fetch(url, init),
      grew: (conversation, epoch, seq) => {
        conversationsKnown.add(conversation)
        recorder.note('relay', { op: 'head', conversation, epoch, seq })
      },
    })
    starting = false
    if (started.process.state() !== 'gone') life = started
  }

  function crash(then?: () => void): void {
    if (!life) return
    life.process.kill()
    life = undefined
    logDisk.crash()
    then?.()
  }

  const startLater = (ms: number): void => void god.after(ms, () => void start())

  function drain(ms: number): void {
    const old = life
    if (!old) return
    draining = old
    void old.drain().then(() => {
      if (life !== old) return
      endDrain()
      startLater(ms)
    })
  }

  function endDrain(): void {
    if (!draining || life !== draining) return
    draining.process.kill()
    life = undefined
    draining = undefined
  }

  function restore(): void {
    if (!life) return
    crash(() => {
      const drafts = logDisk.restore()
      if (!drafts) return
      conversationsKnown = new Set()
      // Should a page still have one of them, it comes back, after what has come since.
      recorder.note('run', { op: 'unordered', drafts })
      recorder.note('run', { op: 'restored', epoch: `after ${lives}` })
    })
    startLater(500)
  }

  await Promise.all([start(), world.advance(100)])
  if (!life) throw new Error('The relay did not start.')
  const secret = (life as RelayLife).store.secret

  // ── Browsers ───────────────────────────────────────────────────────────────────────────────

  const browsers = Array.from({ length: plan.browsers }, (_, at): Browser => {
    const name = `browser ${at + 1}`
    return {
      name,
      disk: createLocalDisk(world.chance(`disk of ${name}`)),
      line: createTabLine(world.chance(`line of ${name}`)),
      network: networkOf(name),
      tabs: [],
      skew: 0,
      conversations: [newId(), newId()],
      opened: 0,
    }
  })
  if (plan.shared) {
    // The same visitor on two devices: both were given the identity.
    const { text, visitor } = mintToken(SITE.key, secret, ids)
    for (const { disk } of browsers.slice(0, 2)) {
      const identity = { token: text, visitor }
      disk.put('me', { v: 1, device: newId(), counter: 0, identity })
    }
    browsers[1]!.conversations = browsers[0]!.conversations
  }

  const open = (browser: Browser, most = MAX_TABS): void => {
    if (browser.tabs.length >= most) return
    const name = `${browser.name} tab ${++browser.opened}`
    const tab = openTab({
      ...common,
      name,
      side: 'visitor',
      random: world.chance(name),
      pressed,
      left,
      failed,
      network: browser.network,
      wall: () => Math.floor(MORNING + world.now() + browser.skew),
      device: browser.name,
      disk: browser.disk,
      line: browser.line,
      naive,
    })
    browser.tabs.push(tab)
  }

  const shut = (browser: Browser, tab: Tab, orderly: boolean): void => {
    const at = browser.tabs.indexOf(tab)
    if (at < 0) return
    browser.tabs.splice(at, 1)
    if (orderly && tab.page.state() === 'running') tab.slept()
    // Storage that failed owes nothing: what only this page held goes with it, as people were told.
    const others = new Set(
      browser.tabs.flatMap((other) => other.engine.drafts().map(({ id }) => id)),
    )
    const drafts = tab.onlyHere().filter((id) => !others.has(id))
    if (drafts.length > 0 && (browser.disk.harmed() || !tab.durable())) {
      recorder.note(tab.name, { op: 'lost', drafts, reason: 'kept in the page only' })
    }
    tabFaults.push(...tab.faults)
    tab.page.kill()
    recorder.note(tab.name, { op: 'close' })
  }

  /** With the storage goes the count that the pages shared. */
  const forgetOrder = ({ name, tabs }: Browser): void => {
    const drafts = tabs.flatMap((tab) => tab.engine.drafts().map(({ id }) => id))
    recorder.note(name, { op: 'unordered', drafts })
  }

  const evict = (browser: Browser): void => {
    forgetOrder(browser)
    const held = new Set(browser.tabs.flatMap((tab) => tab.engine.drafts().map(({ id }) => id)))
    const drafts = browser.disk
      .all('d:')
      .map(([key]) => key.slice(2))
      .filter((id) => !held.has(id))
    if (drafts.length > 0) recorder.note(browser.name, { op: 'lost', drafts, reason: 'swept away' })
    browser.disk.evict()
  }

  const consoleTab = openTab({
    ...common,
    name: 'console',
    side: 'agent',
    random: world.chance('console'),
    pressed,
    left,
    failed,
    network: networkOf('console'),
    wall: hostWall,
    device: 'console',
    naive,
  })
  for (const browser of browsers) open(browser)

  const conversationOf = (browser: Browser, tab: Tab, draw: number): string => {
    const own = tab.engine.conversations().map(({ id }) => id)
    const known = own.length > 0 && draw < 0.7 ? own : browser.conversations
    return known[Math.floor(draw * 97) % known.length]!
  }

  const freeze = (tab: Tab, told: boolean): void => {
    if (tab.page.state() !== 'running') return
    if (told) tab.slept()
    tab.page.freeze()
    recorder.note(tab.name, { op: 'unordered', drafts: tab.unkept() })
    recorder.note(tab.name, { op: 'sleep' })
  }

  const thaw = (tab: Tab): void => {
    if (tab.page.state() !== 'frozen') return
    tab.page.thaw()
    recorder.note(tab.name, { op: 'wake' })
    tab.woke()
  }

  const pick = <Item>(items: readonly Item[], draw: number): Item | undefined =>
    items[Math.floor(draw * items.length)]

  function act({ kind, draws }: Act): void {
    const [first, second, third, fourth] = draws
    const browser = pick(browsers, first)!
    const tab = pick(browser.tabs, second)
    const awake = tab?.page.state() === 'running' ? tab : undefined
    const known = [...conversationsKnown]
    const { network, disk } = browser

    switch (kind) {
      case 'press':
      case 'press many':
      case 'press too much': {
        if (!awake) return open(browser)
        const conversation = conversationOf(browser, awake, third)
        const count = kind === 'press many' ? 4 + Math.floor(fourth * 10) : 1
        for (let i = 0; i < count; i++) {
          const text = words('words')
          awake.press(
            conversation,
            kind === 'press too much' ? text.padEnd(MAX_TEXT_LENGTH + 1, '.') : text,
          )
        }
        return
      }
      case 'console answers': {
        const conversation = pick(consoleTab.engine.conversations(), third)
        if (conversation) consoleTab.press(conversation.id, words('console'))
        return
      }
      case 'script answers':
      case 'far side answers': {
        const conversation = pick(known, third)
        if (conversation === undefined) return
        const answerer = kind === 'script answers' ? script : farSide
        answerer.answer(conversation, words(kind), fourth < 0.3)
        return
      }
      case 'read':
      case 'console reads': {
        const reader = kind === 'read' ? awake : consoleTab
        const view = reader && pick(reader.engine.conversations(), third)
        if (view) reader.engine.read(view.id, view.position.seq)
        return
      }

      case 'open tab':
        return open(browser)
      case 'close tab':
      case 'kill tab':
        if (tab) shut(browser, tab, kind === 'close tab')
        return
      case 'reload tab':
        if (tab) shut(browser, tab, third < 0.7)
        return open(browser)
      case 'kill browser':
        for (const each of browser.tabs.slice()) shut(browser, each, false)
        return
      case 'freeze':
      case 'freeze silently':
        if (tab) freeze(tab, kind === 'freeze')
        return
      case 'thaw':
        for (const each of browser.tabs) thaw(each)
        return
      case 'wake':
        return awake?.woke()
      case 'hide':
        return awake?.visible(third < 0.5)
      case 'set clock':
        browser.skew = (third - 0.5) * 2 * 5 * 3_600_000
        return

      case 'network down':
        return network.set({ up: false })
      case 'network up':
        network.set({ up: true })
        if (plan.told) for (const each of browser.tabs) wake(each)
        return
      case 'cut':
        return network.cut()
      case 'swallow':
        return network.swallow(third < 0.33 ? 'out' : third < 0.67 ? 'in' : 'both')
      case 'slow':
        return network.set({ latency: third < 0.5 ? 3_000 : 40 })
      case 'upgrades refused':
      case 'upgrades useless':
        network.set({ sockets: kind === 'upgrades refused' ? 'refused' : 'useless' })
        if (third < 0.7) network.cut()
        return
      case 'requests fail':
        return network.set({
          answerLost: second * 0.5,
          twice: third * 0.5,
          portal: fourth < 0.2 ? 0.3 : 0,
          badGateway: fourth > 0.7 ? 0.3 : 0,
        })

      case 'crash':
        crash()
        return startLater(200 + third * 4_000)
      case 'drain':
        return drain(200 + third * 2_000)
      case 'backup':
        return logDisk.backup()
      case 'restore':
        return restore()
      case 'disk full':
        logDisk.setFull(true)
        god.after(500 + third * 5_000, () => logDisk.setFull(false))
        return
      case 'hints lost': {
        const there = life
        there?.setHints(false)
        god.after(500 + third * 10_000, () => there?.setHints(true))
        return
      }
      case 'set host clock':
        hostSkew += (third - 0.5) * 40_000
        return

      case 'evict':
        return evict(browser)
      case 'storage moody':
        forgetOrder(browser)
        return disk.set(pick<Mood>(['hanging', 'slow', 'refusing', 'full'], third)!)
      case 'storage fine':
        return disk.set('fine')

      case 'far side moody': {
        const manners: Manner[] = [
          'unreachable',
          'failing',
          'hanging',
          'deaf',
          'busy',
          'gone',
          'strict',
        ]
        return farSide.set(pick(manners, third)!)
      }
      case 'far side fine':
        return farSide.set('fine')
    }
  }

  const wake = (tab: Tab): void => {
    if (tab.page.state() === 'running') tab.woke()
  }

  const replayParked = async (there: RelayLife): Promise<void> => {
    for (const { id } of await there.store.parked(SITE.key)) {
      await there.store.replay(id, hostWall())
    }
  }

  return {
    act,
    heal: () => {
      logDisk.setFull(false)
      farSide.set('fine')
      // Whoever waits for the last send of an old process is not looked at by the clock of the network.
      endDrain()
      life?.setHints(true)
      for (const browser of browsers) {
        browser.disk.set('fine')
        browser.network.heal()
        // Somebody looks at a page again.
        if (!browser.tabs.some(({ page }) => page.state() === 'running')) open(browser)
        for (const tab of browser.tabs) {
          tab.visible(true)
          if (plan.told) wake(tab)
        }
      }
      if (plan.told) wake(consoleTab)
      void start().then(() => {
        if (life) void replayParked(life)
      })
    },
    expectLook: () => script.hurry(),
    wakeAll: () => {
      for (const browser of browsers) {
        for (const tab of browser.tabs) thaw(tab)
        // A page that was there while storage failed may be somebody else; the next one is not.
        const shared = !browser.disk.harmed() && browser.tabs.every((tab) => tab.durable())
        if (!shared) open(browser, Infinity)
      }
      // What a far side refused while it healed is seen the next time somebody looks.
      if (life) void replayParked(life)
    },
    end: async () => {
      if (!life) throw new Error('The relay is not there in the end.')
      recorder.note('run', { op: 'end', quiet: true })
      const { store } = life
      const ended = Promise.all([
        store.conversations({ site: SITE.key, limit: 200 }),
        store.parked(SITE.key),
      ]).then(async ([conversations, parked]) => {
        const logs = await Promise.all(conversations.map(({ id }) => store.readAfter(id, 0, 1_000)))
        return conversations.map((conversation, at) => ({
          conversation,
          entries: logs[at]!,
          parked,
        }))
      })
      const [found] = await Promise.all([ended, world.advance(500)])
      for (const { conversation, entries, parked } of found) {
        const { id, visitor } = conversation
        for (const { seq } of parked.filter((each) => each.conversation === id)) {
          const draft = entries[seq - 1]?.id
          if (draft !== undefined) recorder.note('relay', { op: 'parked', sink: DESK, draft })
        }
        recorder.note('log', {
          op: 'log',
          conversation: id,
          epoch: store.epoch,
          party: visitor.id,
          entries: entries.map((entry): LogEntry => {
            const told = entry.author.id === 'grace' || isStatus(entry.body)
            return { ...seenOf(entry), role: entry.author.role, sinks: told ? [] : [DESK] }
          }),
        })
      }
      for (const { tabs } of browsers) for (const tab of tabs) tabFaults.push(...tab.faults)
      tabFaults.push(...consoleTab.faults)
      farSide.close()
      logDisk.close()
    },
    waiting: () =>
      browsers
        .flatMap(({ tabs }) => tabs.flatMap(({ engine }) => engine.drafts()))
        .filter((draft) => !draft.failed).length,
    messages: () => said,
    faults: () => tabFaults,
  }
}
