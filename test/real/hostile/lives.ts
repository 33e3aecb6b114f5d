import { expect, it } from 'vitest'

import { recordProblems } from '../../browsers/in-page.ts'
import type { Tab } from '../../browsers/browser.ts'
import { HOST, INPUT, STORED, widgetOn } from '../widget.ts'
import { conversationWith, converse, textsOf } from './converse.ts'
import type { SharedStage } from './shared-stage.ts'
import { buildOther } from './two-builds.ts'

const ROUNDS = 50
/** The heap may have grown by this much after so many lives, bytes. */
const HEAP_GROWTH_BYTES = 1_500_000
const SOCKET = /^\/v1\/socket/

/** Boot and destroy, builds of two versions, and pages that come back. */
export function lives(stage: SharedStage): void {
  const page = (before = '') => ({
    head: `<script>(${String(recordProblems)})()</script>${before}
      <script async src="${stage.script}"></script>`,
    body: '<h1>A shop</h1>',
  })

  it(`${ROUNDS} × boot and destroy leave no node, no listener, no timer and no socket`, async () => {
    const host = await stage.host({
      '/': page(`<script>
        // Listeners on what outlives the widget, and timers that run.
        window.listening = 0
        window.ticking = new Set()
        const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype
        const known = new Map()
        const at = (target) => target ?? window
        EventTarget.prototype.addEventListener = function (name, listener, options) {
          const target = at(this)
          if (target === window || target === document || target === window.navigation) {
            const key = name + String(options === true || !!options?.capture)
            const of = known.get(target) ?? known.set(target, new Map()).get(target)
            const set = of.get(key) ?? of.set(key, new Set()).get(key)
            set.add(listener)
            if (options?.once) set.delete(listener)
            options?.signal?.addEventListener('abort', () => set.delete(listener))
          }
          return add.call(target, name, listener, options)
        }
        EventTarget.prototype.removeEventListener = function (name, listener, options) {
          const target = at(this)
          known.get(target)?.get(name + String(options === true || !!options?.capture))?.delete(listener)
          return remove.call(target, name, listener, options)
        }
        window.listeners = () => [...known.values()].flatMap((of) =>
          [...of].flatMap(([key, set]) => Array.from(set, () => key)))
        // Of timers those that the widget set: drivers of browsers have some of their own.
        const { setTimeout: start, clearTimeout: end } = window
        window.setTimeout = (run, ms, ...rest) => {
          const id = start((...values) => { ticking.delete(id); run(...values) }, ms, ...rest)
          if (new Error().stack.includes('/widget/')) ticking.add(id)
          return id
        }
        window.clearTimeout = (id) => { ticking.delete(id); end(id) }
      </script>`),
    })
    const { tab, problems } = await stage.open(host.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Many lives')
    await widget.bubble('Many lives', ...STORED)
    const before = stage.network.carrying(SOCKET)
    expect(before).toBeGreaterThan(0)

    // The first life brings what stays for good: modules, the browser's own caches.
    await live(tab, 2)
    const first = await remains(tab)
    const heap = await heapOf(stage, tab)
    await live(tab, ROUNDS)
    expect(await remains(tab)).toEqual(first)
    if (heap !== undefined) {
      expect((await heapOf(stage, tab)) ?? 0).toBeLessThan(heap + HEAP_GROWTH_BYTES)
    }
    await expect.poll(() => stage.network.carrying(SOCKET), { timeout: 5_000 }).toBeLessThan(before)
    expect(first.nodes).toBeLessThan(20)

    // And it lives once more, with everything in it.
    await bring(tab)
    await widget.ensureOpen()
    await widget.bubble('Many lives', ...STORED)
    expect(await problems()).toEqual([])
  })

  it('C6 C8: an older build in one tab and a newer one in the other share a visitor and lose nothing', async () => {
    const other = await buildOther('web/0.0.9')
    const assets = await stage.host()
    for (const [name, file] of other.files) assets.put(`/${name}`, file)
    const loader = await (await fetch(stage.script)).text()
    const script = loader.replace(/"engine":"[^"]+"/, `"engine":"${assets.origin}/${other.engine}"`)
    expect(script).toContain(other.engine)
    const host = await stage.host({
      '/': page(),
      '/old': {
        head: `<script>(${String(recordProblems)})()</script><script async src="/old.js"></script>`,
        body: '<h1>A page from yesterday</h1>',
      },
      '/old.js': { type: 'text/javascript', content: script },
    })
    const old = await stage.open(`${host.origin}/old`)
    await widgetOn(old.tab).open()
    await widgetOn(old.tab).send('From the old build')
    await widgetOn(old.tab).bubble('From the old build', ...STORED)
    expect(assets.asked).toContain(`/${other.engine}`)

    const fresh = await stage.open(host.origin)
    await widgetOn(fresh.tab).ensureOpen()
    await widgetOn(fresh.tab).bubble('From the old build', ...STORED)
    await widgetOn(fresh.tab).send('From the new build')
    await widgetOn(fresh.tab).bubble('From the new build', ...STORED)
    expect((await widgetOn(old.tab).bubble('From the new build', ...STORED)).seq).toBe(2)

    // The leader goes; the other one takes over, whatever its age.
    await old.tab.goto('about:blank')
    await widgetOn(fresh.tab).send('Alone')
    expect((await widgetOn(fresh.tab).bubble('Alone', ...STORED)).seq).toBe(3)
    await old.tab.goto(`${host.origin}/old`)
    await widgetOn(old.tab).ensureOpen()
    await widgetOn(old.tab).bubble('Alone', ...STORED)
    const conversation = await conversationWith(stage.agents, 'From the old build')
    expect(textsOf(await stage.agents.log(conversation))).toEqual([
      'From the old build',
      'From the new build',
      'Alone',
    ])
    expect(await fresh.problems()).toEqual([])
  })

  it('C6 C7: left and come back to, from the back-forward cache where the engine has one', async () => {
    const host = await stage.host({
      '/': {
        ...page(`<script>
        window.returns = []
        addEventListener('pageshow', (event) => returns.push(event.persisted))
      </script>`),
        // What may not be stored may not be kept for the way back either.
        headers: { 'cache-control': 'no-cache' },
      },
      '/next': { body: '<h1>The next page</h1>' },
    })
    const { tab, problems } = await stage.open(host.origin)
    const topic = 'There and back'
    await converse({
      tab,
      agents: stage.agents,
      topic,
      reload: () => tab.reload(),
      during: async () => {
        // What was typed is kept once the keys rest.
        await tab.evaluate(() => new Promise((done) => setTimeout(done, 600)))
        await tab.goto(`${host.origin}/next`)
        const conversation = await conversationWith(stage.agents, `${topic}?`)
        expect(await stage.agents.log(conversation)).toHaveLength(2)
        await tab.back()
        await tab.until((host) => document.querySelector(host) !== null, HOST)
        const returns = await tab.evaluate(
          () => (window as unknown as { returns: boolean[] }).returns,
        )
        if (stage.engine.name === 'chromium') expect(returns).toEqual([false, true])
        await widgetOn(tab).ensureOpen()
        await tab.click(INPUT)
      },
    })
    expect(await problems()).toEqual([])
  })
}

/** Be born, be used and die, so many times. */
async function live(tab: Tab, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await tab.evaluate(async () => {
      const { homing } = window as unknown as { homing?: (verb: string) => void }
      homing?.('destroy')
      await new Promise<void>((done) => {
        const script = document.createElement('script')
        script.src = document.querySelector<HTMLScriptElement>('script[src]')?.src ?? ''
        script.onload = () => {
          script.remove()
          done()
        }
        document.body.append(script)
      })
      const next = (window as unknown as { homing: (verb: string) => void }).homing
      next('open')
      const isOpen = (): boolean => {
        const root = document.querySelector('homing-widget')?.shadowRoot
        return root?.querySelector('[part=frame][data-open=true] [part=bubble]') != null
      }
      for (let tries = 0; tries < 500 && !isOpen(); tries++) {
        await new Promise((later) => requestAnimationFrame(later))
      }
      if (!isOpen()) throw new Error('It did not open')
    })
  }
  await tab.evaluate(() =>
    (window as unknown as { homing: (verb: string) => void }).homing('destroy'),
  )
}

async function bring(tab: Tab): Promise<void> {
  await tab.evaluate(() => {
    const script = document.createElement('script')
    script.src = document.querySelector<HTMLScriptElement>('script[src]')?.src ?? ''
    document.body.append(script)
  })
}

interface Remains {
  readonly nodes: number
  readonly listeners: readonly string[]
  readonly timers: number
}

/** What is left on the page, once what was begun has had its time. */
async function remains(tab: Tab): Promise<Remains> {
  const count = (): Promise<Remains> =>
    tab.evaluate(() => {
      const page = window as unknown as { listeners: () => string[]; ticking: Set<number> }
      return {
        nodes: document.querySelectorAll('*').length,
        listeners: page.listeners(),
        timers: page.ticking.size,
      }
    })
  await tab.until(() => (window as unknown as { ticking: Set<number> }).ticking.size === 0)
  return count()
}

/** Bytes in use after everything that can go has gone; Chromium alone tells. */
async function heapOf(stage: SharedStage, tab: Tab): Promise<number | undefined> {
  if (stage.engine.name !== 'chromium') return undefined
  await tab.devtools('HeapProfiler.collectGarbage')
  await tab.devtools('HeapProfiler.collectGarbage')
  const { usedSize } = (await tab.devtools('Runtime.getHeapUsage')) as { usedSize: number }
  return usedSize
}
