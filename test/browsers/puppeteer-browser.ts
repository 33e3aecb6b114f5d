import type { CDPSession, Browser as Puppeteer, Page } from 'puppeteer-core'

import type { Browser, EngineName, Problem, Size, Tab } from './browser.ts'
import { recordProblems, takeProblems } from './in-page.ts'
import { createTab } from './tab.ts'

/** A browser behind puppeteer, which speaks CDP to Chromium and WebDriver BiDi to Firefox. */
export function createPuppeteerBrowser(
  engine: EngineName,
  puppeteer: Puppeteer,
  size: Size,
): Browser {
  const problems: Problem[] = []
  const pages = new Set<Page>()
  let closing: Promise<void> | undefined

  /** The recorder dies with its document, so it is emptied before each one is left. */
  const collect = async (page: Page): Promise<void> => {
    problems.push(...(await page.evaluate(takeProblems).catch(() => [])))
  }

  const open = async (url: string): Promise<Tab> => {
    const page = await puppeteer.newPage()
    pages.add(page)
    await page.setViewport(size)
    await page.evaluateOnNewDocument(recordProblems)
    // The engine's own lines (blocked requests, failed loads) never pass through the page's console.
    page.on('console', (message) => {
      if (message.type() === 'error' && message.args().length === 0) {
        problems.push({
          kind: 'console',
          text: `${message.text()} ${message.location().url ?? ''}`,
        })
      }
    })
    page.on('dialog', (dialog) => void dialog.dismiss())
    let devtools: Promise<CDPSession> | undefined
    const tab = createTab({
      goto: async (to) => {
        await collect(page)
        await page.goto(to, { waitUntil: 'domcontentloaded' })
      },
      reload: async () => {
        await collect(page)
        await page.reload({ waitUntil: 'domcontentloaded' })
      },
      back: async () => {
        await collect(page)
        await page.goBack({ waitUntil: 'domcontentloaded' })
      },
      run: (source, args) =>
        page.evaluate(`(${source})(...${JSON.stringify(args)})`) as Promise<unknown>,
      clickAt: (x, y) => page.mouse.click(x, y),
      keys: (text) => page.keyboard.type(text),
      press: async (key, shift) => {
        if (shift) await page.keyboard.down('Shift')
        await page.keyboard.press(key)
        if (shift) await page.keyboard.up('Shift')
      },
      framesHearKeys: true,
      resize: (to) => page.setViewport(to),
      front: () => page.bringToFront(),
      hide: async () => {
        // The blank page that the browser starts with.
        await (await puppeteer.pages())[0]?.bringToFront()
      },
      screenshot: () => page.screenshot({ type: 'png' }),
      devtools: async (method, params) => {
        if (engine !== 'chromium') throw new Error(`${engine} has no DevTools protocol`)
        devtools ??= page.createCDPSession()
        return (await devtools).send(method as 'Runtime.enable', params as undefined)
      },
      close: async () => {
        await collect(page)
        pages.delete(page)
        await page.close()
      },
    })
    await tab.goto(url)
    return tab
  }

  return {
    engine,
    open,
    problems: async () => {
      for (const page of pages) await collect(page)
      return [...problems]
    },
    close: () =>
      (closing ??= puppeteer.close().catch(() => {
        puppeteer.process()?.kill('SIGKILL')
      })),
  }
}
