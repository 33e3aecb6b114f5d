import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SITE } from '../../test/gateway-rig.ts'
import type { Answer, RelayRig } from '../../test/relay-rig.ts'
import { openRelayRig } from '../../test/relay-rig.ts'
import { CONNECTOR_TYPES } from '../connectors/registry.ts'

let rig: RelayRig
beforeAll(async () => {
  rig = await openRelayRig({}, { HOMING_PUBLIC_URL: 'https://relay.test' })
})
afterAll(() => rig.close())

const TOKEN = 'a-token-that-nobody-may-read'
const CHATWOOT = {
  url: 'https://chat.test',
  account: '1',
  inbox: '2',
  inboxIdentifier: 'abc',
  token: TOKEN,
  webhookToken: 'a-word-that-nobody-may-read',
  identityKey: 'a-key-that-nobody-may-read',
}

const put = (id: string, body: object): Promise<Answer> =>
  rig.api('PUT', `/api/v1/connectors/${id}?site=${SITE.key}`, body)

const listed = async (id: string) => {
  const { json, text } = await rig.api('GET', `/api/v1/connectors?site=${SITE.key}`)
  const found = json.connectors.find((each: { id: string }) => each.id === id)
  return { found, text }
}

describe('connectors over the API', () => {
  test('what there is: each type with its questions, and the relay’s address', async () => {
    const { json } = await rig.api('GET', '/api/v1/connector-types')
    expect(json.relay).toBe('https://relay.test')
    expect(json.types.map(({ name }: { name: string }) => name)).toEqual(
      CONNECTOR_TYPES.map(({ name }) => name),
    )
    expect(json.types.find(({ name }: { name: string }) => name === 'whatsapp')).toMatchObject({
      roles: ['desk', 'reach'],
      line: true,
      webhooks: true,
      fields: expect.arrayContaining([expect.objectContaining({ name: 'token', kind: 'secret' })]),
    })
  })

  test('a secret goes in and never comes out', async () => {
    const saved = await put('chat', { type: 'chatwoot', settings: CHATWOOT })
    expect(saved.status).toBe(200)
    expect(saved.json.connector.secrets).toEqual(['token', 'webhookToken', 'identityKey'])
    const { found, text } = await listed('chat')
    expect(found).toMatchObject({ webhook: 'https://relay.test/v1/hooks/chat', parked: 0 })
    expect(`${saved.text}${text}`).not.toContain('nobody-may-read')
  })

  test('a secret that is left out stays, and null takes it away', async () => {
    await put('chat', { type: 'chatwoot', settings: CHATWOOT })
    const { token: _, webhookToken: __, identityKey: ___, ...open } = CHATWOOT
    await put('chat', { type: 'chatwoot', settings: { ...open, account: '9', identityKey: null } })
    const { found } = await listed('chat')
    expect(found).toMatchObject({
      settings: { account: '9' },
      secrets: ['token', 'webhookToken'],
      problems: [],
    })
    const without = await put('chat', { type: 'chatwoot', settings: { ...open, token: null } })
    expect(without.status).toBe(400)
    expect((await listed('chat')).found.settings.account).toBe('9')
  })

  test('every problem of a refused save is told, each with its field', async () => {
    const { status, json } = await put('half', {
      type: 'chatwoot',
      role: 'reach',
      settings: { url: 'nonsense', token: TOKEN },
    })
    expect(status).toBe(400)
    const fields = json.error.problems.map((each: string) => each.split(':')[0])
    expect(new Set(fields)).toEqual(
      new Set([
        'role',
        'settings.url',
        'settings.account',
        'settings.inbox',
        'settings.inboxIdentifier',
        'settings.webhookSecrets',
      ]),
    )
    expect(JSON.stringify(json)).not.toContain(TOKEN)
    expect((await listed('half')).found).toBeUndefined()
  })

  describe('one that is held because its credentials are refused', () => {
    const HELD = { until: Number.MAX_SAFE_INTEGER, reason: 'Chatwoot answered 401' }
    const hold = async (id: string) => {
      await put(id, { type: 'chatwoot', settings: CHATWOOT })
      await rig.relay.store.holdConnector(id, HELD.until, HELD.reason)
      expect((await listed(id)).found.hold).toEqual(HELD)
    }

    test('is tried anew with new ones', async () => {
      await hold('locked')
      const settings = { ...CHATWOOT, token: 'another-token-that-nobody-may-read' }
      expect((await put('locked', { type: 'chatwoot', settings })).status).toBe(200)
      expect((await listed('locked')).found.hold).toBeUndefined()
    })

    test('stays held when the same are saved again, or wrong ones are refused', async () => {
      await hold('kept')
      const { token: _, webhookToken: __, identityKey: ___, ...open } = CHATWOOT
      expect((await put('kept', { type: 'chatwoot', settings: open })).status).toBe(200)
      const wrong = { ...CHATWOOT, url: 'nonsense' }
      expect((await put('kept', { type: 'chatwoot', settings: wrong })).status).toBe(400)
      expect((await listed('kept')).found.hold).toEqual(HELD)
    })

    test('is free when it was taken away and is set up again', async () => {
      await hold('again')
      await rig.api('DELETE', `/api/v1/connectors/again?site=${SITE.key}`)
      await put('again', { type: 'chatwoot', settings: CHATWOOT })
      expect((await listed('again')).found.hold).toBeUndefined()
    })
  })

  test('the doctor says what is wrong, and one that is gone has none', async () => {
    await put('sick', {
      type: 'chatwoot',
      settings: { ...CHATWOOT, url: 'http://127.0.0.1:9' },
    })
    const { json } = await rig.api('POST', `/api/v1/connectors/sick/doctor?site=${SITE.key}`)
    expect(json.findings.some(({ level }: { level: string }) => level === 'problem')).toBe(true)
    const path = `/api/v1/connectors/sick?site=${SITE.key}`
    expect((await rig.api('DELETE', path)).status).toBe(204)
    expect((await rig.api('DELETE', path)).status).toBe(404)
    const after = await rig.api('POST', `/api/v1/connectors/sick/doctor?site=${SITE.key}`)
    expect(after.status).toBe(404)
  })
})
