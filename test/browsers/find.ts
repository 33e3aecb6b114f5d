import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import type { Engine, EngineName } from './browser.ts'
import { chromium } from './chromium.ts'
import { firefox } from './firefox.ts'
import { webkit } from './webkit.ts'

export type Found =
  | { readonly state: 'found'; readonly engine: Engine }
  | { readonly state: 'missing'; readonly name: EngineName; readonly reason: string }

/** Every browser on this machine, or what to install to have it. Nothing is ever downloaded. */
export function findEngines(env: NodeJS.ProcessEnv = process.env): readonly Found[] {
  return [findChromium(env), findFirefox(env), findWebKit(env)]
}

const CHROMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
]
const CHROMES_ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const FIREFOXES = ['firefox-esr', 'firefox']
const FIREFOXES_ELSEWHERE = ['/Applications/Firefox.app/Contents/MacOS/firefox']
const MINI_BROWSERS = ['x86_64', 'aarch64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser`,
)

function findChromium(env: NodeJS.ProcessEnv): Found {
  const path = env['CHROME'] ?? onPath(env, CHROMES) ?? CHROMES_ELSEWHERE.find(runs)
  if (path) return { state: 'found', engine: chromium(path) }
  return missing('chromium', 'apt-get install chromium, or set CHROME=/path/to/it')
}

function findFirefox(env: NodeJS.ProcessEnv): Found {
  const path = env['FIREFOX'] ?? onPath(env, FIREFOXES) ?? FIREFOXES_ELSEWHERE.find(runs)
  if (path) return { state: 'found', engine: firefox(path) }
  return missing('firefox', 'apt-get install firefox-esr, or set FIREFOX=/path/to/it')
}

function findWebKit(env: NodeJS.ProcessEnv): Found {
  const driver = onPath(env, ['WebKitWebDriver'])
  const miniBrowser = MINI_BROWSERS.find((path) => existsSync(path))
  const xvfb = onPath(env, ['Xvfb'])
  if (driver && miniBrowser && xvfb) {
    return { state: 'found', engine: webkit({ driver, miniBrowser, xvfb }) }
  }
  return missing('webkit', 'apt-get install webkit2gtk-driver libwebkit2gtk-4.1-0 xvfb')
}

function missing(name: EngineName, fix: string): Found {
  return { state: 'missing', name, reason: `${name} not found: ${fix}` }
}

function onPath(env: NodeJS.ProcessEnv, names: readonly string[]): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(runs)
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
