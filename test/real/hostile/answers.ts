import { expect } from 'vitest'

import type { Tab } from '../../browsers/browser.ts'
import type { HostedFile } from '../../static-host.ts'
import type { Hostility } from './hostility.ts'

/** Keeps every GET of whatever origin for ever, and passes the rest through its own hands. */
const WORKER: HostedFile = {
  type: 'text/javascript',
  content: `
    addEventListener('install', () => skipWaiting())
    addEventListener('activate', (event) => event.waitUntil(clients.claim()))
    addEventListener('fetch', (event) => event.respondWith(answer(event.request)))
    const answer = async (request) => {
      if (request.method !== 'GET') return fetch(request)
      const cache = await caches.open('everything')
      const kept = await cache.match(request)
      if (kept) return kept
      const fresh = await fetch(request)
      await cache.put(request, fresh.clone())
      return fresh
    }`,
}

const controlled = async (tab: Tab): Promise<void> => {
  await tab.evaluate(async () => {
    await navigator.serviceWorker.register('/worker.js')
  })
  await tab.until(() => navigator.serviceWorker.controller !== null)
  await tab.reload()
  await tab.until(() => navigator.serviceWorker.controller !== null)
}

const cachedRelay = async (tab: Tab): Promise<void> => {
  const kept = await tab.evaluate(async () => {
    const cache = await caches.open('everything')
    return (await cache.keys()).map(({ url }) => new URL(url).pathname)
  })
  expect(kept.some((path) => path.startsWith('/widget/assets/'))).toBe(true)
}

/** Pages whose server or worker comes between. */
export const ANSWERS: readonly Hostility[] = [
  {
    name: 'its service worker keeps everything',
    page: (tag) => ({ head: tag, body: '<h1>A shop for the underground</h1>' }),
    files: { '/worker.js': WORKER },
    before: controlled,
    after: cachedRelay,
  },
  {
    name: 'its service worker keeps everything, and there is no WebSocket',
    page: (tag) => ({
      head: `<script>window.WebSocket = undefined</script>${tag}`,
      body: '<h1>A shop for the underground</h1>',
    }),
    files: { '/worker.js': WORKER },
    before: controlled,
    after: cachedRelay,
  },
  {
    name: 'it is isolated: COOP same-origin, COEP require-corp',
    page: (tag) => ({
      headers: {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      },
      // Without CORS on the tag: the answer's own header has to do.
      head: tag,
      body: '<h1>A shop with threads</h1>',
    }),
    after: async (tab) => {
      expect(await tab.evaluate(() => crossOriginIsolated)).toBe(true)
    },
  },
]
