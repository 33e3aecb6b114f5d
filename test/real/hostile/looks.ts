import { expect } from 'vitest'

import type { Tab } from '../../browsers/browser.ts'
import type { Hostility } from './hostility.ts'
import { INPUT, LAUNCHER } from '../widget.ts'

/** Pages whose styles reach for everything, and modals that want the visitor for themselves. */
export const LOOKS: readonly Hostility[] = [
  {
    name: 'every element is unset, and a rem is ten pixels',
    page: (tag) => ({
      head: `<style>
        html { font-size: 62.5% !important }
        * { all: unset !important; font: 40px fantasy !important; color: red !important }
        homing-widget { display: none !important; opacity: 0.1 !important; transform: scale(0.5) !important }
      </style>${tag}`,
      body: '<h1>A shop of few styles</h1>',
    }),
    after: async (tab) => {
      expect(await fontOf(tab)).toMatchObject({ size: '16px' })
      expect((await fontOf(tab)).family).not.toBe('fantasy')
    },
  },
  {
    name: 'the body is turned, blurred and kept from painting outside, under layers of the highest z-index',
    page: (tag) => ({
      head: `<style>
        body { transform: rotate(3deg) scale(0.8); filter: blur(2px); contain: strict; will-change: transform;
          overflow: hidden; height: 300px; perspective: 100px }
        .rival { position: fixed; inset: auto 0 0 auto; width: 600px; height: 600px; z-index: 2147483647; background: gold }
      </style>${tag}`,
      body: '<h1>A loud shop</h1><div class="rival">Sale!</div><div class="rival">Cookies!</div>',
    }),
  },
  {
    name: 'it reads from right to left',
    page: (tag) => ({
      head: `<style>html { direction: rtl }</style>
        <script>document.documentElement.dir = 'rtl'; document.documentElement.lang = 'ar'</script>${tag}`,
      body: '<h1>متجر</h1>',
    }),
  },
  {
    name: 'it is zoomed to twice its size',
    page: (tag) => ({
      head: `<style>html { zoom: 2 }</style>${tag}`,
      body: '<h1>A shop for tired eyes</h1>',
    }),
    after: async (tab) => {
      // All of the panel is on the screen.
      expect(
        await tab.evaluate(() => {
          const root = document.querySelector('homing-widget')?.shadowRoot
          const panel = root?.querySelector('[part=launcher]')?.getBoundingClientRect()
          return panel !== undefined && panel.bottom <= innerHeight && panel.right <= innerWidth
        }),
      ).toBe(true)
    },
  },
  {
    name: 'a native modal dialog is opened over the open panel, and closed again',
    page: (tag) => ({
      head: `<style>dialog { transform: translateY(20px); overflow: hidden }</style>${tag}`,
      body: '<h1>A shop that asks</h1><dialog><p>Stay?</p><button>Yes</button></dialog>',
    }),
    during: async (tab) => {
      await tab.evaluate(() => document.querySelector('dialog')?.showModal())
      await tab.until(() => document.querySelector('dialog homing-widget') !== null)
      // Not inert: it can be used within the dialog, and holds what was written.
      await tab.type(INPUT, '!')
      await tab.press('Backspace')
      await tab.click(LAUNCHER)
      await tab.click(LAUNCHER)
      await tab.click(INPUT)
      await tab.evaluate(() => document.querySelector('dialog')?.close())
      await tab.until(() => document.querySelector('html > homing-widget') !== null)
    },
  },
  {
    name: 'a native modal dialog is open from the start, and is taken out of the page',
    page: (tag) => ({
      head: tag,
      body: `<h1>A shop that asks first</h1><div><dialog><p>Cookies?</p></dialog></div>
        <script>document.querySelector('dialog').showModal()</script>`,
    }),
    during: async (tab) => {
      expect(
        await tab.evaluate(() => document.querySelector('dialog homing-widget') !== null),
      ).toBe(true)
      await tab.evaluate(() => document.querySelector('div')?.remove())
      await tab.until(() => document.querySelector('html > homing-widget') !== null)
    },
  },
  {
    name: 'a modal of the page traps the focus and the clicks',
    page: (tag) => ({
      head: `<style>
        #modal { position: fixed; top: 50%; left: 30%; transform: translate(-50%, -50%); overflow: hidden; background: #fff }
        #modal[hidden] { display: none }
      </style>${tag}`,
      body: `<h1>A shop with a modal</h1>
        <div id="modal" role="dialog" aria-modal="true" hidden><input id="name"><button>OK</button></div>
        <script>
          const modal = document.querySelector('#modal')
          const active = () => !modal.hidden
          const back = (event) => {
            if (active() && !modal.contains(event.target)) document.querySelector('#name').focus()
          }
          document.addEventListener('focusin', back, true)
          document.addEventListener('focus', back, true)
          for (const name of ['mousedown', 'pointerdown', 'touchstart', 'click']) {
            document.addEventListener(name, (event) => {
              if (!active() || modal.contains(event.target)) return
              event.preventDefault()
              event.stopImmediatePropagation()
            }, true)
          }
          setInterval(() => {
            if (active() && !modal.contains(document.activeElement)) document.querySelector('#name').focus()
          }, 50)
        </script>`,
    }),
    during: async (tab) => {
      await tab.evaluate(() => {
        const modal = document.querySelector<HTMLElement>('#modal')
        if (modal) modal.hidden = false
        document.querySelector<HTMLElement>('#name')?.focus()
      })
      await tab.until(() => document.querySelector('#modal homing-widget') !== null)
      await tab.type(INPUT, '!')
      await tab.press('Backspace')
      await tab.evaluate(() => {
        const modal = document.querySelector<HTMLElement>('#modal')
        if (modal) modal.hidden = true
      })
      await tab.until(() => document.querySelector('html > homing-widget') !== null)
    },
  },
]

function fontOf(tab: Tab): Promise<{ size: string; family: string }> {
  return tab.evaluate(() => {
    const root = document.querySelector('homing-widget')?.shadowRoot
    const input = root?.querySelector('[part=input]')
    const style = input ? getComputedStyle(input) : undefined
    return { size: style?.fontSize ?? '', family: style?.fontFamily ?? '' }
  })
}
