import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import { messagingEvent, metaSigned } from '../../../test/meta-signed.ts'
import type { ConnectorIo } from '../connector.ts'
import { partsOf } from '../../deliveries/parts.ts'
import { instagram } from './index.ts'

const ACCOUNT = '17841400000000001'
const PERSON = '800100200300400'
const NOW = 1_790_000_000_000
const GOOD = {
  accountId: ACCOUNT,
  token: 'account-token',
  appSecret: 'instagram-app-secret',
  verifyToken: 'verify-token',
}

const sign = (body: string) => metaSigned(body, GOOD.appSecret)
const eventOf = (event: object) => messagingEvent('instagram', ACCOUNT, NOW, event)

const FIELDS = ['messages', 'messaging_postbacks', 'messaging_referral', 'messaging_seen']

connectorContract({
  connector: instagram,
  settings: (url) => ({ ...GOOD, url }),
  required: ['accountId', 'token', 'appSecret', 'verifyToken'],
  wrong: { accountId: '@shop', token: 'two words', appSecret: [7], verifyToken: 1, version: 'v1' },
  sign,
  signature: { headers: ['x-hub-signature-256'], stamped: false, covers: true },
  message: eventOf({
    sender: { id: PERSON },
    recipient: { id: ACCOUNT },
    message: { mid: 'aWd1', text: 'hi' },
  }),
  by: 'visitor',
  unknown: eventOf({ sender: { id: PERSON }, reaction: { mid: 'aWd1', action: 'react' } }),
  healthy: ({ path }) => {
    const body = path.endsWith('/subscribed_apps')
      ? { data: [{ subscribed_fields: FIELDS }] }
      : { user_id: ACCOUNT, username: 'shop', message_id: 'aWd9' }
    return { status: 200, body: JSON.stringify(body) }
  },
  // Instagram has no place for it: only that a send was one is told here.
  keyOf: ({ path }) => (path.endsWith('/messages') ? outbound().key : undefined),
  failures: { 500: 'unknown', 502: 'unknown' },
})

const parsed = instagram.configure(GOOD)
if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
const { settings } = parsed

describe('instagram: what a webhook tells', () => {
  const file = join(import.meta.dirname, '../../../test/fixtures/instagram/webhook.json')
  const request = sign(readFileSync(file, 'utf8'))
  const facts = instagram.parse(request, settings)
  const at = (event: string) => facts.find((fact) => fact.event === event)

  test('C11: each event once, under an id of its own; what is not for us is left out', () => {
    expect(instagram.verify(request, settings, NOW)).toEqual({ ok: true })
    expect(facts.map(({ event }) => event)).toEqual([
      'aWd1',
      'aWd2',
      'aWd3',
      'aWd4',
      'aWd5',
      'aWd1:deleted',
      'aWd6',
      'aWd6:read',
    ])
    expect(new Set(facts.map(({ side }) => side))).toEqual(new Set(['reach']))
  })

  test.each([
    ['aWd1', { type: 'text', text: 'Gibt es das in Blau? 👋' }],
    ['aWd2', { type: 'text', text: '↩ https://cdn.test/story\nWow' }],
    ['aWd3', { type: 'text', text: '@ https://cdn.test/mention' }],
    ['aWd4', { type: 'text', text: 'A reel\nhttps://cdn.test/reel' }],
    ['aWd5', { type: 'unsupported', fallback: 'Sent something that Instagram does not pass on.' }],
    ['aWd1:deleted', { type: 'unsupported', fallback: 'Deleted a message on Instagram.' }],
  ])('%s is told as %j', (event, body) => {
    expect(at(event)).toMatchObject({
      kind: 'message',
      where: { thread: PERSON },
      author: { role: 'visitor', id: PERSON },
      body,
    })
  })

  test("an echo may be ours or an agent's on the phone: by its id the relay tells which", () => {
    expect(instagram.capabilities.echoes).toBe(true)
    expect(at('aWd6')).toMatchObject({
      kind: 'message',
      externalId: 'aWd6',
      author: { role: 'agent', id: ACCOUNT },
      where: { thread: PERSON },
      echo: false,
    })
  })

  test('C9: what was read is told by its id', () => {
    expect(at('aWd6:read')).toMatchObject({ kind: 'receipt', externalId: 'aWd6', state: 'read' })
  })
})

describe('instagram: a send', () => {
  test('has the words alone: no note, no kind', async () => {
    const bodies: unknown[] = []
    const io: ConnectorIo = {
      now: NOW,
      signal: new AbortController().signal,
      fetch: async (_url, init) => {
        bodies.push(typeof init?.body === 'string' ? JSON.parse(init.body) : undefined)
        return Response.json({ recipient_id: PERSON, message_id: 'aWd9' })
      },
    }
    const entry = { ...outbound().entry, body: { type: 'text', text: 'Ja.' } } as const
    const receipt = await instagram.send(
      outbound({ role: 'reach', thread: PERSON, entry }),
      settings,
      io,
    )
    expect(receipt).toEqual({ externalIds: ['aWd9'] })
    expect(bodies).toEqual([{ recipient: { id: PERSON }, message: { text: 'Ja.' } }])
  })

  test('no part of a long text is over 1,000 bytes, and none cuts a character', () => {
    const text = '在庫は👋ありますか'.repeat(100)
    const entry = { ...outbound().entry, body: { type: 'text', text } } as const
    const parts = partsOf(outbound({ entry }), instagram.capabilities)
    const texts = parts.map((part) =>
      'text' in part.entry.body ? String(part.entry.body.text) : '',
    )
    for (const each of texts) {
      expect(Buffer.byteLength(each)).toBeLessThanOrEqual(1_000)
      expect(each.isWellFormed()).toBe(true)
    }
    expect(texts.join('')).toBe(text)
  })
})

describe('instagram: the doctor', () => {
  const look = (me: object, fields: readonly string[]) => {
    const io: ConnectorIo = {
      now: NOW,
      signal: new AbortController().signal,
      fetch: async (url) =>
        Response.json(url.includes('/me?') ? me : { data: [{ subscribed_fields: fields }] }),
    }
    return instagram.doctor(settings, io)
  }

  test('says whose token it is and what is not told', async () => {
    const well = await look({ user_id: ACCOUNT, username: 'shop' }, FIELDS)
    expect(well.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok'])
    const other = await look({ user_id: '17841499999999999', username: 'other' }, FIELDS)
    expect(other).toHaveLength(1)
    expect(other[0]).toMatchObject({ level: 'problem' })
    const deaf = await look({ user_id: ACCOUNT, username: 'shop' }, ['messages'])
    expect(deaf[1]?.message).toContain('messaging_seen')
  })
})
