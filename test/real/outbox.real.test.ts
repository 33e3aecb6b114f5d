import { expect, it } from 'vitest'

import { createMemoryKeyedStore } from '../../packages/core/src/index.ts'
import type { NodeClient } from '../node-client.ts'
import { openNodeClient } from '../node-client.ts'
import type { RelayApi } from '../relay-api.ts'
import { newId, words } from '../relay-api.ts'
import { openRelay } from './open-relay.ts'

const PAGES = 4
const PER_PAGE = 10

/** What was pressed is in the log: all of it, once, as it was pressed. */
async function expectLog(
  api: RelayApi,
  conversation: string,
  texts: readonly string[],
): Promise<void> {
  const log = await api.log(conversation)
  expect(log.map(({ body }) => body)).toEqual(texts.map(words))
  expect(log.map(({ seq }) => seq)).toEqual(texts.map((_, index) => index + 1))
}

const sent = (client: NodeClient): Promise<void> =>
  client.until('all is sent', (engine) => engine.drafts().length === 0)

it.each(['socket', 'poll'] as const)(
  'C8: what was submitted over a %s survives kill -9 of the relay and reloads of the page, once and in order',
  async (transport) => {
    const { relay, api } = await openRelay()
    // What the browser keeps, whatever becomes of its pages.
    const store = createMemoryKeyedStore()
    const open = (): Promise<NodeClient> =>
      openNodeClient({ relay: relay.origin, store, transports: [transport] })
    const conversation = newId()
    const pressed: string[] = []
    const press = async (client: NodeClient, count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const text = `pressed ${pressed.length + 1}`
        pressed.push(text)
        await client.say(conversation, text)
      }
    }

    let page = await open()
    await press(page, 2)
    await sent(page)
    for (let round = 0; round < PAGES; round++) {
      // The relay dies with sends on their way, and the page with them.
      await press(page, PER_PAGE)
      await relay.kill9()
      await press(page, 2)
      page.drop()
      // A page that is opened without a relay shows what is not sent, and takes more.
      page = await open()
      expect(page.engine.drafts(conversation).at(-1)?.body).toEqual(words(pressed.at(-1) ?? ''))
      await press(page, 2)
      if (round % 2 === 0) {
        page.drop()
        page = await open()
      }
      await relay.restart()
      page.engine.wake()
    }
    await sent(page)
    await expectLog(api, conversation, pressed)
    expect(page.texts(conversation).slice(-50)).toEqual(pressed.slice(-50))
    expect(page.faults).toEqual([])
    page.drop()

    // A browser that comes back another day: nothing waits, all is there.
    const later = await open()
    await later.until('it is live', (engine) => engine.link() === 'live')
    expect(later.engine.drafts()).toEqual([])
    await expectLog(api, conversation, pressed)
    later.drop()
  },
)

it('C8: what the relay refuses for good stays, failed with its reason, and holds up nothing; a retry sends it', async () => {
  const { relay, api } = await openRelay()
  const store = createMemoryKeyedStore()
  const page = await openNodeClient({ relay: relay.origin, store })
  const conversation = newId()
  await page.say(conversation, 'before')
  const long = await page.say(conversation, 'x'.repeat(4_001))
  await page.say(conversation, 'after')
  await page.until('one is left', ({ drafts }) => drafts().length === 1)
  await page.until('it has failed', ({ drafts }) => drafts()[0]?.failed !== undefined)
  page.drop()

  const reloaded = await openNodeClient({ relay: relay.origin, store })
  expect(reloaded.engine.drafts()).toMatchObject([
    {
      id: long.id,
      failed: { code: 'too_long', retryable: false, message: expect.stringMatching(/\.$/) },
    },
  ])
  await expectLog(api, conversation, ['before', 'after'])
  await reloaded.until('it is live', (engine) => engine.link() === 'live')
  await reloaded.engine.retry(long.id)
  await reloaded.until('it has failed again', ({ drafts }) => drafts()[0]?.failed !== undefined)
  await reloaded.engine.discard(long.id)
  expect(reloaded.engine.drafts()).toEqual([])
  await expectLog(api, conversation, ['before', 'after'])
  reloaded.drop()
})
