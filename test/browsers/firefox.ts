import { launch } from 'puppeteer-core'

import type { Engine } from './browser.ts'
import { createPuppeteerBrowser } from './puppeteer-browser.ts'

const SIZE = { width: 1280, height: 800 }

export function firefox(executablePath: string): Engine {
  return {
    name: 'firefox',
    keepsProfile: true,
    launch: async (options = {}) => {
      const browser = await launch({
        browser: 'firefox',
        executablePath,
        headless: true,
        extraPrefsFirefox: {
          // The content's colour scheme: 0 dark, 1 light.
          'layout.css.prefers-color-scheme.content-override': options.scheme === 'dark' ? 0 : 1,
          // The captive portal and connectivity checks would talk to the outside.
          'network.captive-portal-service.enabled': false,
          'network.connectivity-service.enabled': false,
          ...(options.alias ? { 'network.dns.localDomains': options.alias.name } : {}),
          // 2: none at all, which takes every other storage along.
          ...(options.storage === 'blocked' ? { 'network.cookie.cookieBehavior': 2 } : {}),
        },
        ...(options.profile ? { userDataDir: options.profile } : {}),
      })
      return createPuppeteerBrowser('firefox', browser, options.size ?? SIZE)
    },
  }
}
