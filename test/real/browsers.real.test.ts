import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeEngines } from '../browsers/engines.ts'
import { openStaticHost } from '../static-host.ts'
import type { StaticHost } from '../static-host.ts'

let host: StaticHost

beforeAll(async () => {
  host = await openStaticHost({
    '/plain': { body: '<p>plain</p>' },
    '/shadow': {
      body: `<script>
        const host = document.createElement('x-host')
        const root = host.attachShadow({ mode: 'open' })
        const button = document.createElement('button')
        button.textContent = 'Press'
        button.onclick = () => { window.pressed = (window.pressed ?? 0) + 1 }
        const field = document.createElement('textarea')
        field.onkeydown = (event) => { window.lastKey = (event.shiftKey ? 'Shift+' : '') + event.key }
        root.append(button, field)
        document.documentElement.append(host)
      </script>`,
    },
    '/covered': {
      body: `<button id="under">under</button>
        <div id="over" style="position:fixed;inset:0;background:#eee"></div>`,
    },
    '/strict': {
      headers: {
        'content-security-policy':
          "default-src 'none'; script-src 'nonce-n'; require-trusted-types-for 'script'",
      },
      body: `<p id="p">strict</p><script nonce="n">
        setTimeout(() => {
          document.getElementById('p').setAttribute('style', 'color: red')
          try { document.getElementById('p').innerHTML = '<b>x</b>' } catch {}
        }, 1500)</script>`,
    },
    '/broken': {
      body: `<script>setTimeout(() => { console.error('a line'); setTimeout(() => { throw new Error('thrown') }) }, 1000)</script>`,
    },
  })
})
afterAll(() => host.close())

describeEngines('a browser of the suites', (open, engine) => {
  it('clicks and types inside an open shadow root', async () => {
    const tab = await (await open()).open(`${host.origin}/shadow`)
    await tab.click('x-host >>> button')
    expect(await tab.evaluate(() => (window as { pressed?: number }).pressed)).toBe(1)
    await tab.type('x-host >>> textarea', 'Grüße, 你好')
    await tab.press('Enter', { shift: true })
    const typed = await tab.evaluate(() => {
      const field = document.querySelector('x-host')?.shadowRoot?.querySelector('textarea')
      return [field?.value, (window as { lastKey?: string }).lastKey]
    })
    expect(typed).toEqual(['Grüße, 你好\n', 'Shift+Enter'])
  })

  it('refuses to click what lies under something else', async () => {
    const tab = await (await open()).open(`${host.origin}/covered`)
    await expect(tab.within(1_000).click('#under')).rejects.toThrow('covered')
  })

  it('gives two tabs one storage, and another browser none of it', async () => {
    const browser = await open()
    const one = await browser.open(`${host.origin}/plain`)
    const two = await browser.open(`${host.origin}/plain`)
    await one.evaluate(() => localStorage.setItem('k', 'v'))
    await two.until(() => localStorage.getItem('k') === 'v')
    await one.close()
    expect(await two.evaluate(() => localStorage.getItem('k'))).toBe('v')
    const other = await (await open()).open(`${host.origin}/plain`)
    expect(await other.evaluate(() => localStorage.getItem('k'))).toBeNull()
  })

  it.skipIf(!engine.keepsProfile)(
    'finds IndexedDB again in the next browser on its profile',
    async () => {
      const profile = await mkdtemp(join(tmpdir(), 'homing-profile-'))
      const first = await open({ profile })
      const tab = await first.open(`${host.origin}/plain`)
      await tab.evaluate(
        () =>
          new Promise((resolve, reject) => {
            const opening = indexedDB.open('kept', 1)
            opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('s'))
            opening.addEventListener('error', () => reject(opening.error))
            opening.addEventListener('success', () => {
              const change = opening.result.transaction('s', 'readwrite', { durability: 'strict' })
              change.objectStore('s').put('here', 'k')
              change.addEventListener('complete', () => resolve(true))
            })
          }),
      )
      await first.close()
      const again = await (await open({ profile })).open(`${host.origin}/plain`)
      const kept = await again.evaluate(
        () =>
          new Promise((resolve) => {
            const opening = indexedDB.open('kept', 1)
            opening.addEventListener('success', () => {
              const get = opening.result.transaction('s').objectStore('s').get('k')
              get.addEventListener('success', () => resolve(get.result))
            })
          }),
      )
      expect(kept).toBe('here')
      await rm(profile, { recursive: true, force: true })
    },
  )

  it('hides a tab and shows it again', async () => {
    const tab = await (await open()).open(`${host.origin}/plain`)
    await tab.hide()
    await tab.until(() => document.visibilityState === 'hidden')
    await tab.front()
    await tab.until(() => document.visibilityState === 'visible')
  })

  it('is as wide and as dark as asked', async () => {
    const browser = await open({ scheme: 'dark', size: { width: 390, height: 844 } })
    const tab = await browser.open(`${host.origin}/plain`)
    const seen = (): Promise<unknown> =>
      tab.evaluate(() => [
        innerWidth,
        innerHeight,
        matchMedia('(prefers-color-scheme: dark)').matches,
      ])
    expect(await seen()).toEqual([390, 844, true])
    await tab.resize({ width: 1280, height: 700 })
    expect(await seen()).toEqual([1280, 700, true])
    const light = await (await open({ scheme: 'light' })).open(`${host.origin}/plain`)
    expect(await light.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(
      false,
    )
  })

  it('tells errors, console lines and policy violations', async () => {
    const browser = await open()
    const broken = await browser.open(`${host.origin}/broken`)
    await broken.until(() => (window as { __problems?: unknown[] }).__problems?.length === 2)
    const strict = await browser.open(`${host.origin}/strict`)
    await strict.until(() =>
      (window as { __problems?: { kind: string }[] }).__problems?.some((p) => p.kind === 'policy'),
    )
    await strict.goto(`${host.origin}/plain`)
    const problems = await browser.problems()
    expect(problems).toContainEqual({ kind: 'console', text: 'a line' })
    expect(problems).toContainEqual({ kind: 'error', text: 'Error: thrown' })
    const policy = problems.filter((problem) => problem.kind === 'policy').map((p) => p.text)
    expect(policy.some((text) => text.startsWith('style-src-attr'))).toBe(true)
    expect(policy.some((text) => text.startsWith('require-trusted-types-for'))).toBe(true)
  })
})
