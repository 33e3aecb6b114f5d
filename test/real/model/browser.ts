import type { Random } from '../../../packages/core/src/index.ts'
import type { Recorder } from '../../../packages/core/test/history/recorder.ts'
import type { LocalDisk } from '../../simulation/local-disk.ts'
import { createLocalDisk } from '../../simulation/local-disk.ts'
import type { Tab } from '../../simulation/tab.ts'
import { openTab } from '../../simulation/tab.ts'
import { createTabLine } from '../../simulation/tab-line.ts'
import type { Program } from '../../simulation/world.ts'
import { newId } from '../../relay-api.ts'
import { until } from '../../until.ts'
import type { Lines } from './lines.ts'
import { openPage } from './page.ts'
import type { Place } from './script.ts'

/**
 * One visitor's browser: tabs with the real engine, transports, store and company of tabs, over a
 * storage, a channel and a lock that they share as browsers let them. Only these three are not real.
 */
export interface Browser {
  readonly name: string
  /** Ids of conversations that it may write in. */
  readonly conversations: readonly string[]
  readonly tabs: readonly Tab[]
  open(): void
  /** `orderly`: the page is told, as browsers do; otherwise it is killed. */
  shut(tab: Tab, orderly: boolean): void
  /** Resolves when all of it is kept. */
  press(tab: Tab, conversation: string, texts: readonly string[]): Promise<void>
  /** Not in the middle of a transaction, as in browsers: the other pages wait for its end. */
  freeze(tab: Tab, told: boolean): Promise<void>
  thaw(): void
  /** Pages that are not frozen hear that the network may be back. */
  wake(): void
  /** Its clock is set, so far from the right time, ms. */
  skew(ms: number): void
  /** Nothing waits here that somebody awake could send. */
  quiet(): boolean
  /** All its tabs know who they are and, if they are this visitor's, have read up to here. */
  isAt(visitor: string, conversation: string, place: Place | undefined): boolean
  /** Errors that the engines said must not happen. */
  faults(): readonly unknown[]
  close(): void
}

export interface BrowserOptions {
  readonly name: string
  readonly lines: Lines
  readonly random: Random
  readonly recorder: Recorder
  /** Draft → words, of everybody. */
  readonly pressed: Map<string, string>
  /** Drafts that have left before. */
  readonly left: Set<string>
  readonly faults: unknown[]
}

export function openBrowser(options: BrowserOptions): Browser {
  const { name, lines, random, recorder, pressed, left, faults } = options
  const failed = new Set<string>()
  const disk = createLocalDisk(random)
  const line = createTabLine(random)
  const world = { program: () => openPage((error) => faults.push(error)) }
  const tabs: Tab[] = []
  const tabFaults: unknown[] = []
  /** How many each page waits for. */
  const transactions = new Map<Program, number>()
  let opened = 0
  let skew = 0

  const countIn = (page: Program, more: 1 | -1): void => {
    const count = (transactions.get(page) ?? 0) + more
    if (count > 0) transactions.set(page, count)
    else transactions.delete(page)
  }
  const counting: LocalDisk = {
    ...disk,
    open: (page) => {
      const store = disk.open(page)
      return {
        ...store,
        run: (work) => {
          countIn(page, 1)
          return store.run(work).finally(() => countIn(page, -1))
        },
      }
    },
  }

  const awake = (): readonly Tab[] => tabs.filter(({ page }) => page.state() === 'running')
  const shut = (tab: Tab, orderly: boolean): void => {
    tabs.splice(tabs.indexOf(tab), 1)
    if (orderly && tab.page.state() === 'running') tab.slept()
    tabFaults.push(...tab.faults)
    tab.page.kill()
    recorder.note(tab.name, { op: 'close' })
  }

  return {
    name,
    conversations: [newId(), newId()],
    tabs,
    open: () => {
      const tab = openTab({
        world,
        name: `${name} tab ${++opened}`,
        side: 'visitor',
        random,
        recorder,
        pressed,
        left,
        failed,
        network: lines,
        wall: () => Date.now() + skew,
        device: name,
        disk: counting,
        line,
      })
      tabs.push(tab)
    },
    shut,
    press: async (tab, conversation, texts) => {
      for (const text of texts) tab.press(conversation, text)
      const last = texts.at(-1)
      await until('words are kept', () => {
        return [...pressed.values()].includes(last ?? '') && tab.unkept().length === 0
      })
    },
    freeze: async (tab, told) => {
      if (told) tab.slept()
      await until('it is in no transaction', () => {
        if (transactions.has(tab.page)) return false
        tab.page.freeze()
        return true
      })
      recorder.note(tab.name, { op: 'sleep' })
    },
    thaw: () => {
      for (const tab of tabs) {
        if (tab.page.state() !== 'frozen') continue
        tab.page.thaw()
        recorder.note(tab.name, { op: 'wake' })
        tab.woke()
      }
    },
    wake: () => {
      for (const tab of awake()) tab.woke()
    },
    skew: (ms) => {
      skew = ms
    },
    quiet: () => {
      const active = awake()
      if (active.length === 0) return true
      const waiting = active.some(({ engine }) => engine.drafts().length > 0)
      return !waiting && disk.all('d:').length === 0
    },
    isAt: (visitor, conversation, place) =>
      tabs.every(({ engine }) => {
        const own = engine.identity()?.visitor
        if (own !== undefined && own !== visitor) return true
        const position = engine.conversation(conversation)?.position
        return position?.epoch === place?.epoch && position?.seq === place?.seq
      }),
    faults: () => [...tabFaults, ...tabs.flatMap((tab) => tab.faults)],
    close: () => {
      for (const tab of tabs.slice()) shut(tab, false)
    },
  }
}
