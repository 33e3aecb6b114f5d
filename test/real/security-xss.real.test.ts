import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'

import { expect, it, onTestFinished } from 'vitest'

import type { Tab } from '../browsers/browser.ts'
import { describeEngines } from '../browsers/engines.ts'
import { recordProblems } from '../browsers/in-page.ts'
import { rawPoll } from '../raw-poll.ts'
import type { RelayApi } from '../relay-api.ts'
import { ORIGIN, SITE, createRelayApi, newId, words } from '../relay-api.ts'
import type { RelayProcess } from '../relay-process.ts'
import { startRelay } from '../relay-process.ts'
import { openStaticHost } from '../static-host.ts'
import { WEBHOOK_SECRET, createWebhookSender } from '../webhook-sender.ts'
import { XSS_CORPUS } from '../xss-corpus.ts'
import { signIn } from './console-page.ts'
import { STORED, widgetOn } from './widget.ts'

const HOOK = 'hook'
const MAX_NAME_LENGTH = 100
/** Sites are shown with each of these names; a page load each. */
const SITE_NAMES = XSS_CORPUS.filter(
  (text) => text.length <= MAX_NAME_LENGTH && text.trim() === text,
)
const SHOWN_NAMES = SITE_NAMES.filter((_, index) => index % 12 === 0)
/** Conversations that the console has in its list, and of them those that are opened. */
const LISTED = 180
const OPENED = 60

/** A relay with a webhook connector, and no limit on how fast one address may be. */
async function openRelayWithHook(): Promise<{ relay: RelayProcess; api: RelayApi }> {
  const folder = await mkdtemp(join(tmpdir(), 'homing-xss-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'connectors.json')
  const settings = { url: 'http://127.0.0.1:9/nobody', secrets: [WEBHOOK_SECRET] }
  await writeFile(file, JSON.stringify([{ id: HOOK, site: SITE, type: 'webhook', settings }]))
  const relay = await startRelay({
    program: 'wide',
    env: { HOMING_CONNECTORS: file, HOMING_ALLOW_PRIVATE: '127.0.0.1' },
  })
  onTestFinished(() => relay.stop())
  return { relay, api: createRelayApi(relay) }
}

/** What the hostile texts would call, were they more than texts. Runs in the page. */
function setTraps(): void {
  const page = window as unknown as Record<string, unknown>
  page['__ran'] = []
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'msgbox', 'open']) {
    page[name] = () => void (page['__ran'] as string[]).push(name)
  }
}

interface Inspection {
  readonly ran: readonly string[]
  /** Elements, attributes and addresses that nothing of ours makes. */
  readonly foreign: readonly string[]
  readonly links: number
  readonly address: string
}

/** Walk through all that is drawn. Runs in the page, on its own. */
function inspect(hostName: string | null): Inspection {
  const own =
    /^(homing-widget|main|nav|aside|header|footer|section|div|span|p|h[1-3]|ul|ol|li|dl|dt|dd|a|b|i|em|strong|bdi|time|button|textarea|input|label|form|svg|path|circle|rect|line|polyline|g|noscript|select|option|output|fieldset|legend)$/
  const root: ParentNode = hostName
    ? (document.querySelector(hostName)?.shadowRoot ?? document)
    : document.body
  const foreign: string[] = []
  let links = 0
  for (const element of root.querySelectorAll('*')) {
    if (!own.test(element.localName)) foreign.push(`<${element.localName}>`)
    for (const { name, value } of element.attributes) {
      // Our own, set from code: the composer's height, places on the screen.
      if (name === 'style' && /^((--[a-z]+|height): [\d.]+px; ?)+$/.test(value)) continue
      if (/^on|^srcdoc$|^style$|^formaction$|^action$|^nonce$/.test(name)) {
        foreign.push(`${element.localName} ${name}=${value}`)
      }
    }
    if (element.localName !== 'a') continue
    links++
    const { protocol, origin } = element as HTMLAnchorElement
    const within = origin === location.origin
    if (!within && !/^(https?|mailto|tel):$/.test(protocol)) foreign.push(`a href ${protocol}`)
  }
  const { __ran: ran } = window as unknown as { __ran: readonly string[] }
  return { ran, foreign, links, address: location.href.split('#')[0] ?? '' }
}

function expectHarmless(found: Inspection, address: string): void {
  expect(found.ran).toEqual([])
  expect(found.foreign).toEqual([])
  expect(found.address).toBe(address)
}

/** The ears are open: what would have run would have been heard. */
async function expectTrapsSet(tab: Tab): Promise<void> {
  await tab.evaluate(() => {
    const button = document.createElement('button')
    button.onclick = () => alert(1)
    document.body.append(button)
    button.click()
    button.remove()
  })
  const { ran } = await tab.evaluate(inspect, null)
  expect(ran).toEqual(['alert'])
}

function bubbleTexts(): Readonly<Record<string, string>> {
  const root = document.querySelector('homing-widget')?.shadowRoot ?? document
  const bubbles = Array.from(root.querySelectorAll<HTMLElement>('[data-seq]'))
  return Object.fromEntries(
    bubbles.map((bubble) => [
      bubble.dataset['seq'],
      bubble.querySelector('[part=text], .words')?.textContent ?? '',
    ]),
  )
}

function authorTexts(): readonly string[] {
  const root = document.querySelector('homing-widget')?.shadowRoot ?? document
  const authors = root.querySelectorAll('[part=author] bdi, .bubble-author bdi')
  return Array.from(authors, (author) => author.textContent ?? '')
}

describeEngines(
  'hostile texts',
  (open) => {
    it(
      'are texts in the widget: words, names of those who answer, names of sites',
      { timeout: 400_000 },
      async () => {
        const { relay, api } = await openRelayWithHook()
        const script = `${relay.origin}/widget/${SITE}.js`
        const own = `http://localhost:${relay.port}`
        const policy = `default-src 'none'; script-src 'nonce-shop' 'strict-dynamic'; style-src 'self'; connect-src ${own} ${own.replace('http', 'ws')}; img-src ${own}; require-trusted-types-for 'script'`
        const shop = await openStaticHost({
          '/': {
            headers: { 'content-security-policy': policy },
            head: `<script nonce="shop">(${String(recordProblems)})();(${String(setTraps)})()</script>
            <script nonce="shop" async src="${script}" crossorigin></script>`,
            body: '<h1>A careful shop</h1>',
          },
        })
        onTestFinished(() => shop.close())
        const saveSite = async (name: string, greeting: string): Promise<void> => {
          const { status, text } = await api.ask('PUT', `/api/v1/sites/${SITE}`, {
            name,
            origins: [shop.origin],
            appearance: { accent: '#3b5bdb', side: 'end', scheme: 'auto', greeting },
          })
          expect(status, text).toBe(200)
        }
        await saveSite('Lamps', 'Hello')
        const browser = await open()
        const tab = await browser.open(shop.origin)
        const widget = widgetOn(tab)
        await widget.open()
        await widget.send('Hello?')
        await widget.bubble('Hello?', ...STORED)
        const { json } = await api.ask('GET', '/api/v1/conversations')
        const conversation: string = json.conversations[0].id
        const hook = createWebhookSender(api, HOOK)
        for (const [index, text] of XSS_CORPUS.entries()) {
          const { status } = await hook.post({ conversation, id: `m${index}`, text, author: text })
          expect(status).toBe(200)
        }
        const last = String(XSS_CORPUS.length + 1)
        await tab.within(60_000).until((seq) => {
          const root = document.querySelector('homing-widget')?.shadowRoot
          return root?.querySelector(`[data-seq="${seq}"]`) != null
        }, last)
        const shown = await tab.evaluate(bubbleTexts)
        const log = await api.log(conversation)
        const wrong = XSS_CORPUS.filter((text, index) => shown[index + 2] !== text.trimEnd())
        expect(wrong).toEqual([])
        expect(log.length).toBe(XSS_CORPUS.length + 1)
        // Each is another person's, so each name stands above its bubble.
        expect(new Set(await tab.evaluate(authorTexts))).toEqual(
          // Half a character has no place in a database.
          new Set(XSS_CORPUS.map((name) => name.toWellFormed())),
        )
        const inThread = await tab.evaluate(inspect, 'homing-widget')
        expectHarmless(inThread, `${shop.origin}/`)
        expect(inThread.links).toBeGreaterThan(20)

        let names = 0
        for (const name of SHOWN_NAMES) {
          await saveSite(name, name)
          // The script is kept for some minutes; another address is another script.
          shop.put(`/${++names}`, {
            headers: { 'content-security-policy': policy },
            head: `<script nonce="shop">(${String(recordProblems)})();(${String(setTraps)})()</script>
            <script nonce="shop" async src="${script}?${names}" crossorigin></script>`,
            body: '<h1>A careful shop</h1>',
          })
          await tab.goto(`${shop.origin}/${names}`)
          await widget.ensureOpen()
          await tab.until((wanted) => {
            const root = document.querySelector('homing-widget')?.shadowRoot
            return root?.querySelector('[part=frame]')?.textContent?.includes(wanted)
          }, name)
          expectHarmless(await tab.evaluate(inspect, 'homing-widget'), `${shop.origin}/${names}`)
        }
        expect(await browser.problems()).toEqual([])
        await expectTrapsSet(tab)

        // The others in the script that they are written into, as an engine reads it.
        for (const name of SITE_NAMES) {
          await saveSite(name, name)
          const { text } = await api.ask('GET', `/widget/${SITE}.js`, undefined, {})
          expect(() => runInNewContext(`(function(){${text}})`)).not.toThrow()
          expect(text).toContain(
            JSON.stringify(name)
              .slice(1, -1)
              .replaceAll('<', '\\u003c')
              .replaceAll('\u2028', '\\u2028')
              .replaceAll('\u2029', '\\u2029'),
          )
        }
        console.info(
          `${XSS_CORPUS.length} texts and names of people, ${SHOWN_NAMES.length} names of sites shown and ${SITE_NAMES.length} written: nothing ran, ${inThread.links} links, no violation.`,
        )
      },
    )

    it(
      'are texts in the console: words, titles and addresses of pages, names of people and of sites',
      { timeout: 400_000 },
      async () => {
        const { relay, api } = await openRelayWithHook()
        await api.addSite(SITE)
        // What each visitor says, and where he says that he is.
        const conversations: string[] = []
        for (const text of XSS_CORPUS) {
          const conversation = newId()
          conversations.push(conversation)
          const page = { url: text, title: text, referrer: text }
          const send = { t: 'send', id: newId(), conversation, n: 1, body: words(text) }
          const { frames } = await rawPoll(relay, [send], {
            hello: { device: newId(), client: text, page },
          })
          expect(frames.some(({ t }) => t === 'ack')).toBe(true)
        }
        const talk = conversations.at(-1) ?? ''
        for (const [index, name] of SITE_NAMES.entries()) {
          const { status } = await api.ask('PUT', `/api/v1/sites/pk_s${index}`, {
            name,
            origins: [ORIGIN],
          })
          expect(status).toBe(200)
        }

        const browser = await open()
        const console_ = `http://localhost:${relay.port}/console`
        const tab = await browser.open(console_)
        await tab.evaluate(setTraps)
        await signIn(tab)
        const openConversation = async (id: string): Promise<void> => {
          await tab.evaluate((to) => {
            location.hash = `#/c/${to}/details`
          }, id)
        }
        // The whole list, as far as it goes.
        expectHarmless(await tab.evaluate(inspect, null), console_)
        await openConversation(talk)
        await tab.until(() => document.querySelector('[data-reply]') !== null)
        const hook = createWebhookSender(api, HOOK)
        for (const [index, text] of XSS_CORPUS.entries()) {
          await hook.post({ conversation: talk, id: `m${index}`, text, author: text })
        }
        await tab
          .within(30_000)
          .until(
            (seq) => document.querySelector(`[data-seq="${seq}"]`) !== null,
            String(XSS_CORPUS.length + 1),
          )
        const shown = await tab.evaluate(bubbleTexts)
        const wrong = XSS_CORPUS.filter((text, index) => shown[index + 2] !== text.trimEnd())
        expect(wrong).toEqual([])
        const thread = await tab.evaluate(inspect, null)
        expectHarmless(thread, console_)

        let seen = 0
        for (const [index, text] of XSS_CORPUS.entries()) {
          // The talk is the last one, and of the oldest ones there are too many for the list.
          const place = XSS_CORPUS.length - 1 - index
          if (place === 0 || place > LISTED || place % (LISTED / OPENED) !== 0) continue
          await openConversation(conversations[index] ?? '')
          await tab.until(
            (wanted) => document.querySelector('.page-title')?.textContent === wanted,
            text,
          )
          expectHarmless(await tab.evaluate(inspect, null), console_)
          seen++
        }
        const names = await tab.evaluate(() =>
          Array.from(document.querySelectorAll('option'), (option) => option.textContent ?? ''),
        )
        expect(SITE_NAMES.filter((name) => !names.includes(name.toWellFormed()))).toEqual([])
        // Who is not signed in yet is told so, which the browser takes down as a failed load.
        const problems = await browser.problems()
        expect(problems.filter(({ text }) => !text.endsWith('/console/me'))).toEqual([])
        await expectTrapsSet(tab)
        console.info(
          `${XSS_CORPUS.length} texts and names in a thread, ${seen} conversations opened with hostile pages, ${SITE_NAMES.length} names of sites: nothing ran, ${thread.links} links, no violation.`,
        )
      },
    )
  },
  ['chromium'],
)
