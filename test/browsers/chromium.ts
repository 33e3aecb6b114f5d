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
      const browser = await launch({
        executablePath,
        headless: true,
        // Chromium's sandbox refuses to run as root.
        args: [
          ...FLAGS,
          ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
          // Blink's setting for prefers-color-scheme: 0 dark, 1 light.
          `--blink-settings=preferredColorScheme=${options.scheme === 'dark' ? 0 : 1}`,
        ],
        ...(options.profile ? { userDataDir: options.profile } : {}),
      })
      return createPuppeteerBrowser('chromium', browser, options.size ?? SIZE)
    },
  }
}
