import { expect, it } from 'vitest'

import { describeEngines } from '../browsers/engines.ts'
import { SITE, openStage } from './stage.ts'
import { HOST, STORED, widgetOn } from './widget.ts'

/** The idle work of the loader has begun by then, if there is any: its own deadline is 3 s. */
const QUIET_MS = 4_500

interface Traces {
  readonly local: number
  readonly session: number
  readonly databases: number
  readonly caches: number
  readonly cookie: string
  readonly locks: number
  readonly workers: number
}

describeEngines('a clean browser', (open) => {
  it('leaves no trace and asks for nothing but the loader until the visitor uses it', async () => {
    const { shop, network } = await openStage()
    const browser = await open()
    const tab = await browser.open(shop.origin)
    await tab.until((host) => document.querySelector(host) !== null, HOST)
    await tab.until((ms) => document.readyState === 'complete' && performance.now() > ms, QUIET_MS)

    expect(network.requests).toEqual([`GET /widget/${SITE}.js`])
    expect(await tab.evaluate(tracesOf)).toEqual({
      local: 0,
      session: 0,
      databases: 0,
      caches: 0,
      cookie: '',
      locks: 0,
      workers: 0,
    })
    expect(await browser.problems()).toEqual([])

    // The same eyes see what use leaves behind.
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Hello')
    await widget.bubble('Hello', ...STORED)
    expect(network.requests).toContain('GET /v1/socket')
    const traces = await tab.evaluate(tracesOf)
    expect(traces.local).toBeGreaterThan(0)
    expect(traces.databases).toBeGreaterThan(0)
    expect(traces.cookie).toBe('')
  })

  it('keeps nothing of a visitor who only looked into the panel', async () => {
    const { shop, agents } = await openStage()
    const tab = await (await open()).open(shop.origin)
    await widgetOn(tab).open()
    await widgetOn(tab).close()
    expect(await agents.conversations()).toEqual([])
    expect(await tab.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0)
    expect(await tab.evaluate(() => document.cookie)).toBe('')
  })
})

it('the script and its parts set no cookie and ask for no identity', async () => {
  const { script, network } = await openStage()
  const loader = await fetch(script)
  const engine = /"engine":"([^"]+)"/.exec(await loader.text())?.[1]
  for (const answer of [loader, await fetch(engine!)]) {
    expect(answer.status).toBe(200)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(answer.headers.get('vary')?.toLowerCase()).toBe('accept-encoding')
  }
  expect(network.requests).toHaveLength(2)
})

async function tracesOf(): Promise<Traces> {
  const locks = await navigator.locks?.query()
  return {
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    cookie: document.cookie,
    locks: (locks?.held?.length ?? 0) + (locks?.pending?.length ?? 0),
    workers: (await navigator.serviceWorker?.getRegistrations())?.length ?? 0,
  }
}
