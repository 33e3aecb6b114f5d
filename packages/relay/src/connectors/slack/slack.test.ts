import { isValidSlackRequest } from '@slack/bolt'
import { describe, expect, test } from 'vitest'
import { connectorContract } from '../../../test/contracts/connector-contract.ts'
import {
  GIVEN,
  NOW,
  SECRET,
  SETTINGS,
  THREAD,
  bodyOf,
  farSide,
  healthy,
  ioOf,
  sign,
} from '../../../test/slack-rig.ts'
import type { RawWebhook } from '../connector.ts'
import { slack } from './index.ts'

connectorContract({
  connector: slack,
  settings: (url) => ({ ...GIVEN, url: `${url}/api` }),
  required: ['token', 'signingSecret', 'channel'],
  wrong: {
    token: 'xoxp-1',
    signingSecret: 'short',
    channel: '#support',
    agents: ['Mia'],
    url: 'ftp://x',
  },
  sign,
  signature: {
    headers: ['x-slack-signature', 'x-slack-request-timestamp'],
    stamped: true,
    covers: true,
  },
  message: bodyOf('reply'),
  echo: bodyOf('own'),
  unknown: bodyOf('changed'),
  thread: THREAD,
  healthy: ({ path }) => ({ status: 200, body: JSON.stringify(healthy(path)) }),
  keyOf: ({ path, body }) => {
    if (!path.includes('chat.postMessage')) return undefined
    const { metadata } = JSON.parse(body) as { metadata: { event_payload: { key: string } } }
    return metadata.event_payload.key
  },
  // Slack may have posted before it failed; it can be looked up, so it is.
  failures: { 500: 'unknown', 502: 'unknown' },
})

describe('slack: signatures, with the official check as the judge', () => {
  const bodies = ['{"a":1}', '{ "b" : "👋 grüezi", "a" : 1 }', bodyOf('reply')]

  test.each(bodies)('%j is taken by both', (body) => {
    const request = sign(body, 'x', NOW)
    expect(slack.verify(request, SETTINGS, NOW)).toEqual({ ok: true })
    expect(official(request)).toBe(true)
  })

  test('a changed body, time, secret or version is taken by neither', () => {
    const good = sign('{"a":1}', 'x', NOW)
    const seconds = String(NOW / 1000)
    const changes: Partial<RawWebhook>[] = [
      { body: new TextEncoder().encode('{"a":2}') },
      { headers: { ...good.headers, 'x-slack-request-timestamp': String(NOW / 1000 - 1) } },
      { headers: sign('{"a":1}', 'x', NOW, 'f'.repeat(32)).headers },
      { headers: { ...good.headers, 'x-slack-signature': 'v1=00' } },
      { headers: { ...good.headers, 'x-slack-signature': 'v0=' } },
      { headers: sign('{"a":1}', 'x', NOW - 301_000).headers },
    ]
    for (const change of changes) {
      expect(slack.verify({ ...good, ...change }, SETTINGS, NOW)).toMatchObject({ ok: false })
      expect(official({ ...good, ...change })).toBe(false)
    }
    const broken = { ...good, headers: { ...good.headers, 'x-slack-request-timestamp': '1e9' } }
    expect(slack.verify(broken, SETTINGS, NOW)).toMatchObject({ ok: false, status: 400 })
    expect(seconds).toHaveLength(10)
  })
})

describe('slack: the question at registration', () => {
  const question = JSON.stringify({ token: 'x', challenge: '3eZbrw1aB', type: 'url_verification' })

  test('is answered with its challenge when it is signed, and refused when it is not', () => {
    const asked = sign(question, 'x', NOW)
    expect(slack.greet(asked, SETTINGS)).toEqual({
      status: 200,
      contentType: 'text/plain',
      body: '3eZbrw1aB',
    })
    const forged = sign(question, 'x', NOW, 'f'.repeat(32))
    expect(slack.greet(forged, SETTINGS)).toMatchObject({ status: 403 })
    expect(slack.greet({ ...asked, headers: {} }, SETTINGS)).toMatchObject({ status: 403 })
  })

  test('an ordinary event is no question', () => {
    expect(slack.greet(sign(bodyOf('reply'), 'x', NOW), SETTINGS)).toBeUndefined()
    expect(slack.greet({ ...sign(question, 'x', NOW), method: 'GET' }, SETTINGS)).toBeUndefined()
    expect(slack.greet(sign('{', 'x', NOW), SETTINGS)).toBeUndefined()
  })
})

describe('slack: the doctor', () => {
  test('names each right that is missing, and the channel', async () => {
    const io = ioOf(async (url) => {
      const ok = !url.includes('conversations.history')
      return Response.json(
        ok ? { ok, user: 'homing', team: 'Shop' } : { ok, error: 'not_in_channel' },
        {
          headers: { 'x-oauth-scopes': 'chat:write, files:read,reactions:read' },
        },
      )
    })
    const told = await slack.doctor(SETTINGS, io)
    expect(told.map(({ level, message }) => [level, message.slice(0, 44)])).toEqual([
      ['ok', 'Slack takes the token, as homing in Shop.'],
      ['problem', 'Add the bot scope chat:write.customize under'],
      ['problem', 'Add the bot scope reactions:write under OAut'],
      ['problem', 'Invite the app into the channel C0SHOP0001, '],
      ['ok', 'Slack does not tell an app what it is subscr'],
    ])
  })

  test('reads a thread, too, where the channel has a message', async () => {
    const far = farSide({ 'conversations.replies': 'missing_scope' }, { messages: [{ ts: '1.2' }] })
    const told = await slack.doctor(SETTINGS, far.io)
    expect(far.paths.at(-1)).toBe('conversations.replies?channel=C0SHOP0001&ts=1.2&limit=1')
    expect(told.filter(({ level }) => level === 'problem')).toMatchObject([
      { message: expect.stringContaining('channels:history') },
    ])
  })
})

function official({ headers, body }: RawWebhook): boolean {
  return isValidSlackRequest({
    signingSecret: SECRET,
    body: new TextDecoder().decode(body),
    headers: {
      'x-slack-signature': headers['x-slack-signature'] ?? '',
      'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
    },
    nowMilliseconds: NOW,
  })
}
