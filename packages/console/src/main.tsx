import type { SyncEvents } from '@homing/core'
import {
  createMemoryLocalStore,
  createPollTransport,
  createSocketTransport,
  createSyncEngine,
  uuidv7,
} from '@homing/core'
import { effect, signal, untracked } from '@preact/signals'
import { render } from 'preact'

import { createApi } from './api.ts'
import type { Me } from './api.ts'
import { clock, connect, on, post, settingOf, storageOf } from './browser.ts'
import { App } from './components/App.tsx'
import { titleOf } from './components/Frame.tsx'
import { watchConnectors } from './connectors.ts'
import { watchRoutes } from './conversation-routes.ts'
import { watchDeliveries } from './deliveries.ts'
import type { Desk } from './desk.ts'
import { createInbox } from './inbox.ts'
import { createKeptTexts } from './kept-texts.ts'
import { hrefOf, LIST, parseRoute } from './route.ts'
import { createSession } from './session.ts'
import { createState } from './state.ts'
import { strings } from './strings.ts'
import { sheetText } from './styles.ts'
import { createWhen } from './when.ts'

// The composition root: the only file that knows the browser's globals and puts the parts together.

const randomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count))
const newId = (): string => uuidv7(Date.now(), randomBytes)

const english = navigator.languages.find((tag) => /^en\b/i.test(tag)) ?? 'en-GB'
const when = createWhen(() => Date.now(), english)
const texts = createKeptTexts(storageOf(() => sessionStorage))
const kept = storageOf(() => localStorage)
const chosenSite = settingOf(kept, 'homing-console-site')
const chosenShortcuts = settingOf(kept, 'homing-console-shortcuts')
const api = createApi((input, init) => fetch(input, init))

const session = createSession({
  api,
  token: location.pathname === '/console/link' ? location.hash.slice(1) || null : null,
  forgetToken: () => history.replaceState(null, '', '/console'),
})
const desk = signal<Desk | null>(null)
const siteKey = signal(chosenSite.read())
const shortcuts = signal(chosenShortcuts.read() !== 'off')

/** One site's inbox, from sign-in or switch to sign-out or switch. */
function openDesk(me: Me, wanted: string | null): () => void {
  const site = me.sites.find(({ key }) => key === wanted) ?? me.sites[0]
  if (!site) return () => undefined
  const state = createState()
  state.route.value = parseRoute(location.hash)
  const inbox = createInbox({
    state,
    api,
    clock,
    texts,
    agent: me.agent,
    dayOf: when.dayOf,
    ended: session.ended,
    engine: (events: SyncEvents) =>
      createSyncEngine({
        site: site.key,
        relay: location.origin,
        side: 'agent',
        client: 'console/0.1.0',
        store: createMemoryLocalStore({ device: newId() }),
        transports: [
          createSocketTransport({ clock, connect }),
          createPollTransport({ clock, newId, post }),
        ],
        clock,
        random: Math.random,
        newId,
        tail: 1,
        greeting: () => ({}),
        events,
      }),
  })
  const visible = (): boolean => document.visibilityState === 'visible'
  const deliveries = watchDeliveries({ site: site.key, state, api, clock, visible })
  const connectors = watchConnectors({ site: site.key, state, api, clock, visible })
  const routes = watchRoutes({ state, api, clock, visible })

  const stops = [
    inbox.stop,
    deliveries.stop,
    connectors.stop,
    routes.stop,
    effect(() => {
      const thread = state.thread.value
      const known = thread?.phase === 'ready' ? thread : undefined
      untracked(() => routes.show(known?.conversation ?? null, known?.head ?? 0))
    }),
    effect(() => {
      const route = state.route.value
      untracked(() => inbox.open(route.name === 'inbox' ? route.conversation : null))
    }),
    effect(() => {
      document.title = titleOf(state.unread.value, site.name)
    }),
    on(window, 'hashchange', () => {
      state.route.value = parseRoute(location.hash)
    }),
    on(window, 'online', inbox.wake),
    on(window, 'pageshow', inbox.wake),
    on(window, 'focus', inbox.wake),
    on(document, 'visibilitychange', () => {
      if (document.visibilityState === 'visible') inbox.wake()
    }),
    on(window, 'beforeunload', (event) => {
      // Replies wait in memory only; the browser asks before they are lost.
      if (inbox.busy()) event.preventDefault()
    }),
  ]

  desk.value = {
    state,
    when,
    me,
    site,
    shortcuts,
    // Named late: over plain http there is no clipboard at all.
    copy: async (text) => navigator.clipboard.writeText(text),
    randomBytes,
    actions: {
      ...inbox.actions,
      loadDeliveries: deliveries.load,
      replay: deliveries.replay,
      loadConnectors: connectors.load,
      saveConnector: connectors.save,
      removeConnector: connectors.remove,
      examine: connectors.examine,
      setDesks: routes.setDesks,
      go(route) {
        if (hrefOf(route) !== location.hash) location.hash = hrefOf(route)
        state.route.value = route
      },
    },
    switchSite(key) {
      location.hash = hrefOf(LIST)
      siteKey.value = key
    },
    signOut() {
      session.signOut().then(
        () => {
          texts.clear()
          location.hash = hrefOf(LIST)
        },
        () => {
          state.notice.value = strings.unreachable
        },
      )
    },
  }
  return () => {
    desk.value = null
    document.title = strings.product
    for (const stop of stops) stop()
  }
}

effect(() => {
  const now = session.now.value
  if (now.state !== 'in') return
  const wanted = siteKey.value
  // The desk's signals are its own: only the session and the chosen site open another one.
  return untracked(() => openDesk(now.me, wanted))
})
effect(() => chosenSite.write(siteKey.value))
effect(() => chosenShortcuts.write(shortcuts.value ? null : 'off'))

const sheet = new CSSStyleSheet()
sheet.replaceSync(sheetText)
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
render(<App session={session} desk={desk} />, document.body)
void session.check()
