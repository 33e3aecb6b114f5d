import { mkdir, writeFile } from 'node:fs/promises'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { Browser, Engine, EngineName, LaunchOptions, Tab } from './browser.ts'
import { findEngines } from './find.ts'

/** Opens a browser that is closed when the running test ends. */
export type Open = (options?: LaunchOptions) => Promise<Browser>

/**
 * Run the same tests in every engine of this machine. A missing one is skipped with its reason,
 * and is a failure where CI is set. HOMING_TEST_ENGINES="chromium,webkit" narrows the choice.
 */
export function describeEngines(
  name: string,
  define: (open: Open, engine: Engine) => void,
  only?: readonly EngineName[],
): void {
  const wanted = process.env['HOMING_TEST_ENGINES']?.split(',')
  for (const found of findEngines()) {
    const engineName = found.state === 'found' ? found.engine.name : found.name
    if (wanted && !wanted.includes(engineName)) continue
    if (only && !only.includes(engineName)) continue
    if (found.state === 'found') {
      const { engine } = found
      describe(`${name} [${engine.name}]`, () => define((options) => open(engine, options), engine))
    } else if (process.env['CI']) {
      it(`${name} [${engineName}]`, () => expect.fail(found.reason))
    } else {
      console.log(`skipped: ${name}: ${found.reason}`)
      describe.skip(`${name} [${engineName}]`, () => it(found.reason, () => {}))
    }
  }
}

async function open(engine: Engine, options?: LaunchOptions): Promise<Browser> {
  const browser = await engine.launch(options)
  const tabs: Tab[] = []
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await keepEvidence(browser, tabs, task.name)
    await browser.close()
  })
  return {
    ...browser,
    open: async (url) => {
      const tab = await browser.open(url)
      tabs.push(tab)
      return tab
    },
  }
}

/** What the tabs showed and what they complained of, for whoever reads the failure. */
export async function keepEvidence(
  browser: Browser,
  tabs: readonly Tab[],
  test: string,
  /** Problems before this one are of earlier tests. */
  from = 0,
): Promise<void> {
  await mkdir('.artifacts', { recursive: true })
  const stem = `${browser.engine}-${test.replaceAll(/[^\w]+/g, '-').slice(0, 60)}`
  for (const [i, tab] of tabs.entries()) {
    // A tab that is behind another one may not be painted for minutes.
    await tab.front().catch(() => {})
    // A tab that is behind draws nothing.
    await tab
      .front()
      .then(() => tab.screenshot())
      .then((png) => writeFile(`.artifacts/${stem}-${i}.png`, png))
      .catch(() => {})
  }
  const problems = await browser.problems().catch(() => [])
  for (const problem of problems.slice(from)) {
    console.log(`[${browser.engine}] ${problem.kind}: ${problem.text}`)
  }
}
