import { join } from 'node:path'
import { runInNewContext } from 'node:vm'

import { afterAll, beforeAll, expect, it } from 'vitest'

import type { Browser, Tab } from '../browsers/browser.ts'
import { describeEngines } from '../browsers/engines.ts'
import { bundleForPage } from '../in-page/bundle.ts'
import type { Case } from '../in-page/vitest.ts'
import { openStaticHost } from '../static-host.ts'

const script = await bundleForPage(join(import.meta.dirname, '../in-page/local-store.page.ts'))

/** The suite's titles: it is collected here and run in the page. */
const collected: { cases: readonly Case[] } = { cases: [] }
runInNewContext(script, collected)

describeEngines('IndexedDB', (_, engine) => {
  let browser: Browser
  let tab: Tab

  beforeAll(async () => {
    const host = await openStaticHost({ '/': { body: `<script>${script}</script>` } })
    browser = await engine.launch()
    tab = await browser.open(host.origin)
    return () => host.close()
  })
  afterAll(() => browser.close())

  for (const [index, { title }] of collected.cases.entries()) {
    it(title, async () => {
      await tab.evaluate(
        (at) => (globalThis as unknown as { cases: Case[] }).cases[at]!.run(),
        index,
      )
    })
  }

  it('nothing went wrong on the page', async () => {
    expect(collected.cases.length).toBeGreaterThan(20)
    expect(await browser.problems()).toEqual([])
  })
})
