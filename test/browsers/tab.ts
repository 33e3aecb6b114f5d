import { setTimeout as wait } from 'node:timers/promises'

import type { Key, Size, Tab } from './browser.ts'
import { askFrame, insertText, insideOf, locate, pressKey, textOf } from './in-page.ts'

/** The few verbs an engine must bring; waiting, finding and clicking are made of them once, here. */
export interface TabDriver {
  goto(url: string): Promise<void>
  reload(): Promise<void>
  back(): Promise<void>
  /** Call the function whose text is given, in the page. */
  run(source: string, args: readonly unknown[]): Promise<unknown>
  /** Press and release the main button; CSS px of the viewport. */
  clickAt(x: number, y: number): Promise<void>
  keys(text: string): Promise<void>
  press(key: Key, shift: boolean): Promise<void>
  /** False where keys that the driver presses never reach the page in an iframe. */
  readonly framesHearKeys: boolean
  resize(size: Size): Promise<void>
  front(): Promise<void>
  hide(): Promise<void>
  screenshot(): Promise<Uint8Array>
  devtools(method: string, params?: object): Promise<unknown>
  close(): Promise<void>
}

/** How long anything is waited for, unless `within` says otherwise. */
const DEADLINE_MS = 10_000
const POLL_MS = 40

export function createTab(driver: TabDriver, deadline = DEADLINE_MS): Tab {
  const evaluate: Tab['evaluate'] = async (run, ...args) =>
    (await driver.run(String(run), args)) as Awaited<ReturnType<typeof run>>

  const until: Tab['until'] = async (run, ...args) => {
    let last: unknown
    const end = performance.now() + deadline
    while (performance.now() < end) {
      // A page that is being left throws: that is a "not yet", as is any other failure before the deadline.
      last = await evaluate(run, ...args).catch((error: unknown) => error)
      if (last && !(last instanceof Error)) return last as never
      await wait(POLL_MS)
    }
    throw new Error(
      `Not true within ${deadline} ms: ${String(run)} with ${JSON.stringify(args)}; at last ${String(last)}`,
    )
  }

  const find = async (path: string): Promise<{ x: number; y: number }> => {
    const end = performance.now() + deadline
    let before = ''
    let last: unknown
    while (performance.now() < end) {
      const found = await evaluate(locate, path).catch((error: unknown) => ({
        state: 'missing' as const,
        error,
      }))
      // Twice at the same place: what still moves would be missed.
      const now = JSON.stringify(found)
      if (found.state === 'there' && now === before) return found
      before = now
      last = found
      await wait(POLL_MS)
    }
    throw new Error(`Cannot click ${path}: ${JSON.stringify(last)}`)
  }

  const click = async (path: string): Promise<void> => {
    const { x, y } = await find(path)
    await driver.clickAt(x, y)
  }

  return {
    goto: (url) => driver.goto(url),
    reload: () => driver.reload(),
    back: () => driver.back(),
    evaluate,
    until,
    within: (ms) => createTab(driver, ms),
    frame: (path) => createTab(framed(driver, path), deadline),
    devtools: (method, params) => driver.devtools(method, params),
    text: (path) => evaluate(textOf, path),
    click,
    type: async (path, text) => {
      await click(path)
      await driver.keys(text)
    },
    write: (text) => driver.keys(text),
    press: (key, options) => driver.press(key, options?.shift ?? false),
    resize: (size) => driver.resize(size),
    front: () => driver.front(),
    hide: () => driver.hide(),
    screenshot: () => driver.screenshot(),
    close: () => driver.close(),
  }
}

/** The same tab, but what runs runs in the iframe, and places are meant within it. */
function framed(driver: TabDriver, path: string): TabDriver {
  const run: TabDriver['run'] = (source, args) => driver.run(String(askFrame), [path, source, args])
  return {
    ...driver,
    run,
    ...(driver.framesHearKeys
      ? {}
      : {
          keys: async (text) => void (await run(String(insertText), [text])),
          press: async (key, shift) => void (await run(String(pressKey), [key, shift])),
        }),
    clickAt: async (x, y) => {
      const inside = (await driver.run(String(insideOf), [path])) as { x: number; y: number }
      await driver.clickAt(Math.round(inside.x + x), Math.round(inside.y + y))
    },
  }
}
