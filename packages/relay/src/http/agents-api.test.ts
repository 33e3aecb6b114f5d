import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAX_TEXT_LENGTH } from '@homing/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OTHER_SITE, SITE, newId, text } from '../../test/gateway-rig.ts'
import { openRawLink } from '../../test/raw-link.ts'
import type { RelayRig } from '../../test/relay-rig.ts'
import { API_KEY, ask, openRelayRig } from '../../test/relay-rig.ts'

const PASSWORD = 'a long enough password'

let rig: RelayRig
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homing-agents-api-'))
  const secrets = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`]
  const settings = { url: 'https://192.0.2.1/', secrets }
  const connectors = [
    { id: 'bot', site: SITE.key, type: 'webhook', settings },
    { id: 'elsewhere', site: OTHER_SITE.key, type: 'webhook', settings },
  ]
  const file = join(directory, 'connectors.json')
  await writeFile(file, JSON.stringify(connectors))
  rig = await openRelayRig({}, { HOMING_OWNER_PASSWORD: PASSWORD, HOMING_CONNECTORS: file })
})
afterAll(async () => {
  await rig.close()
  await rm(directory, { recursive: true, force: true })
})

/** A conversation with so many words of a visitor. */
async function conversationOf(count: number): Promise<string> {
  const link = await openRawLink(rig.url)
  await link.hello({ page: { url: 'https://shop.test/mug', title: 'Mug' } })
  const conversation = newId()
  for (let n = 1; n <= count; n++) {
    link.say({ t: 'send', id: newId(), conversation, n, body: text(`words ${n}`) })
    await link.next('ack')
  }
  link.cut()
  return conversation
}

describe('who may ask', () => {
  test.each([
    ['nothing', {}],
    ['a wrong key', { authorization: `Bearer ${API_KEY.replace('a', 'b')}` }],
    ['half a key', { authorization: `Bearer ${API_KEY.slice(0, -1)}` }],
    ['another scheme', { authorization: `Basic ${API_KEY}` }],
    ['an invented cookie', { cookie: `homing=${'A'.repeat(43)}` }],
  ])('%s is refused, on every address', async (_, headers) => {
    for (const [method, path] of [
      ['GET', '/api/v1/conversations'],
      ['GET', `/api/v1/conversations/${newId()}/entries`],
      ['POST', `/api/v1/conversations/${newId()}/entries`],
      ['PATCH', `/api/v1/conversations/${newId()}`],
      ['GET', '/api/v1/deliveries?state=parked'],
      ['PUT', '/api/v1/sites/pk_x'],
      ['GET', '/api/v1/anything'],
    ] as const) {
      const answer = await ask(`${rig.url}${path}`, { method, headers })
      expect([method, path, answer.status]).toEqual([method, path, 401])
      expect(answer.json.error).toMatchObject({ code: 'unauthorized', retryable: false })
    }
  })

  test('a session reads from anywhere and writes from the console’s own page only', async () => {
    const origin = `http://localhost:${new URL(rig.url).port}`
    const signedIn = await ask(`${rig.url}/console/sign-in`, {
      method: 'POST',
      headers: { origin },
      body: JSON.stringify({ password: PASSWORD }),
    })
    expect(signedIn.status).toBe(204)
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    const conversation = await conversationOf(1)
    expect((await ask(`${rig.url}/api/v1/conversations`, { headers: { cookie } })).status).toBe(200)
    const write = (from: string | undefined) =>
      ask(`${rig.url}/api/v1/conversations/${conversation}/entries`, {
        method: 'POST',
        headers: { cookie, ...(from === undefined ? {} : { origin: from }) },
        body: JSON.stringify({ id: newId(), body: text('hello') }),
      })
    for (const foreign of [undefined, 'null', 'https://evil.test', `${origin}.evil.test`]) {
      expect((await write(foreign)).json.error.code).toBe('origin_not_allowed')
    }
    const answer = await write(origin)
    expect(answer.status).toBe(201)
    expect(answer.json.entry.author).toMatchObject({ role: 'agent', id: 'owner' })

    // The same cookie opens the socket as an agent, under the same rule.
    const agent = await openRawLink(rig.url, origin, { cookie })
    const welcome = await agent.hello({ role: 'agent' })
    expect(welcome.visitor).toBe('owner')
    const elsewhere = await openRawLink(rig.url, 'https://shop.test', { cookie })
    elsewhere.say({
      t: 'hello',
      v: 1,
      site: SITE.key,
      token: null,
      device: 'd',
      positions: {},
      client: 'test/1',
      role: 'agent',
    })
    expect((await elsewhere.next('reject')).code).toBe('unauthorized')
    agent.cut()
    elsewhere.cut()
  })
})

describe('conversations', () => {
  test('are listed newest first, with unread, last line, visitor and page', async () => {
    const older = await conversationOf(1)
    const newer = await conversationOf(2)
    const { json } = await rig.api('GET', '/api/v1/conversations?status=open&limit=2')
    expect(json.conversations.map(({ id }: { id: string }) => id)).toEqual([newer, older])
    expect(json.conversations[0]).toMatchObject({
      head: 2,
      unread: 2,
      status: 'open',
      page: { url: 'https://shop.test/mug', title: 'Mug' },
      last: { seq: 2, body: { text: 'words 2' } },
    })
    const before = json.conversations[0].updated as number
    const next = await rig.api('GET', `/api/v1/conversations?before=${before}&limit=1`)
    expect(next.json.conversations[0].id).toBe(older)
  })

  test('C6: entries come from a place on, or back from one', async () => {
    const conversation = await conversationOf(4)
    const path = `/api/v1/conversations/${conversation}/entries`
    const seqs = async (query: string): Promise<number[]> => {
      const { json } = await rig.api('GET', `${path}${query}`)
      return json.entries.map(({ seq }: { seq: number }) => seq)
    }
    expect(await seqs('')).toEqual([1, 2, 3, 4])
    expect(await seqs('?after=1&limit=2')).toEqual([2, 3])
    expect(await seqs('?before=4&limit=2')).toEqual([2, 3])
    expect((await rig.api('GET', `${path}?limit=0`)).json.error.code).toBe('bad_request')
  })

  test('C2: a repeated id answers 200 with the first entry, another body 409', async () => {
    const conversation = await conversationOf(1)
    const path = `/api/v1/conversations/${conversation}/entries`
    const entry = { id: newId(), body: text('an answer') }
    const first = await rig.api('POST', path, entry)
    const second = await rig.api('POST', path, entry)
    const third = await rig.api('POST', path, { ...entry, body: text('another') })
    expect([first.status, second.status, third.status]).toEqual([201, 200, 409])
    expect(second.json).toEqual(first.json)
    expect(third.json.error.code).toBe('id_conflict')
    expect((await rig.api('GET', path)).json.entries).toHaveLength(2)
  })

  test('a body this version does not know is taken when it has a fallback', async () => {
    const conversation = await conversationOf(1)
    const path = `/api/v1/conversations/${conversation}/entries`
    const card = { type: 'card', fallback: 'Mug, 12 €', price: 12 }
    const answer = await rig.api('POST', path, { id: newId(), body: card })
    expect(answer.status).toBe(201)
    expect(answer.json.entry.body).toEqual(card)
  })

  test.each<[string, unknown, string]>([
    ['no fallback', { type: 'card' }, 'bad_request'],
    ['an empty text', text(' '), 'bad_request'],
    ['a text too long', text('x'.repeat(MAX_TEXT_LENGTH + 1)), 'too_long'],
    ['more beside a text than fits', { ...text('x'), more: 'y'.repeat(33_000) }, 'too_large'],
    ['a status', { type: 'status', status: 'resolved' }, 'bad_request'],
    ['a body too large', { type: 'card', fallback: 'x', data: 'y'.repeat(40_000) }, 'too_large'],
    ['no body', undefined, 'bad_request'],
  ])('%s is refused', async (_, body, code) => {
    const conversation = await conversationOf(1)
    const path = `/api/v1/conversations/${conversation}/entries`
    const answer = await rig.api('POST', path, { id: newId(), body })
    expect(answer.json.error).toMatchObject({ code, retryable: false })
    expect((await rig.api('GET', path)).json.entries).toHaveLength(1)
  })

  test('read raises the agents’ mark, and never above the head', async () => {
    const conversation = await conversationOf(3)
    const path = `/api/v1/conversations/${conversation}`
    const mark = async (): Promise<number> =>
      (await rig.api('GET', path)).json.conversation.read.agent
    expect((await rig.api('POST', `${path}/read`, { seq: 2 })).status).toBe(204)
    expect(await mark()).toBe(2)
    await rig.api('POST', `${path}/read`, { seq: 1 })
    expect(await mark()).toBe(2)
    await rig.api('POST', `${path}/read`)
    expect(await mark()).toBe(3)
  })

  test('resolved is an entry of the log, once; the visitor’s next word opens it again', async () => {
    const conversation = await conversationOf(1)
    const path = `/api/v1/conversations/${conversation}`
    for (let i = 0; i < 2; i++) {
      const { json } = await rig.api('PATCH', path, { status: 'resolved' })
      expect(json.conversation.status).toBe('resolved')
    }
    const { json } = await rig.api('GET', `${path}/entries`)
    expect(json.entries).toHaveLength(2)
    expect(json.entries[1].body).toEqual({ type: 'status', status: 'resolved' })
    expect((await rig.api('PATCH', path, { status: 'gone' })).status).toBe(400)
  })

  test('C12: none, one of another site and a strange id are one answer', async () => {
    await rig.relay.sites.save(OTHER_SITE)
    const conversation = await conversationOf(1)
    const answers = await Promise.all(
      [newId(), 'x', `${conversation}?site=${OTHER_SITE.key}`].map((id) =>
        rig.api('GET', `/api/v1/conversations/${id}`),
      ),
    )
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 404, json: { error: { code: 'not_found' } } })
    const { json } = await rig.api('GET', `/api/v1/conversations?site=${OTHER_SITE.key}`)
    expect(json.conversations).toEqual([])
    expect((await rig.api('GET', '/api/v1/conversations')).json.error.message).toContain('?site=')
    expect((await rig.api('GET', '/api/v1/conversations?site=pk_no')).json.error.code).toBe(
      'unknown_site',
    )
  })
})

describe('desks', () => {
  const put = (conversation: string, body: unknown, query = '') =>
    rig.api('PUT', `/api/v1/conversations/${conversation}/desks${query}`, body)

  test('are chosen, told, and given back to the site', async () => {
    const conversation = await conversationOf(1)
    const chosen = await put(conversation, { desks: ['bot', 'bot'] })
    expect(chosen).toMatchObject({ status: 200, json: { conversation: { desks: ['bot'] } } })
    const told = await rig.api('GET', `/api/v1/conversations/${conversation}`)
    expect(told.json.conversation.desks).toEqual(['bot'])
    expect((await put(conversation, { desks: [] })).json.conversation.desks).toEqual([])
    const all = await put(conversation, { desks: null })
    expect(all.status).toBe(200)
    expect(all.json.conversation).not.toHaveProperty('desks')
  })

  test('that the site does not have are named, and nothing changes', async () => {
    const conversation = await conversationOf(1)
    const answer = await put(conversation, { desks: ['bot', 'zendesk', 'elsewhere'] })
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'bad_request' } } })
    expect(answer.json.error.message).toBe('This site has no desk "zendesk", "elsewhere".')
    for (const desks of ['bot', [1], undefined, {}]) {
      expect([desks, (await put(conversation, { desks })).status]).toEqual([desks, 400])
    }
    const told = await rig.api('GET', `/api/v1/conversations/${conversation}`)
    expect(told.json.conversation).not.toHaveProperty('desks')
  })

  test('C12: not there equals not yours', async () => {
    const conversation = await conversationOf(1)
    const answers = [
      await put(newId(), { desks: null }),
      await put('no-uuid', { desks: null }),
      await put(conversation, { desks: null }, '?site=pk_foreign'),
    ]
    expect(new Set(answers.map(({ text: said }) => said)).size).toBe(1)
    expect(answers[0]?.status).toBe(404)
  })
})

describe('deliveries', () => {
  test('C10: parked ones are listed; one that is not parked cannot be replayed', async () => {
    const listed = await rig.api('GET', `/api/v1/deliveries?state=parked&site=${SITE.key}`)
    expect(listed.json).toEqual({ deliveries: [] })
    expect((await rig.api('GET', '/api/v1/deliveries')).status).toBe(400)
    expect((await rig.api('POST', `/api/v1/deliveries/${newId()}/replay`, {})).status).toBe(404)
  })
})

describe('sites', () => {
  test('are kept as they were read, or refused with every problem', async () => {
    const put = await rig.api('PUT', '/api/v1/sites/pk_new', {
      name: 'New',
      origins: ['HTTPS://New.test:443', 'https://*.new.test'],
    })
    expect(put.json.site.origins).toEqual(['https://new.test', 'https://*.new.test'])
    const bad = await rig.api('PUT', '/api/v1/sites/pk_bad', {
      origins: ['new.test'],
      appearance: { accent: 'red' },
    })
    expect(bad.status).toBe(400)
    for (const word of ['name', 'origin', 'accent']) expect(bad.json.error.message).toContain(word)
    const { json } = await rig.api('GET', '/api/v1/sites')
    expect(json.sites.map(({ key }: { key: string }) => key)).toContain('pk_new')
  })
})

describe('bad requests', () => {
  test('have a code, a sentence and no effect', async () => {
    const conversation = await conversationOf(1)
    const url = `${rig.url}/api/v1/conversations/${conversation}/entries`
    const headers = { authorization: `Bearer ${API_KEY}` }
    const notJson = await ask(url, { method: 'POST', headers, body: 'hello' })
    expect(notJson).toMatchObject({ status: 400, json: { error: { code: 'bad_request' } } })
    const tooLarge = await ask(url, { method: 'POST', headers, body: 'x'.repeat(70_000) })
    expect(tooLarge).toMatchObject({ status: 413, json: { error: { code: 'too_large' } } })
    const nowhere = await rig.api('GET', '/api/v1/nothing')
    expect(nowhere).toMatchObject({ status: 404, json: { error: { code: 'not_found' } } })
    expect(notJson.headers.get('cache-control')).toBe('no-store')
    expect(notJson.headers.get('access-control-allow-origin')).toBeNull()
  })
})
