import { expect } from 'vitest'

import type { Hostility } from './hostility.ts'

/** Pages that take themselves away under the widget's feet. */
export const BODIES: readonly Hostility[] = [
  {
    name: 'it swaps its body, then its head and body, and then makes the tree like another one',
    page: (tag) => ({ head: tag, body: '<h1>A shop of one page</h1>' }),
    during: async (tab) => {
      await tab.evaluate(() => {
        const next = (text: string): HTMLElement => {
          const body = document.createElement('body')
          body.textContent = text
          return body
        }
        document.body.replaceWith(next('Another page'))
        document.documentElement.replaceChildren(
          document.createElement('head'),
          next('A third page'),
        )
        // A morph keeps what the new tree has too, and takes the rest away.
        const wanted = ['HEAD', 'BODY']
        for (const node of Array.from(document.documentElement.childNodes)) {
          if (!wanted.includes(node.nodeName)) node.remove()
        }
      })
      await tab.until(() => document.querySelector('homing-widget') !== null)
    },
    after: async (tab) => {
      expect(await tab.evaluate(() => document.querySelectorAll('homing-widget').length)).toBe(1)
    },
  },
  {
    name: 'its whole tree is replaced',
    page: (tag) => ({ head: tag, body: '<h1>A shop that is rendered twice</h1>' }),
    during: async (tab) => {
      await tab.evaluate(() => {
        const html = document.createElement('html')
        html.append(document.createElement('head'), document.createElement('body'))
        document.documentElement.replaceWith(html)
      })
      await tab.until(() => document.querySelector('homing-widget') !== null)
    },
    // All is laid out at once, in more rounds than one frame has; what is left comes with the next.
    tolerated: /ResizeObserver loop/,
  },
  {
    name: 'it is written over by document.write after it has loaded',
    page: (tag) => ({ head: tag, body: '<h1>A shop with an old advertisement</h1>' }),
    during: async (tab) => {
      // What was typed is kept once the keys rest.
      await tab.evaluate(() => new Promise((done) => setTimeout(done, 600)))
      await tab.evaluate(() => {
        document.write('<!doctype html><title>A shop</title><h1>Buy now!</h1>')
        document.close()
      })
      // It comes back as it was: open.
      await tab.until(() => {
        const root = document.querySelector('homing-widget')?.shadowRoot
        return root?.querySelector('[part=frame][data-open=true]') != null
      })
    },
    after: async (tab) => {
      expect(await tab.evaluate(() => document.querySelectorAll('homing-widget').length)).toBe(1)
    },
  },
  {
    name: 'its body is cleared every 200 ms',
    page: (tag) => ({
      head: `<script>
        window.cleared = 0
        setInterval(() => { if (document.body) { document.body.innerHTML = ''; cleared++ } }, 200)
      </script>${tag}`,
      body: '<h1>A restless shop</h1>',
    }),
    after: async (tab) => {
      await tab.until(() => (window as unknown as { cleared: number }).cleared > 10)
      expect(await tab.evaluate(() => document.body.childNodes.length)).toBe(0)
    },
  },
]
