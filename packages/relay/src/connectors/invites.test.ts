import { describe, expect, test } from 'vitest'
import { createFarSide } from '../../test/far-side.ts'
import type { ConfiguredConnector } from './configured.ts'
import { configureConnectors } from './configure.ts'
import type { Invite } from './connector.ts'
import { invitationsOf, reachesOf } from './invites.ts'

/** How visitors are led from the page to each app, and to which of several ways. */

const META = { token: 'a-token', appSecret: 'a-secret', verifyToken: 'a-word' }
const TWILIO = {
  accountSid: `AC${'0'.repeat(32)}`,
  authToken: 'auth-token',
  webhook: 'https://chat.test/v1/hooks/it',
}
const TICKET = { code: 'HM-23456789AB', tag: '7F3A' }

function connectorsOf(type: string, settings: object, role = 'reach') {
  const parsed = configureConnectors([{ id: 'it', site: 'pk_test', type, role, settings }])
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

const WHATSAPP = { ...META, phoneNumberId: '100200300', number: '+1 555 000 1111' }
const TELEGRAM = { token: `12345:${'a'.repeat(30)}`, webhookSecret: 'sixteen-or-more-00' }
const LINE = { channelAccessToken: 'a-token', channelSecret: '0'.repeat(32) }

describe.each([
  ['whatsapp', WHATSAPP, 'WhatsApp', 'https://wa.me/15550001111?text=HM-23456789AB'],
  [
    'telegram',
    { ...TELEGRAM, username: '@lamps_bot' },
    'Telegram',
    'https://t.me/lamps_bot?start=HM-23456789AB',
  ],
  [
    'line',
    { ...LINE, basicId: '@lamps' },
    'LINE',
    'https://line.me/R/oaMessage/%40lamps/?HM-23456789AB',
  ],
  [
    'messenger',
    { ...META, pageId: '100200', username: 'lamps' },
    'Messenger',
    'https://m.me/lamps?ref=HM-23456789AB',
  ],
  [
    'instagram',
    { ...META, accountId: '178400', username: 'lamps' },
    'Instagram',
    'https://ig.me/m/lamps?ref=HM-23456789AB',
  ],
  [
    'twilio',
    { ...TWILIO, sender: 'whatsapp:+15550001111' },
    'WhatsApp',
    'https://wa.me/15550001111?text=HM-23456789AB',
  ],
  ['twilio', { ...TWILIO, sender: '+15550001111' }, 'SMS', 'sms:+15550001111?&body=HM-23456789AB'],
])('%s', (type, settings, app, link) => {
  test('leads there with the code', () => {
    const [invitation] = invitationsOf(connectorsOf(type, settings))
    expect(invitation).toMatchObject({ type, app, binds: true })
    expect(invitation?.asks ? undefined : invitation?.link(TICKET)).toBe(link)
  })

  test('as a desk only it invites nobody', () => {
    const parsed = configureConnectors([
      { id: 'it', site: 'pk_test', type, role: 'desk', settings },
    ])
    if (parsed.ok) expect(invitationsOf(parsed.settings)).toEqual([])
    else expect(['messenger', 'instagram']).toContain(type)
  })
})

test.each([
  ['whatsapp', { ...META, phoneNumberId: '100200300' }],
  ['telegram', TELEGRAM],
  ['line', LINE],
  ['messenger', { ...META, pageId: '100200' }],
  ['instagram', { ...META, accountId: '178400' }],
  ['twilio', { ...TWILIO, sender: `MG${'0'.repeat(32)}` }],
])('%s without a name that people find it by invites nobody', (type, settings) => {
  expect(invitationsOf(connectorsOf(type, settings))).toEqual([])
})

describe('several ways', () => {
  const way = (type: string, app: string, binds: boolean): ConfiguredConnector => {
    const invite: Invite = { app, binds, link: () => `https://${type}.test` }
    return createFarSide({}, { id: type, type, role: 'reach', invite })
  }

  test('one for each app, and one that binds before a link', () => {
    const ways = [
      way('link', 'WhatsApp', false),
      way('line', 'LINE', true),
      way('whatsapp', 'WhatsApp', true),
      way('twilio', 'WhatsApp', true),
    ]
    expect(reachesOf(ways)).toEqual([
      { type: 'line', app: 'LINE', binds: true },
      { type: 'whatsapp', app: 'WhatsApp', binds: true },
    ])
  })

  test('a desk is none', () => {
    expect(reachesOf([createFarSide()])).toEqual([])
  })
})
