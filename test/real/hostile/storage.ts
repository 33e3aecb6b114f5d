import { expect, it } from 'vitest'

import { openStaticHost } from '../../static-host.ts'
import { SITE } from '../stage.ts'
import { INPUT, STORED, widgetOn } from '../widget.ts'
import { conversationWith, converse, textsOf } from './converse.ts'
import type { SharedStage } from './shared-stage.ts'

const DATABASE = `homing:${SITE}`
/** What the page has for itself and the widget together, bytes. */
const QUOTA_BYTES = 200_000

/** Pages and browsers that keep nothing, or not what they said. */
export function storage(stage: SharedStage): void {
  const { name: engine } = stage.engine
  const page = (before = '') => ({
    head: `${before}<script async src="${stage.script}"></script>`,
    body: '<h1>A forgetful shop</h1>',
  })

  it('C8: indexedDB.open never answers', async () => {
    const host = await stage.host({
      '/': page(`<script>
        window.asked = 0
        IDBFactory.prototype.open = () => { asked++; return new EventTarget() }
      </script>`),
    })
    const { tab, problems } = await stage.open(host.origin)
    await converse({
      tab,
      agents: stage.agents,
      topic: 'Into a silent database',
      keeps: false,
      reload: () => tab.reload(),
    })
    expect(
      await tab.evaluate(() => (window as unknown as { asked: number }).asked),
    ).toBeGreaterThan(0)
    expect(await problems()).toEqual([])
  })

  it('C6 C8: its database is deleted behind its back', async () => {
    const host = await stage.host({ '/': page() })
    const { tab, problems } = await stage.open(host.origin)
    await converse({
      tab,
      agents: stage.agents,
      topic: 'Into a deleted database',
      reload: () => tab.reload(),
      during: async () => {
        await tab.evaluate(
          (name) =>
            new Promise<void>((done, fail) => {
              const request = indexedDB.deleteDatabase(name)
              request.onsuccess = () => done()
              request.onerror = () => fail(request.error)
            }),
          DATABASE,
        )
      },
    })
    expect(await problems()).toEqual([])
  })

  only(
    engine,
    'chromium',
    'other engines have no command for it',
  )('C6 C8: the browser clears the data of the site while it is used', async () => {
    const host = await stage.host({ '/': page() })
    const { tab, problems } = await stage.open(host.origin)
    await converse({
      tab,
      agents: stage.agents,
      topic: 'Into cleared storage',
      reload: () => tab.reload(),
      during: async () => {
        const { origin } = host
        await tab.devtools('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' })
      },
    })
    expect(await problems()).toEqual([])
  })

  only(
    engine,
    'chromium',
    'other engines have no quota that a test can set',
  )('C6 C8: 200 kB are all there is, for a history that is longer', async () => {
    const host = await stage.host({ '/': page() })
    const { tab, problems } = await stage.open(host.origin)
    await tab.devtools('Storage.overrideQuotaForOrigin', {
      origin: host.origin,
      quotaSize: QUOTA_BYTES,
    })
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('With little room')
    await widget.bubble('With little room', ...STORED)
    const conversation = await conversationWith(stage.agents, 'With little room')
    const long = Array.from({ length: 80 }, (_, i) => `${i} ${'x'.repeat(3_500)}`)
    for (const text of long) await stage.agents.say(conversation, text)
    await widget.bubble(long.at(-1) ?? '')
    await widget.send('And a word')
    await widget.bubble('And a word', ...STORED)
    await tab.reload()
    await widget.ensureOpen()
    await widget.bubble('And a word', ...STORED)
    await widget.send('Once more')
    await widget.bubble('Once more', ...STORED)
    expect(await tab.evaluate(keep, 'x'.repeat(QUOTA_BYTES))).toBe('QuotaExceededError')
    const log = textsOf(await stage.agents.log(conversation))
    expect(log).toEqual(['With little room', ...long, 'And a word', 'Once more'])
    expect(await problems()).toEqual([])
  })

  only(
    engine,
    'not webkit',
    'WebKitGTK has no setting to block storage',
  )('C8: the visitor lets no site keep anything', async () => {
    const host = await stage.host({ '/': page() })
    const browser = await stage.launch({ storage: 'blocked' })
    const tab = await browser.open(host.origin)
    expect(
      await tab.evaluate(() => {
        try {
          return localStorage.length
        } catch {
          return 'denied'
        }
      }),
    ).toBe('denied')
    await converse({
      tab,
      agents: stage.agents,
      topic: 'Without storage',
      keeps: false,
      reload: () => tab.reload(),
    })
    expect(await browser.problems()).toEqual([])
  })

  it('C1 C2 C6 C8: on plain http, where there are neither locks nor random ids', async () => {
    const host = await openStaticHost({ '/': page() })
    const port = Number(new URL(host.origin).port)
    const name = 'shop.test'
    const browser = await stage.launch({ alias: { name, port } })
    try {
      const origin = `http://${name}:${port}`
      await stage.agents.allowOrigin(SITE, origin)
      const tab = await browser.open(origin)
      expect(
        await tab.evaluate(() => [location.hostname, isSecureContext, 'locks' in navigator]),
      ).toEqual([name, false, false])
      await converse({
        tab,
        agents: stage.agents,
        topic: 'In plain words',
        reload: () => tab.reload(),
        during: async () => {
          // Another tab: without locks each is alone, and sees what the other sends all the same.
          const other = await browser.open(origin)
          await widgetOn(other).ensureOpen()
          await widgetOn(other).bubble('In plain words: yes')
          await other.close()
          await tab.front()
          await tab.click(INPUT)
        },
      })
      expect(await browser.problems()).toEqual([])
    } finally {
      await host.close()
    }
  })
}

/** In the page: keep this in a database of its own, and say what comes of it. */
function keep(text: string): Promise<string> {
  return new Promise((done) => {
    const opening = indexedDB.open('the-shop')
    opening.onupgradeneeded = () => opening.result.createObjectStore('own')
    opening.onerror = () => done(opening.error?.name ?? 'refused')
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('own', 'readwrite')
      transaction.objectStore('own').put(text, 1)
      transaction.oncomplete = () => done('kept')
      transaction.onabort = () => done(transaction.error?.name ?? 'aborted')
    }
  })
}

/** A test for some engines; the others say why not. */
function only(engine: string, which: string, reason: string) {
  const runs = which.startsWith('not ') ? which.slice(4) !== engine : which === engine
  if (runs) return it
  return (title: string, _test: () => Promise<void>): void => {
    console.log(`skipped: ${engine}: ${title}: ${reason}`)
    it.skip(`${title} (${reason})`, () => {})
  }
}
