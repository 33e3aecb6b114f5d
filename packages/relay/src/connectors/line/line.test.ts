import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { validateSignature } from '@line/bot-sdk'
import { describe, expect, test } from 'vitest'
import { connectorContract } from '../../../test/contracts/connector-contract.ts'
import { GOOD, MERCHANT, NOW, SECRET, VISITOR, settings, sign } from '../../../test/line-rig.ts'
import { line } from './index.ts'

connectorContract({
  connector: line,
  settings: (url) => ({ ...GOOD, apiUrl: url, dataUrl: url }),
  required: ['channelAccessToken', 'channelSecret'],
  wrong: {
    channelSecret: 'short',
    merchantUserId: '@shop',
    merchantName: 7,
    basicId: 'lamps',
    apiUrl: 'x',
    dataUrl: 1,
  },
  sign,
  signature: { headers: ['x-line-signature'], stamped: false, covers: true },
  message: JSON.stringify({
    destination: 'U1',
    events: [
      {
        type: 'message',
        mode: 'active',
        timestamp: NOW,
        source: { type: 'user', userId: MERCHANT },
        webhookEventId: '01K5',
        message: { type: 'text', id: '1', text: 'hi' },
      },
    ],
  }),
  unknown: JSON.stringify({ destination: 'U1', events: [] }),
  healthy: ({ path }) => {
    if (path.endsWith('/push')) {
      return { status: 200, body: JSON.stringify({ sentMessages: [{ id: '461230966842064897' }] }) }
    }
    const about = {
      displayName: 'Shop',
      endpoint: 'https://relay.test/',
      active: true,
      success: true,
    }
    return { status: 200, body: JSON.stringify(about) }
  },
  keyOf: ({ headers }) => headers['x-line-retry-key'],
})

describe('line: signatures, held against the official library', () => {
  const body = '{"destination":"U1","events":[],"note":"👋 在庫"}'

  test('what it takes, we take', () => {
    const request = sign(body)
    const signature = request.headers['x-line-signature'] ?? ''
    expect(validateSignature(Buffer.from(request.body), SECRET, signature)).toBe(true)
    expect(line.verify(request, settings(), NOW)).toEqual({ ok: true })
  })

  test.each([
    ['a changed body', { body: new TextEncoder().encode(body.replace('U1', 'U2')) }],
    ['the same JSON written differently', { body: new TextEncoder().encode(`${body} `) }],
    ['another secret', { headers: { 'x-line-signature': 'A'.repeat(43).concat('=') } }],
    ['hex in place of base64', { headers: { 'x-line-signature': 'ab'.repeat(32) } }],
    ['nothing', { headers: { 'x-line-signature': '' } }],
  ])('what it refuses, we refuse: %s', (_what, change) => {
    const request = { ...sign(body), ...change }
    const signature = request.headers['x-line-signature'] ?? ''
    expect(validateSignature(Buffer.from(request.body), SECRET, signature)).toBe(false)
    expect(line.verify(request, settings(), NOW)).toMatchObject({ ok: false, status: 401 })
  })
})

describe('line: what a webhook tells', () => {
  const file = join(import.meta.dirname, '../../../test/fixtures/line/webhook.json')
  const request = sign(readFileSync(file, 'utf8'))
  const facts = line.parse(request, settings())

  test('C11: each event once, in order, under its own id; what is not for us is left out', () => {
    expect(facts.map(({ event }) => event.slice(-2))).toEqual([
      '01',
      '02',
      '03',
      '04',
      '05',
      '06',
      '07',
      '08',
      '09',
    ])
  })

  test("a person's words are a visitor's, by the person's id", () => {
    expect(facts[0]).toEqual({
      kind: 'message',
      event: '01K5QKT2M0000000000000001',
      side: 'reach',
      where: { thread: VISITOR },
      time: 1_790_000_000_001,
      externalId: '444573844083572737',
      author: { role: 'visitor', id: VISITOR },
      echo: false,
      body: { type: 'text', text: '在庫はありますか？ 👋' },
    })
  })

  test("the merchant's are the desk's, with what was quoted", () => {
    expect(facts[1]).toMatchObject({
      side: 'desk',
      where: { line: MERCHANT, quoted: '444573844083572700' },
      author: { role: 'agent', id: MERCHANT, name: 'Mia' },
    })
    expect(facts[2]).toMatchObject({ side: 'desk', body: { type: 'text', text: '/list' } })
    expect(facts[2]?.where).toEqual({ line: MERCHANT })
  })

  test('without merchantUserId everybody is a visitor', () => {
    const { channelAccessToken, channelSecret } = GOOD
    const parsed = line.configure({ channelAccessToken, channelSecret })
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    const sides = line.parse(request, parsed.settings).map(({ side }) => side)
    expect(new Set(sides)).toEqual(new Set(['reach']))
  })

  test('files come by reference, stickers and places as words', () => {
    expect(facts[3]).toMatchObject({
      body: { type: 'text', text: '' },
      media: [{ reference: '444573844083572740' }],
    })
    expect(facts[4]).toMatchObject({
      media: [{ reference: '444573844083572741', name: 'invoice.pdf' }],
    })
    expect(facts[5]).toMatchObject({ body: { fallback: '(sticker: thanks, bow, happy)' } })
    expect(facts[6]).toMatchObject({
      body: { text: '📍 Station, 1-3 Kioicho\nhttps://www.google.com/maps?q=35.67966,139.73669' },
    })
  })

  test("a picture of a mini app is at that one's own address", () => {
    const originalContentUrl = 'https://mini.test/a.png'
    const text = readFileSync(file, 'utf8').replace(
      '{ "type": "line" }',
      JSON.stringify({ type: 'external', originalContentUrl }),
    )
    expect(line.parse(sign(text), settings())[3]).toMatchObject({
      media: [{ reference: originalContentUrl }],
    })
  })

  test('who blocks the account wants no more; who comes back does', () => {
    expect(facts[7]).toMatchObject({ kind: 'opt', out: true, where: { thread: VISITOR } })
    expect(facts[8]).toMatchObject({ kind: 'opt', out: false, where: { thread: VISITOR } })
  })

  test('what the merchant does with the account is nothing to a visitor', () => {
    const text = readFileSync(file, 'utf8').replaceAll(VISITOR, MERCHANT)
    const kinds = line.parse(sign(text), settings()).map(({ kind }) => kind)
    expect(kinds).not.toContain('opt')
  })
})
