import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { launch } from 'puppeteer-core'

import type { Engine } from './browser.ts'
import { createPuppeteerBrowser } from './puppeteer-browser.ts'

const SIZE = { width: 1280, height: 800 }

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function chromium(executablePath: string): Engine {
  return {
    name: 'chromium',
    keepsProfile: true,
    launch: async (options = {}) => {
      const blocked = options.storage === 'blocked' ? await profileWithoutStorage() : undefined
      const profile = options.profile ?? blocked
      const { alias } = options
      const browser = await launch({
        executablePath,
        headless: true,
        // Chromium's sandbox refuses to run as root.
        args: [
          ...FLAGS,
          ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
          // Blink's setting for prefers-color-scheme: 0 dark, 1 light.
          `--blink-settings=preferredColorScheme=${options.scheme === 'dark' ? 0 : 1}`,
          ...(alias ? [`--host-resolver-rules=MAP ${alias.name} 127.0.0.1`] : []),
        ],
        ...(profile ? { userDataDir: profile } : {}),
      })
      const made = createPuppeteerBrowser('chromium', browser, options.size ?? SIZE)
      if (!blocked) return made
      const close = async (): Promise<void> => {
        await made.close()
        await rm(blocked, { recursive: true, force: true })
      }
      return { ...made, close }
    },
  }
}

/** The setting is no flag: it is in the profile, as if the visitor had chosen it. */
async function profileWithoutStorage(): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'homing-chromium-'))
  await mkdir(join(profile, 'Default'))
  const chosen = { profile: { default_content_setting_values: { cookies: 2 } } }
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(chosen))
  return profile
}
