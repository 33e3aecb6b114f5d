import { describe, expect, test } from 'vitest'
import {
  NOW,
  OTHER_SITE,
  SITE,
  fromAgent,
  fromVisitor,
  id,
} from '../../test/contracts/store-fixtures.ts'
import { makeStoreDirectory } from '../../test/store-directory.ts'
import { configureConnectors } from '../connectors/configure.ts'
import { SILENT_LOG } from '../log.ts'
import type { Store } from '../store/store.ts'
import { createApp } from './app.ts'
import type { RouteLine } from './conversation-routes.ts'
import { conversationRoutes } from './conversation-routes.ts'

const CONVERSATION = id(1000)
const DAY_MS = 24 * 3_600_000
const SECRETS = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`]

const parsed = configureConnectors([
  { id: 'bot', site: SITE, type: 'webhook', settings: { url: 'https://a.test', secrets: SECRETS } },
  {
    id: 'wa',
    site: SITE,
    type: 'whatsapp',
    role: 'both',
    settings: {
      phoneNumberId: '106540352242922',
      token: 't',
      appSecret: 's',
      verifyToken: 'v',
      merchant: '+491700000',
    },
  },
])
if (!parsed.ok) throw new Error(parsed.problems.join())
const connectors = parsed.settings

/** What is looked at of an answer, good or bad. */
interface Told {
  readonly tag: string
  readonly desks: readonly string[] | null
  readonly routes: readonly RouteLine[]
  readonly error: { readonly code: string }
}

async function openRoutes() {
  const store = await (await makeStoreDirectory()).open()
  const clock = { time: NOW, now: () => clock.time }
  const ofSite = (site: string) => connectors.filter((each) => each.site === site)
  const app = createApp({
    routes: [conversationRoutes({ store, roster: { ofSite }, clock })],
    log: SILENT_LOG,
    mount: undefined,
  })
  const ask = async (query = '', conversation = CONVERSATION) => {
    const answer = await app.request(`/conversations/${conversation}/routes${query}`)
    return { status: answer.status, json: (await answer.json()) as Told }
  }
  const route = async (connector: string): Promise<RouteLine> => {
    const found = (await ask()).json.routes.find((each) => each.connector === connector)
    if (!found) throw new Error(`there is no route "${connector}"`)
    return found
  }
  await store.append(fromVisitor(1, { connectors: ['bot'] }))
  return { store, clock, ask, route }
}

async function refuse(store: Store, reason: string, now: number): Promise<string> {
  const [delivery] = await store.claim('worker', 1, 60_000, now)
  if (!delivery) throw new Error('nothing is due')
  await store.settle(delivery, { kind: 'parked', reason }, now)
  return delivery.id
}

describe('where a conversation goes', () => {
  test('every connector of its site, and which of the desks are its own', async () => {
    const { store, ask } = await openRoutes()
    const { json } = await ask()
    expect(json.desks).toBeNull()
    // By which people call it on their phones.
    expect(json.tag).toMatch(/^[2-9A-Z]{4}$/)
    expect(json.routes).toMatchObject([
      { connector: 'bot', hook: 'bot', type: 'webhook', role: 'desk', active: true, waiting: 1 },
      { connector: 'wa', hook: 'wa', type: 'whatsapp', role: 'desk', active: true, thread: null },
      { connector: 'wa~reach', hook: 'wa', role: 'reach', active: false, window: null },
    ])
    const change = { desks: ['wa'], entering: [], leaving: ['bot'] }
    await store.setDesks(CONVERSATION, change, NOW)
    const chosen = await ask()
    expect(chosen.json.desks).toEqual(['wa'])
    const active = chosen.json.routes.map(({ active }) => active)
    expect(active).toEqual([false, true, false])
  })

  test('the window of a person is a clock: open until, closed, and asked to write again', async () => {
    const { store, clock, route } = await openRoutes()
    await store.link('wa~reach', CONVERSATION, '491701234567')
    expect(await route('wa~reach')).toMatchObject({
      active: true,
      thread: '491701234567',
      window: { open: false, closes: null, asked: null },
    })
    await store.openWindow('wa~reach', '491701234567', NOW)
    const closes = NOW + DAY_MS
    expect((await route('wa~reach')).window).toEqual({ open: true, closes, asked: null })
    clock.time = closes
    expect((await route('wa~reach')).window).toEqual({ open: false, closes, asked: null })
    await store.woke('wa~reach', '491701234567', closes + 5)
    expect((await route('wa~reach')).window).toMatchObject({ open: false, asked: closes + 5 })
  })

  test('a line has one window for all conversations', async () => {
    const { store, route } = await openRoutes()
    expect((await route('wa')).window).toEqual({ open: false, closes: null, asked: null })
    await store.openWindow('wa', 'line', NOW)
    expect((await route('wa')).window).toMatchObject({ open: true, closes: NOW + DAY_MS })
    expect((await route('bot')).window).toBeNull()
  })

  test('who wants no more messages there is not reached', async () => {
    const { store, route } = await openRoutes()
    await store.link('wa~reach', CONVERSATION, '491701234567')
    await store.opt('wa~reach', '491701234567', true, NOW)
    expect(await route('wa~reach')).toMatchObject({ active: false, optedOut: true })
  })

  test('what was refused last is told with its reason, and counts no more as waiting', async () => {
    const { store, route } = await openRoutes()
    await store.append(fromAgent(2, { connectors: ['bot'] }))
    await store.append(fromAgent(3, { connectors: ['bot'] }))
    await refuse(store, 'too long', NOW + 10)
    const last = await refuse(store, 'gone', NOW + 20)
    expect(await route('bot')).toMatchObject({
      waiting: 1,
      failure: { id: last, seq: 2, attempts: 1, reason: 'gone', time: NOW + 20 },
    })
    expect((await route('wa')).failure).toBeNull()
  })

  test('C12: a conversation that is not there, and one of another site, are the same', async () => {
    const { ask } = await openRoutes()
    const answers = [
      await ask('', id(999)),
      await ask('', 'nonsense'),
      await ask(`?site=${OTHER_SITE}`),
    ]
    for (const { status, json } of answers) {
      expect([status, json.error.code]).toEqual([404, 'not_found'])
    }
    expect((await ask(`?site=${SITE}`)).status).toBe(200)
  })
})
