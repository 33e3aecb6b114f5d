import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { expectAccepted, expectRefused, findSpec, startSpecMock } from '../../../test/spec-mock.ts'
import type { SpecMock } from '../../../test/spec-mock.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { createGuardedFetch } from '../guarded-fetch.ts'
import { twilio } from './index.ts'
import type { TwilioSettings } from './types.ts'

/** Against Twilio's own description of the messages of an account. */
const description = findSpec('twilio-messages.json')
const ACCOUNT = `AC${'0a'.repeat(16)}`

describe.runIf(description.state === 'found')("Twilio's description", () => {
  let mock: SpecMock
  const guarded = createGuardedFetch({ allow: ['127.0.0.1'] })
  beforeAll(async () => {
    const path = description.state === 'found' ? description.path : ''
    mock = await startSpecMock({
      description: path,
      answer: ({ method }) => (method === 'POST' ? { body: { sid: 'SM9' } } : undefined),
    })
  })
  beforeEach(() => mock.forget())
  afterAll(async () => {
    await mock?.close()
    await guarded.close()
  })

  const io = (): ConnectorIo => ({
    fetch: guarded.fetch,
    signal: new AbortController().signal,
    now: 1_790_000_000_000,
  })
  const settings = (changes = {}): TwilioSettings => {
    const parsed = twilio.configure({
      url: mock.url,
      accountSid: ACCOUNT,
      authToken: 't',
      sender: 'whatsapp:+15550001111',
      webhook: 'https://relay.test/v1/hooks/sms',
      merchant: '+49 170 12345678',
      contentSid: `HX${'1b'.repeat(16)}`,
      contentValues: ['{site}'],
      ...changes,
    })
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    return parsed.settings
  }
  const reach: Partial<Outbound> = {
    role: 'reach',
    thread: '+41791112233',
    entry: { ...outbound().entry, author: { role: 'agent', id: 'mia' } },
  }
  const headers = { authorization: `Basic ${Buffer.from(`${ACCOUNT}:t`).toString('base64')}` }
  const SEND = {
    method: 'POST',
    path: `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
  }
  const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()
  const GOOD = { To: '+41791112233', From: '+15550001111', Body: 'hi' }

  test('takes every message we send', async () => {
    await twilio.send(outbound(), settings(), io())
    await twilio.send(outbound(reach), settings(), io())
    await twilio.send(outbound(reach), settings({ sender: `MG${'2c'.repeat(16)}` }), io())
    await twilio.wake(outbound(reach), settings(), io())
    await twilio.notice('Open conversations:\n#7F3A 👋', settings(), io())
    expectAccepted(mock)
    expect(mock.requests).toHaveLength(5)
  })

  // The question after a number of SMS is in another description of Twilio's.
  test("takes the doctor's question", async () => {
    const findings = await twilio.doctor(settings(), io())
    expect(findings.every(({ level }) => level === 'ok')).toBe(true)
    expectAccepted(mock)
  })

  test.each([
    ['nobody', { From: '+15550001111', Body: 'hi' }, /To/],
    ['odd content', { ...GOOD, ContentSid: 'HX1' }, /ContentSid/],
    ['an odd service', { ...GOOD, MessagingServiceSid: 'MG1' }, /MessagingServiceSid/],
  ])('refuses %s', async (_name, fields, reason) => {
    expect(await mock.ask({ ...SEND, body: form(GOOD) })).toMatchObject({ state: 'accepted' })
    await expectRefused(mock, { ...SEND, body: form(fields) }, reason)
  })

  test('refuses an odd account, and whoever has no credentials', async () => {
    const path = '/2010-04-01/Accounts/AC1/Messages.json'
    await expectRefused(mock, { ...SEND, path, body: form(GOOD) }, /accountsid/)
    const { authorization: _, ...bare } = SEND.headers
    await expectRefused(mock, { ...SEND, headers: bare, body: form(GOOD) }, /security/i)
    const list = { method: 'GET', path: `${SEND.path}?PageSize=many`, headers }
    await expectRefused(mock, list, /PageSize/i)
  })
})
