import fc from 'fast-check'

import { NO_UPGRADE } from '../../fault-proxy.ts'
import { HOOK } from '../open-relay.ts'
import { until } from '../../until.ts'
import type { Tab } from '../../simulation/tab.ts'
import type { Browser } from './browser.ts'
import type { BrowserModel, Model } from './model.ts'
import { answered, backedUp, connected, restored, said, settled } from './model.ts'
import { SCRIPT } from './script.ts'
import type { World } from './world.ts'
import { BROWSERS } from './world.ts'

/** What may happen: people, browsers, the network, the relay and its operator, far sides. */
export type Command = fc.AsyncCommand<Model, World>

const MAX_TABS = 3
const MOST_AT_ONCE = 3
const HOUR_MS = 3_600_000
/** Long enough for words to be in the log, mostly. */
const ON_ITS_WAY_MS = 60

/** `check`: it makes sense now. `run`: it happens, in the world and in the model. */
function command(
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, world: World) => void | Promise<void>,
): Command {
  return {
    check,
    run: async (model, world) => {
      await run(model, world)
      connected(model)
      model.commands++
    },
    toString: () => name,
  }
}

// ── A browser and its tabs ───────────────────────────────────────────────────────────────────

interface Spot {
  readonly browser: number
  /** Chooses among the tabs that can do it. */
  readonly tab: number
}

interface Found {
  readonly model: BrowserModel
  readonly browser: Browser
  readonly tab: Tab
  readonly at: number
}

const awakeOf = ({ tabs }: BrowserModel): readonly number[] =>
  tabs.flatMap((state, at) => (state === 'awake' ? [at] : []))
const allOf = ({ tabs }: BrowserModel): readonly number[] => tabs.map((_, at) => at)

/** A command to one of the tabs that `among` tells. */
function toTab(
  name: string,
  { browser, tab }: Spot,
  among: (browser: BrowserModel) => readonly number[],
  run: (found: Found, model: Model, world: World) => void | Promise<void>,
): Command {
  return command(
    `${name}, browser ${browser + 1}, tab ${tab}`,
    (model) => among(model.browsers[browser]!).length > 0,
    (model, world) => {
      const [there, real] = [model.browsers[browser]!, world.browsers[browser]!]
      const choice = among(there)
      const at = choice[tab % choice.length]!
      return run({ model: there, browser: real, tab: real.tabs[at]!, at }, model, world)
    },
  )
}

const open = ({ model, browser }: Pick<Found, 'model' | 'browser'>): void => {
  browser.open()
  model.tabs.push('awake')
}
const shut = ({ model, browser, tab, at }: Found, orderly: boolean): void => {
  browser.shut(tab, orderly)
  model.tabs.splice(at, 1)
}

const send = (spot: Spot, conversation: number, count: number): Command =>
  toTab(`send ${count}`, spot, awakeOf, async ({ browser, tab }, model, world) => {
    const id = browser.conversations[conversation]!
    const texts = Array.from({ length: count }, () => world.words(browser.name))
    await browser.press(tab, id, texts)
    said(model, browser.name, id, texts)
  })

/** What the relay says to it is lost with the lines it was on, so all of it is sent once more. */
const sendUnheard = (spot: Spot, conversation: number, count: number): Command => {
  const sending = send(spot, conversation, count)
  return command(
    `unheard: ${sending.toString()}`,
    (model) => model.line === 'fine' && model.relay === 'up' && sending.check(model),
    async (model, world) => {
      world.network.blackHole('down')
      await sending.run(model, world)
      await moments(ON_ITS_WAY_MS)
      world.network.cut()
    },
  )
}

const openTab = (browser: number): Command =>
  command(
    `open tab, browser ${browser + 1}`,
    (model) => model.browsers[browser]!.tabs.length < MAX_TABS,
    (model, world) => open({ model: model.browsers[browser]!, browser: world.browsers[browser]! }),
  )

const reload = (spot: Spot): Command =>
  toTab('reload', spot, awakeOf, (found) => {
    shut(found, true)
    open(found)
  })

const killTab = (spot: Spot): Command =>
  toTab('kill tab', spot, allOf, (found) => shut(found, false))

const freeze = (spot: Spot, told: boolean): Command =>
  toTab(told ? 'freeze' : 'freeze silently', spot, awakeOf, async ({ model, browser, tab, at }) => {
    await browser.freeze(tab, told)
    model.tabs[at] = 'frozen'
  })

const thaw = (browser: number): Command =>
  command(
    `thaw browser ${browser + 1}`,
    (model) => model.browsers[browser]!.tabs.includes('frozen'),
    (model, world) => {
      world.browsers[browser]!.thaw()
      model.browsers[browser]!.tabs.fill('awake')
    },
  )

const skew = (browser: number, hours: number): Command =>
  command(
    `set the clock of browser ${browser + 1} ${hours} h off`,
    () => true,
    (_, world) => world.browsers[browser]!.skew(hours * HOUR_MS),
  )

// ── The network ──────────────────────────────────────────────────────────────────────────────

const cut = command(
  'cut every line',
  () => true,
  (_, { network }) => network.cut(),
)

/** Something else fails; what failed before goes on failing. */
const hinder = (
  name: string,
  how: (network: World['network']) => void | Promise<void>,
  line: 'ill' | 'down' = 'ill',
): Command =>
  command(
    name,
    (model) => model.line !== 'down',
    async (model, { network }) => {
      await how(network)
      model.line = line
    },
  )

const down = hinder('the network goes down', (network) => network.refuse(), 'down')
const noSockets = hinder('upgrades are stripped', (network) => {
  network.answer(/^\/v1\/socket/, NO_UPGRADE)
  network.cut()
})
const loseAnswers = (times: number): Command =>
  hinder(`${times} answers are lost`, (network) => {
    network.answer(/^\/v1\/socket/, NO_UPGRADE)
    network.loseAnswers(/^\/v1\/sync/, times)
    network.cut()
  })
const blackHole = (direction: 'up' | 'down' | 'both'): Command =>
  hinder(`lines fall silent, ${direction}`, (network) => network.blackHole(direction))
const slow = hinder('everything is slow and sliced', (network) => {
  network.latency(80)
  network.slice(97)
})

const heal = command(
  'the network heals',
  (model) => model.line !== 'fine',
  async (model, { network, browsers }) => {
    await network.pass()
    for (const browser of browsers) browser.wake()
    model.line = 'fine'
  },
)

// ── The relay and its operator ───────────────────────────────────────────────────────────────

const isUp = (model: Model): boolean => model.relay === 'up'

const kill = command('kill -9 the relay', isUp, async (model, world) => {
  await world.kill9()
  model.relay = 'down'
})
const drain = command('drain the relay', isUp, async (model, world) => {
  await world.drain()
  model.relay = 'down'
})
const start = command(
  'start the relay',
  (model) => model.relay === 'down',
  async (model, world) => {
    await world.start()
    model.relay = 'up'
  },
)
const backup = command('make a backup', isUp, async (model, world) => {
  await world.backup()
  backedUp(model)
})
const restore = command(
  'restore the backup',
  (model) => model.backup,
  async (model, world) => {
    // As it was when it ended: what had not left is owed still.
    restored(model)
    await world.restore()
    model.relay = 'up'
  },
)

/** As long as a log that was restored is short, its readers see at once that it is another one. */
const restoreAndGrow = (where: number): Command =>
  command(
    'restore the backup, and its log grows while the network is down',
    (model) => model.backup && model.line !== 'down',
    async (model, world) => {
      await down.run(model, world)
      await restore.run(model, world)
      for (let time = 0; time < MOST_AT_ONCE; time++) {
        await answer('answer', SCRIPT, where, scriptOf).run(model, world)
      }
      await until('the script is through', () => world.script.waiting() === 0)
    },
  )

// ── Far sides, and time ──────────────────────────────────────────────────────────────────────

/** Answers somewhere where it has read of a conversation. */
const answer = (
  name: string,
  by: string,
  where: number,
  who: (world: World) => World['script'] | World['desk'],
): Command =>
  command(
    name,
    ({ words }) => words.length > 0,
    async (model, world) => {
      if (by === SCRIPT) await world.script.readAll()
      const known = who(world).known()
      const conversation = known[where % known.length]
      if (conversation === undefined) return
      const text = world.words(by)
      who(world).answer(conversation, text)
      answered(model, by, conversation, text)
    },
  )

const refuse = (times: number): Command =>
  command(
    `the desk refuses ${times} deliveries`,
    () => true,
    (_, { desk }) => desk.refuse(times),
  )

const pass = (ms: number): Command =>
  command(
    `${ms} ms pass`,
    () => true,
    () => moments(ms),
  )

const settle = command(
  'wait until all is sent',
  (model) => model.line === 'fine' && model.relay === 'up',
  async (model, world) => {
    await world.settle()
    settled(model)
  },
)

const browser = fc.nat(BROWSERS.length - 1)
const spot: fc.Arbitrary<Spot> = fc.record({ browser, tab: fc.nat(MAX_TABS - 1) })
const which = fc.nat(3)
const few = fc.integer({ min: 1, max: MOST_AT_ONCE })
const once = fc.constant

/** Weights: most of the time people talk; what costs the start of a process is rarer. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(spot, fc.nat(1), few).map((draws) => send(...draws)) },
  { weight: 4, arbitrary: fc.tuple(spot, fc.nat(1), few).map((draws) => sendUnheard(...draws)) },
  { weight: 4, arbitrary: fc.integer({ min: 5, max: 250 }).map(pass) },
  { weight: 4, arbitrary: once(settle) },
  { weight: 5, arbitrary: which.map((at) => answer('answer by script', SCRIPT, at, scriptOf)) },
  { weight: 5, arbitrary: which.map((at) => answer('webhook twice', HOOK, at, deskOf)) },
  { weight: 3, arbitrary: browser.map(openTab) },
  { weight: 3, arbitrary: spot.map(reload) },
  { weight: 2, arbitrary: spot.map(killTab) },
  { weight: 3, arbitrary: fc.tuple(spot, fc.boolean()).map((draws) => freeze(...draws)) },
  { weight: 2, arbitrary: browser.map(thaw) },
  {
    weight: 1,
    arbitrary: fc.tuple(browser, fc.integer({ min: -9, max: 9 })).map((d) => skew(...d)),
  },
  { weight: 2, arbitrary: once(cut) },
  { weight: 2, arbitrary: once(down) },
  { weight: 1, arbitrary: once(noSockets) },
  { weight: 1, arbitrary: few.map(loseAnswers) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('up' as const, 'down' as const, 'both' as const).map(blackHole),
  },
  { weight: 1, arbitrary: once(slow) },
  { weight: 5, arbitrary: once(heal) },
  { weight: 2, arbitrary: once(kill) },
  { weight: 1, arbitrary: once(drain) },
  { weight: 4, arbitrary: once(start) },
  { weight: 4, arbitrary: once(backup) },
  { weight: 4, arbitrary: once(restore) },
  { weight: 3, arbitrary: which.map(restoreAndGrow) },
  { weight: 1, arbitrary: few.map(refuse) },
)

function moments(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
function scriptOf({ script }: World): World['script'] {
  return script
}
function deskOf({ desk }: World): World['desk'] {
  return desk
}
