import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import type { Engine, EngineName, Tab } from '../browsers/browser.ts'
import { describeEngines } from '../browsers/engines.ts'
import { findEngines } from '../browsers/find.ts'
import { NO_UPGRADE, PORTAL } from '../fault-proxy.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'
import type { Widget } from './widget.ts'
import { STORED, widgetOn } from './widget.ts'

const LINK = /^\/v1\//
const SOCKET = /^\/v1\/socket/
const POLL = /^\/v1\/sync/
/** Silence, probe and a new link: the longest that a dead line may stay unnoticed, ms. */
const BLACK_HOLE_MS = 45_000
/** The relay pings twice before it gives a link up, ms. */
const ONE_WAY_MS = 70_000
/** Any other fault is got over in this long, ms. */
const SOON_MS = 10_000
/** A refused socket is tried again after half a minute. */
const BACK_MS = 45_000

/** A conversation under way over a socket: the visitor asked, and was answered. */
interface Talk extends Stage {
  readonly tab: Tab
  readonly widget: Widget
  readonly conversation: string
  /** Every text so far, in the order of the log. */
  readonly texts: string[]
  /** Both sides say something; resolves when both see both, in the same order, and nothing twice. */
  exchange(name: string, ms?: number): Promise<void>
}

async function talk(engine: Engine): Promise<Talk> {
  const stage = await openStage()
  const browser = await engine.launch()
  onTestFinished(() => browser.close())
  const tab = await browser.open(stage.shop.origin)
  const widget = widgetOn(tab)
  const texts = ['Hello?', 'Hello!']
  await widget.open()
  await widget.send('Hello?')
  await widget.bubble('Hello?', ...STORED)
  const [conversation] = await stage.agents.conversations()
  const { id } = conversation!
  await stage.agents.say(id, 'Hello!')
  await widget.bubble('Hello!')
  await expect.poll(() => stage.network.carrying(SOCKET)).toBe(1)
  return {
    ...stage,
    tab,
    widget,
    conversation: id,
    texts,
    exchange: async (name, ms = SOON_MS) => {
      const [mine, theirs] = [`${name}, says the visitor`, `${name}, says the agent`]
      const patient = widgetOn(tab.within(ms))
      const began = performance.now()
      await widget.send(mine)
      await stage.agents.say(id, theirs)
      await Promise.all([patient.bubble(mine, ...STORED), patient.bubble(theirs)])
      expect(performance.now() - began).toBeLessThan(ms)
      const log = await stage.agents.log(id)
      const said = log.flatMap(({ body }) => ('text' in body ? [String(body.text)] : []))
      expect(said.slice(texts.length).toSorted()).toEqual([mine, theirs].toSorted())
      texts.push(...said.slice(texts.length))
      expect(said).toEqual(texts)
      expect((await widget.bubbles()).map(({ text }) => text)).toEqual(texts)
    },
  }
}

/** All engines of this machine at once: what takes most of a minute takes it once. */
async function inAll(
  run: (engine: Engine) => Promise<void>,
  only: readonly EngineName[] = ['chromium', 'firefox', 'webkit'],
): Promise<void> {
  const wanted = process.env['HOMING_TEST_ENGINES']?.split(',') ?? only
  const engines = findEngines().flatMap((found) => {
    if (found.state === 'found') return [found.engine]
    console.log(`skipped: a network that fails: ${found.reason}`)
    return []
  })
  const chosen = engines.filter(({ name }) => wanted.includes(name) && only.includes(name))
  await Promise.all(chosen.map(run))
}

it('C2 C6 C7: a black-holed socket: both sides see all, once and in order, within 45 s, with no click', () =>
  inAll(async (engine) => {
    const { network, exchange } = await talk(engine)
    network.blackHole('both', SOCKET)
    await exchange('Into a black hole', BLACK_HOLE_MS)
    await exchange('Out of it')
  }))

// Towards the page, silence is noticed there. Towards the relay, the page goes on hearing the
// relay's heartbeat; it is the relay that misses the answers.
it('C2 C6 C7: a socket that is dead in one direction', () =>
  inAll(
    async (engine) => {
      const holes = (['up', 'down'] as const).map(async (direction) => {
        const { network, exchange } = await talk(engine)
        network.blackHole(direction, SOCKET)
        await exchange(`A hole ${direction}`, ONE_WAY_MS)
      })
      await Promise.all(holes)
    },
    ['chromium'],
  ))

it('C2 C6 C7: the upgrade is stripped in the middle: long-poll within 10 s, and the socket again once it works', () =>
  inAll(async (engine) => {
    const { network, exchange } = await talk(engine)
    network.answer(SOCKET, NO_UPGRADE)
    network.cut()
    await exchange('Without a socket')
    expect(network.carrying(SOCKET)).toBe(0)
    expect(network.carrying(POLL)).toBeGreaterThan(0)
    await exchange('And again')
    await network.pass()
    await expect.poll(() => network.carrying(SOCKET), { timeout: BACK_MS }).toBe(1)
    await exchange('With a socket')
  }))

describeEngines('a network that fails', (_open, engine) => {
  it('C2 C6 C7: the relay says goodbye with 1000: a new link within 10 s', async () => {
    const { network, exchange } = await talk(engine)
    network.closeSockets(1_000)
    await exchange('After a goodbye')
    expect(network.carrying(SOCKET)).toBe(1)
  })

  it('C2 C6 C7: sockets open and then say nothing: long-poll within 10 s', async () => {
    const { network, exchange } = await talk(engine)
    network.holdAnswers(SOCKET)
    network.cut()
    await exchange('Through a filter that keeps everything')
  })

  it('C8: a captive portal answers everything: nothing is taken for an answer, and all goes out afterwards', async () => {
    const { network, widget, exchange, agents, texts } = await talk(engine)
    network.answer(LINK, PORTAL)
    network.cut()
    await widget.send('From the hotel')
    await widget.bubble('From the hotel', 'pending')
    expect(await agents.texts()).toEqual(texts)
    await network.pass()
    texts.push('From the hotel')
    await widget.bubble('From the hotel', ...STORED)
    await exchange('With a room number')
  })

  it('C2: answers are lost: each message is there once', async () => {
    const { network, exchange } = await talk(engine)
    network.answer(SOCKET, NO_UPGRADE)
    network.cut()
    await exchange('Over long-poll')
    network.loseAnswers(POLL, 2)
    await exchange('Without an answer', 2 * SOON_MS)
  })

  it('C4 C6: a line of slices and delays', async () => {
    const { network, exchange } = await talk(engine)
    network.slice(5)
    network.latency(120)
    for (const round of [1, 2, 3]) await exchange(`Slowly ${round}`)
  })
})

describeEngines(
  'three tabs, and the one with the link is frozen',
  (open) => {
    it('C2 C6 C7: another one sends within 10 s; thawed, all show the same, once', async () => {
      const { shop, agents, network } = await openStage()
      const browser = await open()
      const leader = await browser.open(shop.origin)
      await widgetOn(leader).open()
      await widgetOn(leader).send('From the first')
      await widgetOn(leader).bubble('From the first', ...STORED)
      const others = [await browser.open(shop.origin), await browser.open(shop.origin)] as const
      for (const tab of others) {
        await tab.front()
        await widgetOn(tab).ensureOpen()
        await widgetOn(tab).bubble('From the first', ...STORED)
      }
      expect(network.carrying(SOCKET)).toBe(1)

      await leader.devtools('Page.setWebLifecycleState', { state: 'frozen' })
      const began = performance.now()
      await widgetOn(others[1]).send('While it sleeps')
      await expect
        .poll(() => agents.texts(), { timeout: SOON_MS })
        .toEqual(['From the first', 'While it sleeps'])
      expect(performance.now() - began).toBeLessThan(SOON_MS)
      const [conversation] = await agents.conversations()
      await agents.say(conversation!.id, 'An answer meanwhile')

      await leader.devtools('Page.setWebLifecycleState', { state: 'active' })
      const texts = ['From the first', 'While it sleeps', 'An answer meanwhile']
      for (const tab of [...others, leader]) {
        await tab.front()
        await widgetOn(tab).bubble('An answer meanwhile')
        expect((await widgetOn(tab).bubbles()).map(({ text }) => text)).toEqual(texts)
      }
      await widgetOn(leader).send('Awake')
      for (const tab of [leader, ...others]) {
        expect((await widgetOn(tab).bubble('Awake', ...STORED)).seq).toBe(4)
      }
      expect(await agents.texts()).toEqual([...texts, 'Awake'])
    })
  },
  ['chromium'],
)

describeEngines('without a network', (_open, engine) => {
  const ending = engine.keepsProfile
    ? 'a closed browser'
    : 'a closed window (the sessions of its driver keep nothing)'

  it(`C2 C4 C8: five messages, two reloads and ${ending}: all five once, as they were pressed, by themselves`, async () => {
    const { shop, network, agents } = await openStage()
    const profile = engine.keepsProfile ? await mkdtemp(join(tmpdir(), 'homing-profile-')) : ''
    const launch = () => engine.launch(profile === '' ? {} : { profile })
    let browser = await launch()
    onTestFinished(async () => {
      await browser.close()
      if (profile !== '') await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    })
    if (profile === '') await browser.open('about:blank')
    let tab = await browser.open(shop.origin)
    await widgetOn(tab).open()
    await widgetOn(tab).send('before')
    await widgetOn(tab).bubble('before', ...STORED)

    network.refusePaths(LINK)
    const pressed = ['one', 'two', 'three', 'four', 'five']
    const press = async (...texts: string[]): Promise<void> => {
      await widgetOn(tab).ensureOpen()
      for (const text of texts) await widgetOn(tab).send(text)
      await widgetOn(tab).bubble(texts.at(-1) ?? '', 'pending')
    }
    await press('one', 'two')
    await tab.reload()
    await press('three', 'four')
    await tab.reload()
    await press('five')
    if (profile === '') {
      await tab.close()
    } else {
      await browser.close()
      browser = await launch()
    }
    expect(await agents.texts()).toEqual(['before'])

    await network.pass()
    // Nobody clicks: the page is looked at, and that is all.
    tab = await browser.open(shop.origin)
    await expect
      .poll(() => agents.texts(), { timeout: 3 * SOON_MS })
      .toEqual(['before', ...pressed])
    await widgetOn(tab).ensureOpen()
    await widgetOn(tab).bubble('five', ...STORED)
    const bubbles = await widgetOn(tab).bubbles()
    expect(bubbles.map(({ text }) => text)).toEqual(['before', ...pressed])
    expect(bubbles.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
  })
})
