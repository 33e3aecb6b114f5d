import { expect, it } from 'vitest'

import type { Tab } from '../browsers/browser.ts'
import { describeEngines } from '../browsers/engines.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'
import { HOST, INPUT, STORED, widgetOn } from './widget.ts'

describeEngines('manners on a host page', (open) => {
  it('two script tags, one in the head before the body, make one widget and one socket', async () => {
    const stage = await openStage((script) => ({
      '/': {
        head: `<script src="${script}"></script>`,
        body: `<h1>A shop</h1><script async src="${script}"></script><script src="${script}"></script>`,
      },
    }))
    const browser = await open()
    const tab = await browser.open(stage.shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Once')
    await widget.bubble('Once', ...STORED)
    expect(await hosts(tab)).toBe(1)
    expect(sockets(stage)).toBe(1)
    expect(await stage.agents.texts()).toEqual(['Once'])
    expect(await browser.problems()).toEqual([])
  })

  it('commands given before the script has loaded are run in their order', async () => {
    const stage = await openStage((script) => ({
      '/': {
        head: `<script>
          window.homing = (...command) => { (window.homing.q ??= []).push(command) }
          window.heard = []
          homing('on', 'ready', () => heard.push('ready'))
          homing('on', 'sent', () => heard.push('sent'))
          homing('open')
          homing('sendMessage', 'From the page itself')
        </script><script async src="${script}"></script>`,
        body: '<h1>A shop</h1>',
      },
    }))
    const tab = await (await open()).open(stage.shop.origin)
    await widgetOn(tab).bubble('From the page itself', ...STORED)
    expect(await stage.agents.texts()).toEqual(['From the page itself'])
    await tab.until(() => {
      const { heard } = window as unknown as { heard: string[] }
      return heard.includes('ready') && heard.includes('sent')
    })
  })

  it('fifty pages of a single-page shop are one widget and one socket', async () => {
    const stage = await openStage()
    const tab = await (await open()).open(stage.shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Hello')
    await widget.bubble('Hello', ...STORED)
    await tab.type(INPUT, 'half a sentence')
    await tab.evaluate(async () => {
      for (let page = 1; page <= 50; page++) {
        history.pushState({ page }, '', `/page/${page}`)
        document.title = `Page ${page}`
        dispatchEvent(new PopStateEvent('popstate', { state: { page } }))
        await new Promise((resolve) => setTimeout(resolve))
      }
    })
    expect(await hosts(tab)).toBe(1)
    expect(sockets(stage)).toBe(1)
    expect(await composerText(tab)).toBe('half a sentence')
    await tab.press('Enter')
    await widget.bubble('half a sentence', ...STORED)
    expect(sockets(stage)).toBe(1)
  })

  it('a page that replaces its body, or all of itself, keeps the widget and what is in it', async () => {
    const stage = await openStage()
    const browser = await open()
    const tab = await browser.open(stage.shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Hello')
    await widget.bubble('Hello', ...STORED)
    await tab.type(INPUT, 'half a sentence')
    await tab.evaluate(() => {
      const body = document.createElement('body')
      body.textContent = 'Another page'
      document.body.replaceWith(body)
    })
    expect(await composerText(tab)).toBe('half a sentence')
    await tab.evaluate(() => {
      const body = document.createElement('body')
      body.textContent = 'A third page'
      document.documentElement.replaceChildren(document.createElement('head'), body)
    })
    await tab.until((host) => document.querySelector(host) !== null, HOST)
    expect(await hosts(tab)).toBe(1)
    expect(await composerText(tab)).toBe('half a sentence')
    expect((await widget.bubbles()).map((bubble) => bubble.text)).toEqual(['Hello'])
    await tab.click(INPUT)
    await tab.press('Enter')
    await widget.bubble('half a sentence', ...STORED)
    expect(sockets(stage)).toBe(1)
    expect(await browser.problems()).toEqual([])
  })

  it('destroy leaves nothing behind', async () => {
    const stage = await openStage((script) => ({
      '/': {
        head: `<script>window.before = Reflect.ownKeys(window).map(String)</script>
          <script async src="${script}"></script>`,
        body: '<h1>A shop</h1>',
      },
    }))
    const browser = await open()
    const tab = await browser.open(stage.shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Hello')
    await widget.bubble('Hello', ...STORED)
    expect(await tab.evaluate(leftOnWindow)).toEqual(expect.arrayContaining(['homing']))
    const html = await tab.evaluate(() => document.documentElement.outerHTML)
    expect(html).toContain('<homing-widget')

    await tab.evaluate(() =>
      (window as unknown as { homing: (verb: string) => void }).homing('destroy'),
    )
    expect(await tab.evaluate(leftOnWindow)).toEqual([])
    expect(await hosts(tab)).toBe(0)
    expect(
      await tab.evaluate(() => [
        document.adoptedStyleSheets.length,
        document.querySelectorAll('style, link[rel=stylesheet], link[rel=modulepreload]').length,
        document.documentElement.getAttribute('style'),
        Array.from(document.body.children, (child) => child.outerHTML),
        document.title,
      ]),
    ).toEqual([0, 0, null, ['<h1>A shop</h1>'], 'A shop'])
    // The page goes on without it: no link comes back.
    await expectNoSocket(stage)
    expect(await browser.problems()).toEqual([])
  })

  it('on a phone it is a sheet of the full height', async () => {
    const stage = await openStage()
    const tab = await (await open({ size: { width: 390, height: 844 } })).open(stage.shop.origin)
    await widgetOn(tab).open()
    await tab.until((host) => {
      const panel = document.querySelector(host)?.shadowRoot?.querySelector('[part=panel]')
      const box = panel?.getBoundingClientRect()
      return (
        box?.left === 0 && box.top === 0 && box.width === innerWidth && box.height === innerHeight
      )
    }, HOST)
    expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    // 16 px: with less, phones zoom into the field.
    const size = await tab.evaluate((host) => {
      const input = document.querySelector(host)?.shadowRoot?.querySelector('[part=input]')
      return input ? Number.parseFloat(getComputedStyle(input).fontSize) : 0
    }, HOST)
    expect(size).toBeGreaterThanOrEqual(16)
  })

  it("the page's hotkeys do not hear what is typed, and its styles do not reach in", async () => {
    const stage = await openStage((script) => ({
      '/': {
        head: `<script>
            window.hotkeys = []
            document.addEventListener('keydown', (event) => hotkeys.push(event.key))
          </script><script async src="${script}"></script>`,
        body: `<script>
            const sheet = new CSSStyleSheet()
            sheet.replaceSync('html{font-size:62.5%;color:red} *{letter-spacing:9px!important} button,textarea{display:none!important} homing-widget{opacity:.1;transform:scale(.5)}')
            document.adoptedStyleSheets = [sheet]
          </script><h1>A loud shop</h1>`,
      },
    }))
    const tab = await (await open()).open(stage.shop.origin)
    await widgetOn(tab).open()
    await tab.type(INPUT, 's/k')
    expect(await composerText(tab)).toBe('s/k')
    expect(await tab.evaluate(() => (window as unknown as { hotkeys: string[] }).hotkeys)).toEqual(
      [],
    )
    const look = await tab.evaluate((path) => {
      const [host, inner] = path.split(' >>> ')
      const element = document.querySelector(host!)
      const input = element?.shadowRoot?.querySelector(inner!)
      if (!element || !input) return null
      const style = getComputedStyle(input)
      const { opacity, transform } = getComputedStyle(element)
      return [style.letterSpacing, style.display !== 'none', opacity, transform]
    }, INPUT)
    expect(look).toEqual(['normal', true, '1', 'none'])
  })
})

function hosts(tab: Tab): Promise<number> {
  return tab.evaluate((host) => document.querySelectorAll(host).length, HOST)
}

/** Sockets asked for so far. */
function sockets({ network }: Stage): number {
  return network.requests.filter((request) => request === 'GET /v1/socket').length
}

function composerText(tab: Tab): Promise<string | undefined> {
  return tab.evaluate((host) => {
    const input = document.querySelector(host)?.shadowRoot?.querySelector('[part=input]')
    return (input as HTMLTextAreaElement | null | undefined)?.value
  }, HOST)
}

/** What the page's global object has now and had not before the widget. */
function leftOnWindow(): string[] {
  const { before } = window as unknown as { before: string[] }
  const known = new Set([...before, 'before', '__problems', 'Symbol(automationSessionProxy)'])
  return Reflect.ownKeys(window)
    .map(String)
    .filter((key) => !known.has(key))
}

async function expectNoSocket(stage: Stage): Promise<void> {
  const before = sockets(stage)
  await expect.poll(() => stage.network.carrying(/^\/v1\//), { timeout: 5_000 }).toBe(0)
  expect(sockets(stage)).toBe(before)
}
