import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { endWithUs, stopChild } from '../child.ts'
import type { Browser, Engine, Key, LaunchOptions, Problem, Size, Tab } from './browser.ts'
import { plainJson, recordProblems, takeProblems } from './in-page.ts'
import { createTab } from './tab.ts'
import { openSession } from './webdriver.ts'
import type { WebDriver } from './webdriver.ts'
import { openDisplay } from './xvfb.ts'

export interface WebKitPaths {
  readonly driver: string
  readonly miniBrowser: string
  readonly xvfb: string
}

const SIZE = { width: 1280, height: 800 }
const START_TIMEOUT_MS = 6_000
const START_ATTEMPTS = 4

/** Without it the toolbar's buttons keep the window at 447 px and more: too wide for a phone. */
const NARROW_TOOLBAR =
  '* { min-width: 0; min-height: 0; padding: 0; margin: 0; border-width: 0; font-size: 1px; -gtk-icon-transform: scale(0.1) }'

/** Keys as WebDriver's Actions write them. */
const KEYS: Record<Key | 'Shift', string> = {
  Enter: '\uE007',
  Tab: '\uE004',
  Escape: '\uE00C',
  Backspace: '\uE003',
  ArrowUp: '\uE013',
  ArrowDown: '\uE015',
  Home: '\uE011',
  End: '\uE010',
  Shift: '\uE008',
}

/** WebKitGTK's MiniBrowser behind WebKitWebDriver, on a display of its own. Its sessions keep nothing. */
export function webkit(paths: WebKitPaths): Engine {
  return {
    name: 'webkit',
    keepsProfile: false,
    launch: async (options = {}) => {
      // Now and then the driver starts its browser and never hears of it again.
      for (let attempt = 1; ; attempt++) {
        try {
          return await startBrowser(paths, options)
        } catch (error) {
          if (attempt === START_ATTEMPTS) throw error
        }
      }
    },
  }
}

async function startBrowser(paths: WebKitPaths, options: LaunchOptions): Promise<Browser> {
  const folder = await mkdtemp(join(tmpdir(), 'homing-webkit-'))
  await mkdir(join(folder, 'gtk-3.0'))
  await writeFile(join(folder, 'gtk-3.0', 'gtk.css'), NARROW_TOOLBAR)
  const display = await openDisplay(paths.xvfb)
  const port = await freePort()
  // A group of its own, so that the browser behind the driver ends with it.
  const driver = spawn(paths.driver, [`--port=${port}`], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: display.name, XDG_CONFIG_HOME: folder },
  })
  endWithUs(driver, 'group')
  const end = async (): Promise<void> => {
    await stopChild(driver, 'SIGTERM', 'group')
    await display.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const session = await connect(`http://127.0.0.1:${port}`, paths.miniBrowser, options)
    return createWebKitBrowser(session, options.size ?? SIZE, end)
  } catch (error) {
    await end()
    throw error
  }
}

async function connect(
  address: string,
  binary: string,
  options: LaunchOptions,
): Promise<WebDriver> {
  if (options.storage) throw new Error('WebKitGTK has no setting to block storage')
  const args = ['--automation', ...(options.scheme === 'dark' ? ['--dark-mode'] : [])]
  const capabilities = {
    pageLoadStrategy: 'normal',
    // It has no way to map a name; a proxy is asked for any name, and the page's own server is one.
    ...(options.alias
      ? {
          proxy: {
            proxyType: 'manual',
            httpProxy: `127.0.0.1:${options.alias.port}`,
            noProxy: ['127.0.0.1', 'localhost'],
          },
        }
      : {}),
    'webkitgtk:browserOptions': { binary, args },
  }
  const deadline = performance.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await openSession(address, capabilities, START_TIMEOUT_MS)
    } catch (error) {
      // A TypeError is fetch's way to say that nobody listens yet; any other answer is final.
      if (!(error instanceof TypeError) || performance.now() > deadline) throw error
      await wait(20)
    }
  }
}

function createWebKitBrowser(session: WebDriver, size: Size, end: () => Promise<void>): Browser {
  const problems: Problem[] = []
  const handles = new Set<string>()
  let closing: Promise<void> | undefined
  let queue: Promise<unknown> = Promise.resolve()

  /** WebDriver has one current window, so "switch, then act" must not be divided. */
  const inWindow = <Result>(handle: string, act: () => Promise<Result>): Promise<Result> => {
    const turn = queue.then(async () => {
      await session.post('/window', { handle })
      return act()
    })
    queue = turn.catch(() => {})
    return turn
  }

  /** The answer is a text: of anything else the page's own `toJSON` would have a say. */
  const script = async (source: string, args: readonly unknown[]): Promise<unknown> => {
    const answer = (await session.post('/execute/async', {
      script: `const done = arguments[arguments.length - 1]
        const args = [...arguments].slice(0, -1)
        new Promise((resolve) => resolve((${source})(...args))).then(
          (value) => done('+' + (${String(plainJson)})(value)),
          (error) => done('-' + error))`,
      args,
    })) as string
    const said = answer.slice(1)
    if (answer.startsWith('-')) throw new Error(said)
    return said === 'undefined' ? undefined : (JSON.parse(said) as unknown)
  }

  const collect = async (): Promise<void> => {
    const found = await script(String(takeProblems), []).catch(() => [])
    problems.push(...((found ?? []) as Problem[]))
  }

  /** The driver has no way to run a script before the page's own: errors of the very start are not seen. */
  const leaving = async (go: () => Promise<unknown>): Promise<void> => {
    await collect()
    await go()
    await script(String(recordProblems), []).catch(() => {})
  }

  const actions = (type: string, list: readonly unknown[], extra: object = {}): Promise<unknown> =>
    session.post('/actions', { actions: [{ type, id: type, ...extra, actions: list }] })

  const resize = async (to: Size): Promise<void> => {
    let asked = to
    // The window's frame is unknown before it is asked for; tabs add a bar. Two steps settle it.
    for (let step = 0; step < 4; step++) {
      await session.post('/window/rect', { x: 0, y: 0, ...asked })
      const inner = (await script('() => ({ width: innerWidth, height: innerHeight })', [])) as Size
      if (inner.width === to.width && inner.height === to.height) return
      asked = {
        width: asked.width + to.width - inner.width,
        height: asked.height + to.height - inner.height,
      }
    }
  }

  /** Setting the place of a minimized window is what brings it back. */
  const restore = async (): Promise<void> => {
    await session.post('/window/rect', { x: 0, y: 0 })
  }

  const tabOf = (handle: string): Tab => {
    const here = <Result>(act: () => Promise<Result>): Promise<Result> => inWindow(handle, act)
    return createTab({
      goto: (url) => here(() => leaving(() => session.post('/url', { url }))),
      reload: () => here(() => leaving(() => session.post('/refresh'))),
      back: () => here(() => leaving(() => session.post('/back'))),
      run: (source, args) => here(() => script(source, args)),
      clickAt: async (x, y) => {
        await here(() =>
          actions(
            'pointer',
            [
              { type: 'pointerMove', duration: 0, origin: 'viewport', x, y },
              { type: 'pointerDown', button: 0 },
              { type: 'pointerUp', button: 0 },
            ],
            { parameters: { pointerType: 'mouse' } },
          ),
        )
      },
      keys: async (text) => {
        const strokes = Array.from(text).flatMap((value) => [
          { type: 'keyDown', value },
          { type: 'keyUp', value },
        ])
        await here(() => actions('key', strokes))
      },
      press: async (key, shift) => {
        const stroke = [
          { type: 'keyDown', value: KEYS[key] },
          { type: 'keyUp', value: KEYS[key] },
        ]
        const held = [
          { type: 'keyDown', value: KEYS.Shift },
          ...stroke,
          { type: 'keyUp', value: KEYS.Shift },
        ]
        await here(() => actions('key', shift ? held : stroke))
      },
      framesHearKeys: false,
      resize: (to) => here(() => resize(to)),
      front: () => here(restore),
      hide: async () => {
        await here(() => session.post('/window/minimize'))
      },
      screenshot: async () => {
        const png = (await here(() => session.get('/screenshot'))) as string
        return Buffer.from(png, 'base64')
      },
      devtools: () => Promise.reject(new Error('webkit has no DevTools protocol')),
      close: async () => {
        await here(async () => {
          await collect()
          handles.delete(handle)
          await session.delete('/window')
        })
      },
    })
  }

  const open = async (url: string): Promise<Tab> => {
    // The session comes with one window, the first tab. Further ones are windows too: the driver
    // cannot bring a tab to the front, and input into one that is behind never arrives.
    const [other] = handles
    const handle =
      other === undefined
        ? ((await session.get('/window')) as string)
        : // Asked from a window that is there: the current one may have been closed.
          await inWindow(other, async () => {
            const made = await session.post('/window/new', { type: 'window' })
            return (made as { handle: string }).handle
          })
    handles.add(handle)
    const tab = tabOf(handle)
    await tab.goto(url)
    await tab.resize(size)
    return tab
  }

  return {
    engine: 'webkit',
    open,
    problems: async () => {
      for (const handle of handles) await inWindow(handle, collect)
      return [...problems]
    },
    close: () => (closing ??= session.delete('').then(end, end)),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
