import { expect } from 'vitest'

import type { Hostility } from './hostility.ts'

/** Pages whose scripts changed what every script stands on. */
export const SCRIPTS: readonly Hostility[] = [
  {
    name: 'prototypes have toJSON and enumerable extras, as with Prototype.js',
    page: (tag) => ({
      head: `<script>
        const extend = (target, extras) => { for (const name in extras) target[name] = extras[name] }
        extend(Array.prototype, {
          toJSON() { return '[' + this.length + ']' },
          each(run) { for (let at = 0; at < this.length; at++) run(this[at]) },
          last() { return this[this.length - 1] },
          first() { return this[0] },
        })
        extend(Object.prototype, {
          toJSON() { return '{}' },
          keys() { return Object.keys(this) },
          extend(other) { for (const name in other) this[name] = other[name] },
          shop: { name: 'A shop' },
        })
        extend(String.prototype, { toJSON() { return '"' + this + '"' }, strip() { return this.trim() } })
        extend(Number.prototype, { toJSON() { return 'NaN' } })
        extend(Function.prototype, { defer() { setTimeout(this) } })
      </script>${tag}`,
      body: '<h1>An old shop</h1>',
    }),
    after: async (tab) => {
      expect(await tab.evaluate(() => JSON.stringify({ list: [1] }))).toBe('"{}"')
    },
  },
  {
    name: 'timers, JSON and Date are patched: all later, wrapped in envelopes, five hours ahead',
    page: (tag) => ({
      head: `<script>
        const { setTimeout: start, clearTimeout: end } = window
        const { stringify, parse } = JSON
        const now = Date.now
        window.timers = 0
        window.setTimeout = (run, ms = 0, ...rest) => {
          timers++
          return { id: start(run, ms + 50, ...rest) }
        }
        window.clearTimeout = (timer) => end(timer && timer.id)
        window.setInterval = () => { throw new Error('This shop has no intervals.') }
        JSON.stringify = (value, ...rest) =>
          stringify(typeof value === 'object' ? { envelope: value } : value, ...rest)
        JSON.parse = (text, reviver) =>
          parse(text, reviver || ((key, value) =>
            typeof value === 'string' && /^\\d{4}-\\d\\d-\\d\\d/.test(value) ? new Date(value) : value))
        Date.now = () => now() + 5 * 3_600_000
      </script>${tag}`,
      body: '<h1>A shop of its own time</h1>',
    }),
    after: async (tab) => {
      expect(await tab.evaluate(() => JSON.stringify({}))).toBe('{"envelope":{}}')
      expect(
        await tab.evaluate(() => (window as unknown as { timers: number }).timers),
      ).toBeGreaterThan(0)
    },
  },
  {
    name: 'a zone looks at the whole page after every timer, and the widget causes none of it',
    page: (tag) => ({
      head: `<script>
        // As zone.js does it: the originals stay reachable under __zone_symbol__ names.
        window.looks = 0
        const patch = (owner, name, patched) => {
          owner['__zone_symbol__' + name] = owner[name]
          owner[name] = patched(owner[name])
        }
        const look = (run) => typeof run === 'function'
          ? function (...values) { try { return run.apply(this, values) } finally { looks++ } }
          : run
        for (const name of ['setTimeout', 'setInterval', 'requestAnimationFrame']) {
          patch(window, name, (native) => (run, ...rest) => native.call(window, look(run), ...rest))
        }
        patch(window, 'queueMicrotask', (native) => (run) => native.call(window, look(run)))
      </script>${tag}`,
      body: '<h1>A shop with a framework</h1>',
    }),
    after: async (tab) => {
      // A typing visitor and an open link set and end timers by the dozen.
      const before = await tab.evaluate(() => (window as unknown as { looks: number }).looks)
      await tab.evaluate(() => new Promise<void>((done) => setTimeout(done)))
      expect(await tab.evaluate(() => (window as unknown as { looks: number }).looks)).toBe(
        before + 1,
      )
      expect(before).toBeLessThan(10)
    },
  },
  {
    name: 'hotkeys take s, k and / from everybody, in the capture phase',
    page: (tag) => ({
      head: `<script>
        window.taken = []
        for (const name of ['keydown', 'keypress', 'keyup']) {
          document.addEventListener(name, (event) => {
            if (event.target.matches('input, textarea') || !/^[sk/]$/.test(event.key)) return
            taken.push(event.key)
            event.preventDefault()
            event.stopImmediatePropagation()
            document.querySelector('#search').focus()
          }, true)
          document.addEventListener(name, (event) => taken.push(event.key))
        }
      </script>${tag}`,
      body: '<h1>A quick shop</h1><input id="search">',
    }),
    during: async (tab) => {
      await tab.write('s/k')
      expect(
        await tab.evaluate(() => {
          const root = document.querySelector('homing-widget')?.shadowRoot
          return root?.querySelector<HTMLTextAreaElement>('[part=input]')?.value
        }),
      ).toContain('s/k')
      for (let i = 0; i < 3; i++) await tab.press('Backspace')
      expect(await tab.evaluate(() => (window as unknown as { taken: string[] }).taken)).toEqual([])
    },
  },
  {
    name: 'there is no WebSocket',
    page: (tag) => ({
      head: `<script>delete window.WebSocket; window.WebSocket = undefined</script>${tag}`,
      body: '<h1>A shop behind an old filter</h1>',
    }),
  },
  {
    name: 'the tag stands in the head before there is a body, twice more in it, and once comes late',
    page: (tag) => ({
      head: tag.replaceAll(' async', ''),
      body: `<h1>A shop with two tag managers</h1>${tag}${tag.replaceAll(' async', '')}`,
    }),
    before: late,
    after: async (tab) => {
      expect(await tab.evaluate(() => document.querySelectorAll('homing-widget').length)).toBe(1)
    },
  },
  {
    name: 'the tag comes only long after the page',
    page: (tag) => ({
      body: `<h1>A slow shop</h1><template id="late">${tag}</template>`,
      head: `<script>addEventListener('load', () => setTimeout(() => {
        const script = document.createElement('script')
        script.src = document.querySelector('#late').content.querySelector('script[src]').src
        document.head.append(script)
      }, 1_000))</script>`,
    }),
  },
]

/** What a tag manager does when it has had its time. */
async function late(tab: { evaluate: (run: () => Promise<void>) => Promise<void> }): Promise<void> {
  await tab.evaluate(
    () =>
      new Promise<void>((done) => {
        const script = document.createElement('script')
        script.src = document.querySelector<HTMLScriptElement>('script[src]')?.src ?? ''
        script.onload = () => done()
        document.body.append(script)
      }),
  )
}
