import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { Engine, Tab } from '../browsers/browser.ts'
import { describeEngines } from '../browsers/engines.ts'
import { recordProblems } from '../browsers/in-page.ts'
import { openStaticHost } from '../static-host.ts'
import { settled } from './settled.ts'
import type { SharedStage } from './hostile/shared-stage.ts'
import { shareStage } from './hostile/shared-stage.ts'
import { SITE } from './stage.ts'
import { HOST, STORED, widgetOn } from './widget.ts'

/** A folder of published pages that are not part of the project. */
const PAGES = process.env['HOMING_TEST_PAGES'] ?? join(import.meta.dirname, '../../../shared/pages')

const SHOPS = [
  'uikit/product.html',
  'uikit/cart.html',
  'uikit/checkout.html',
  'startbootstrap-shop-item/dist/index.html',
]

/** Scrollbars that lie over the page come and go, CSS px from its edge. */
const SCROLLBAR_PX = 16
/** Some engines scale pictures roughly at first, and paint them again when there is time, ms. */
const REPAINT_MS = 800
/** How far the widget's shadows reach beyond its boxes, CSS px. */
const SHADOW_PX = 70

if (existsSync(join(PAGES, SHOPS[0] ?? ''))) {
  describeEngines('a page of a real shop', (_open, engine) => {
    const stage = shareStage(engine)
    describe.each(SHOPS)('%s', (page) => onPage(stage, engine, page))
  })
} else {
  const reason = `no pages in ${PAGES}: set HOMING_TEST_PAGES to a folder that has them`
  console.log(`skipped: pages of real shops: ${reason}`)
  it.skip(`pages of real shops (${reason})`, () => {})
}

function onPage(stage: SharedStage, engine: Engine, page: string): void {
  /** The page on an origin of its own: as it is at `plain`, and with the widget's tag at `tagged`. */
  const host = async () => {
    const shop = await openStaticHost({}, PAGES)
    await stage.agents.allowOrigin(SITE, shop.origin)
    const relay = new URL(stage.script).origin
    const html = await readFile(join(PAGES, page), 'utf8')
    const at = html.search(/<head[^>]*>/i)
    const begin = html.indexOf('>', at) + 1
    const put = (name: string, tag: string): string => {
      const path = `/${page.replace(/[^/]*$/, name)}`
      const head = `<script>(${String(recordProblems)})()</script>`
      shop.put(path, {
        type: 'text/html; charset=utf-8',
        content: html.slice(0, begin) + head + tag + html.slice(begin),
        headers: {
          // Nothing is asked of the third parties that the page names.
          'content-security-policy': `default-src 'self' data: 'unsafe-inline' 'unsafe-eval' ${relay} ${relay.replace('http', 'ws')}`,
        },
      })
      return shop.origin + path
    }
    return {
      plain: put('plain.html', ''),
      tagged: put('tagged.html', `<script async src="${stage.script}"></script>`),
      close: shop.close,
    }
  }

  it('has a conversation and no error that it had not without the widget', async () => {
    const shop = await host()
    const before = await stage.open(shop.plain)
    await loaded(before.tab)
    const own = new Set((await before.problems()).map(({ text }) => nameless(text)))
    const { tab, problems } = await stage.open(shop.tagged)
    await loaded(tab)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send(`From ${page}`)
    await widget.bubble(`From ${page}`, ...STORED)
    await tab.reload()
    await widget.ensureOpen()
    await widget.bubble(`From ${page}`, ...STORED)
    await widget.close()
    const theirs = (await problems()).map(({ text }) => nameless(text))
    expect(theirs.filter((text) => !own.has(text))).toEqual([])
    await shop.close()
  })

  it('looks as it did outside of the widget, and nothing of it shifts', async () => {
    const shop = await host()
    const { tab } = await stage.open(shop.plain)
    await loaded(tab)
    await tab.evaluate(stopMotion)
    const alone = await still(tab)
    const shape = await tab.evaluate(shapeOf, HOST)
    expect(shape.length).toBeGreaterThan(50)
    await tab.evaluate(watchShifts)
    await tab.evaluate((src) => {
      const script = document.createElement('script')
      script.src = src
      document.head.append(script)
    }, stage.script)
    await tab.until((path) => document.querySelector(path) !== null, HOST)
    await settled(tab)
    await looksAs(tab, alone)

    await widgetOn(tab).open()
    await settled(tab)
    await looksAs(tab, alone)
    expect(await tab.evaluate(shapeOf, HOST)).toEqual(shape)
    await widgetOn(tab).close()
    expect(await tab.evaluate(shapeOf, HOST)).toEqual(shape)
    if (engine.name === 'chromium') expect(await tab.evaluate(shiftSoFar)).toBe(0)
    await shop.close()
  })
}

/** Ports and the page's own name differ from visit to visit. */
function nameless(text: string): string {
  return text.replaceAll(/localhost:\d+|(plain|tagged)\.html(:\d+)?/g, '')
}

async function loaded(tab: Tab): Promise<void> {
  await tab.until(() => document.readyState === 'complete')
  await tab.evaluate(async () => {
    await document.fonts.ready
  })
}

/** A picture of the page once it does not change any more by itself. */
async function still(tab: Tab): Promise<Uint8Array> {
  let before = await tab.screenshot()
  for (let tries = 0; tries < 10; tries++) {
    await new Promise((resolve) => setTimeout(resolve, REPAINT_MS))
    const now = await tab.screenshot()
    if (Buffer.compare(before, now) === 0) return now
    before = now
  }
  throw new Error('The page does not come to rest')
}

/** Resolves once the page looks as before. */
async function looksAs(tab: Tab, before: Uint8Array): Promise<void> {
  const different = async (): Promise<number> => differences(tab, before, await tab.screenshot())
  await expect.poll(different, { timeout: 8 * REPAINT_MS, interval: REPAINT_MS / 4 }).toBe(0)
}

/** Number of spots that differ outside of what the widget covers; counted by the browser itself. */
async function differences(tab: Tab, before: Uint8Array, after: Uint8Array): Promise<number> {
  const pictures = [before, after].map((png) => Buffer.from(png).toString('base64'))
  return tab.evaluate(countDifferences, pictures, HOST, SHADOW_PX, SCROLLBAR_PX)
}

// What follows runs in the page, each function on its own.

function stopMotion(): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(
    '*, *::before, *::after { animation: none !important; transition: none !important; caret-color: transparent !important; image-rendering: pixelated !important }',
  )
  document.adoptedStyleSheets.push(sheet)
}

function watchShifts(): void {
  const page = window as unknown as { shifted: number }
  page.shifted = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      page.shifted += (entry as PerformanceEntry & { value: number }).value
    }
  }).observe({ type: 'layout-shift', buffered: false })
}

async function shiftSoFar(): Promise<number> {
  await new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)))
  return (window as unknown as { shifted: number }).shifted
}

/** Where everything on the page is, and how it is drawn. */
function shapeOf(path: string): string[] {
  return Array.from(document.querySelectorAll('body, body *'), (element) => {
    if (element.closest(path) || element.localName === 'script') return ''
    const { x, y, width, height } = element.getBoundingClientRect()
    const style = getComputedStyle(element)
    const drawn = [style.display, style.color, style.backgroundColor, style.font, style.opacity]
    return [element.localName, x, y, width, height, ...drawn, style.transform, style.zIndex].join()
  })
}

/**
 * Spots are 4 × 4 pixels, and differ when their mean colour does: pictures are scaled again now and
 * then, which moves single pixels a little.
 */
async function countDifferences(
  pictures: string[],
  path: string,
  margin: number,
  edge: number,
): Promise<number> {
  const spot = 4
  const tolerance = 10
  const root = document.querySelector(path)?.shadowRoot
  const covered = Array.from(
    root?.querySelectorAll('[part=launcher], [part=frame][data-open=true]') ?? [],
    (element) => element.getBoundingClientRect(),
  )
  const [one, two] = await Promise.all(
    pictures.map(async (picture) => {
      const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const canvas = document.createElement('canvas')
      canvas.width = Math.floor(image.width / spot)
      canvas.height = Math.floor(image.height / spot)
      const context = canvas.getContext('2d')
      if (!context) throw new Error('No canvas')
      context.imageSmoothingQuality = 'high'
      context.drawImage(image, 0, 0, canvas.width, canvas.height)
      return context.getImageData(0, 0, canvas.width, canvas.height)
    }),
  )
  if (!one || !two || one.width !== two.width || one.height !== two.height) {
    throw new Error('The pictures have different sizes')
  }
  const scale = one.width / innerWidth
  let count = 0
  for (let at = 0; at < one.data.length; at += 4) {
    const x = ((at / 4) % one.width) / scale
    const y = Math.floor(at / 4 / one.width) / scale
    const hidden = covered.some(
      ({ left, right, top, bottom }) =>
        x > left - margin && x < right + margin && y > top - margin && y < bottom + margin,
    )
    if (hidden || x > innerWidth - edge) continue
    const differs = [0, 1, 2].some(
      (part) => Math.abs((one.data[at + part] ?? 0) - (two.data[at + part] ?? 0)) > tolerance,
    )
    if (differs) count++
  }
  return count
}
