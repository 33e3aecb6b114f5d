import { afterAll, beforeAll, onTestFinished } from 'vitest'

import type { Browser, Engine, LaunchOptions, Problem, Tab } from '../../browsers/browser.ts'
import { keepEvidence } from '../../browsers/engines.ts'
import { openFaultProxy } from '../../fault-proxy.ts'
import type { FaultProxy } from '../../fault-proxy.ts'
import { startRelay } from '../../relay-process.ts'
import type { RelayProcess } from '../../relay-process.ts'
import { openStaticHost } from '../../static-host.ts'
import type { Hosted, StaticHost } from '../../static-host.ts'
import { createAgents } from '../agents.ts'
import type { Agents } from '../agents.ts'
import { SITE } from '../stage.ts'

/** One relay and one browser for all tests of an engine; every visit is to an origin of its own. */
export interface SharedStage {
  readonly engine: Engine
  readonly relay: RelayProcess
  readonly network: FaultProxy
  readonly agents: Agents
  /** Address of the widget's script. */
  readonly script: string
  /** An origin that nobody visited before. */
  host(pages?: Readonly<Record<string, Hosted>>): Promise<StaticHost>
  /** A tab on it, closed with the running test. */
  open(url: string): Promise<Visit>
  /** A browser of the running test's own. */
  launch(options: LaunchOptions): Promise<Browser>
}

export interface Visit {
  readonly tab: Tab
  /** What went wrong since the visit began. */
  problems(): Promise<readonly Problem[]>
}

/** To be called where tests are defined; what it gives can be used once they run. */
export function shareStage(engine: Engine): SharedStage {
  let browser: Browser
  let relay: RelayProcess
  let network: FaultProxy
  let agents: Agents

  beforeAll(async () => {
    network = await openFaultProxy()
    relay = await startRelay({ env: { HOMING_PUBLIC_URL: network.origin } })
    network.target(relay.port)
    agents = createAgents(relay)
    browser = await engine.launch()
    // Stays open: some browsers end with their last tab.
    await browser.open('about:blank')
  })
  afterAll(async () => {
    await browser?.close()
    await relay?.stop()
    await network?.close()
  })

  return {
    engine,
    get relay() {
      return relay
    },
    get network() {
      return network
    },
    get agents() {
      return agents
    },
    get script() {
      return `${network.origin}/widget/${SITE}.js`
    },
    host: async (pages) => {
      const host = await openStaticHost(pages)
      onTestFinished(() => host.close())
      await agents.allowOrigin(SITE, host.origin)
      return host
    },
    open: async (url) => {
      const before = (await browser.problems()).length
      const tab = await browser.open(url)
      onTestFinished(async ({ task }) => {
        if (task.result?.state === 'fail') await keepEvidence(browser, [tab], task.name, before)
        await tab.close()
      })
      return { tab, problems: async () => (await browser.problems()).slice(before) }
    },
    launch: async (options) => {
      const own = await engine.launch(options)
      onTestFinished(() => own.close())
      return own
    },
  }
}
