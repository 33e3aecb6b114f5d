import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createChatwootDesk } from './chatwoot-desk.ts'
import type { ChatwootDesk } from './chatwoot-desk.ts'
import { until } from './delivery-parts.ts'
import type { FaultServer } from './fault-server.ts'
import { startFaultServer } from './fault-server.ts'
import { SITE, newId, text } from './gateway-rig.ts'
import { openRawLink } from './raw-link.ts'
import type { RawLink } from './raw-link.ts'
import type { RelayRig } from './relay-rig.ts'
import { openRelayRig } from './relay-rig.ts'

/** A whole relay with Chatwoot as its desk, set up as the console does it. */
const PATIENCE_MS = 15_000
const RIGHT = 'the-right-access-token'

let far: FaultServer
let desk: ChatwootDesk
let rig: RelayRig
let visitor: RawLink
let n = 0

beforeEach(async () => {
  n = 0
  desk = createChatwootDesk(() => Date.now())
  far = await startFaultServer()
  far.answer(({ method, path, headers, body }) => {
    if (path.startsWith('/api/') && headers['api_access_token'] !== RIGHT) return { status: 401 }
    if (/\/(toggle_typing|update_last_seen)\b/.test(path)) return { status: 200 }
    const found = desk.answer(method, path, body === '' ? {} : JSON.parse(body))
    return { status: found === undefined ? 404 : 200, body: JSON.stringify(found ?? {}) }
  })
  rig = await openRelayRig({}, { HOMING_ALLOW_PRIVATE: '127.0.0.1' })
  visitor = await openRawLink(rig.url)
  await visitor.hello()
})
afterEach(async () => {
  visitor.cut()
  await rig.close()
  far.close()
})

const setUp = (token: string) =>
  rig.api('PUT', `/api/v1/connectors/chat?site=${SITE.key}`, {
    type: 'chatwoot',
    settings: {
      url: far.url,
      account: '1',
      inbox: '5',
      inboxIdentifier: 'inbox-id',
      token,
      webhookToken: 'a-long-token-in-the-address',
    },
  })
const say = async (words: string, conversation = newId()): Promise<string> => {
  visitor.say({ t: 'send', id: newId(), conversation, n: ++n, body: text(words) })
  await visitor.next('ack')
  return conversation
}
const words = (): unknown[] =>
  desk.messages.filter(({ private: note }) => note === false).map(({ content }) => content)
const arrived = (...expected: readonly string[]) =>
  until('it arrived', async () => words().length >= expected.length, PATIENCE_MS).then(() =>
    expect(words()).toEqual(expected),
  )
const asked = (what: RegExp) =>
  until(
    `${what} was asked`,
    async () => far.requests.find(({ path }) => what.test(path))?.path,
    PATIENCE_MS,
  )

describe('a whole relay and Chatwoot', () => {
  test('agents there see that the visitor types, and that he has read', async () => {
    await setUp(RIGHT)
    const conversation = await say('Is it blue?')
    await arrived('Is it blue?')
    const thread = await until(
      'its thread is known',
      () => rig.relay.store.thread('chat', conversation),
      PATIENCE_MS,
    )
    const at = `/public/api/v1/inboxes/inbox-id/contacts/${conversation}/conversations/${thread}`
    visitor.say({ t: 'typing', conversation, on: true })
    expect(await asked(/toggle_typing/)).toBe(`${at}/toggle_typing?typing_status=on`)
    await rig.api('POST', `/api/v1/conversations/${conversation}/entries`, {
      id: newId(),
      body: text('It is.'),
    })
    visitor.say({ t: 'read', conversation, seq: 2 })
    expect(await asked(/update_last_seen/)).toBe(`${at}/update_last_seen`)
  })

  test('C10: a token that is refused holds everything; the right one lets it go', async () => {
    await setUp('a-token-that-was-taken-back')
    await say('first')
    const held = await until(
      'it is held',
      async () => (await rig.relay.store.holds(Date.now())).at(0),
      PATIENCE_MS,
    )
    expect(held.connector).toBe('chat')
    await say('second')
    await setUp(RIGHT)
    // At once, and not after the minutes of the hold.
    await arrived('second')
    const { json } = await rig.api('GET', `/api/v1/deliveries?site=${SITE.key}&state=parked`)
    expect(json.deliveries).toMatchObject([{ connector: 'chat', seq: 1 }])
    const replay = `/api/v1/deliveries/${json.deliveries[0].id}/replay`
    expect((await rig.api('POST', replay)).status).toBeLessThan(300)
    await arrived('second', 'first')
  })
})
