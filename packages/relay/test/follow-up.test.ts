import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConversationSummary } from '@homing/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until as untilWithin } from './delivery-parts.ts'
import { newId, text } from './gateway-rig.ts'
import type { ManualClock } from './manual-clock.ts'
import { createManualClock } from './manual-clock.ts'
import type { RawLink } from './raw-link.ts'
import { openRawLink } from './raw-link.ts'
import type { Answer, RelayRig } from './relay-rig.ts'
import { ask, openRelayRig } from './relay-rig.ts'
import type { SmtpServer } from './smtp-server.ts'
import { startSmtpServer } from './smtp-server.ts'

const ORIGIN = 'https://shop.test'
const MINUTES = 60_000
/** Of the real time, ms: whoever waits longer waits for ever. */
const PATIENCE_MS = 10_000
const until = <Value>(what: string, look: () => Promise<Value | undefined | false>) =>
  untilWithin(what, look, PATIENCE_MS)

/** An answer that nobody sees, the mail it becomes, and the way back from there. */
let clock: ManualClock
let smtp: SmtpServer
let rig: RelayRig
let directory: string
let link: RawLink
let token: string
let conversation: string

beforeEach(async () => {
  clock = createManualClock()
  smtp = await startSmtpServer()
  directory = await mkdtemp(join(tmpdir(), 'homing-follow-up-'))
  const file = join(directory, 'connectors.json')
  const settings = {
    from: 'hello@lamps.test',
    page: 'https://lamps.test/',
    smtpHost: `127.0.0.1:${smtp.port}`,
    smtpSecurity: 'none',
  }
  await writeFile(
    file,
    JSON.stringify([
      { id: 'mails', site: 'pk_demo', type: 'email-follow-up', role: 'reach', settings },
    ]),
  )
  rig = await openRelayRig(
    { clock },
    { HOMING_CONNECTORS: file, HOMING_ALLOW_PRIVATE: '127.0.0.1' },
  )
  link = await openRawLink(rig.url)
  token = (await link.hello({ device: 'page', page: { url: `${ORIGIN}/lamp?size=3` } })).token ?? ''
  conversation = newId()
  link.say({ t: 'send', id: newId(), conversation, n: 1, body: text('in ochre?') })
  await link.next('ack')
})
afterEach(async () => {
  link.cut()
  await rig.close()
  smtp.close()
  await rm(directory, { recursive: true, force: true })
})

const post = (path: string, fields: object): Promise<Answer> =>
  ask(rig.url + path, {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: JSON.stringify({ site: 'pk_demo', token, ...fields }),
  })
const leave = (fields: object = {}) =>
  post('/v1/follow-up', { conversation, address: 'Anna@Example.com', ...fields })
const answer = (words: string) =>
  rig.api('POST', `/api/v1/conversations/${conversation}/entries`, {
    id: newId(),
    body: text(words),
    name: 'Grace',
  })

/** The mails that were taken, as they were written. */
function mails(): readonly string[] {
  const all = smtp.heard
    .join('\r\n')
    .split(/^DATA$/m)
    .slice(1)
  return all.map((talk) => {
    const [mail = ''] = talk.split('\r\n.\r\n')
    return mail
      .replaceAll('=\r\n', '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  })
}
/** So much time goes by, and then so many deliveries have come to their end, all in all. */
async function pass(minutes: number, ended: number): Promise<void> {
  clock.advance(minutes * MINUTES)
  await until(`${ended} have ended`, async () => {
    // A look that came too early for what is due now looks again.
    clock.advance(50)
    const { text: figures } = await ask(`${rig.url}/metrics`)
    const counts = [...figures.matchAll(/^homing_deliveries_total\{[^}]*"done"\} (\d+)/gm)]
    return counts.reduce((sum, [, count]) => sum + Number(count), 0) === ended
  })
}
async function stranger(): Promise<{ readonly link: RawLink; readonly token: string }> {
  const other = await openRawLink(rig.url)
  return { link: other, token: (await other.hello({ device: newId() })).token ?? '' }
}
async function mailed(words = 'Yes, in ochre.'): Promise<string> {
  await leave()
  await answer(words)
  await pass(10, 1)
  const mail = mails().at(-1)
  if (mail === undefined) throw new Error('no mail came')
  return mail
}
const codeIn = (mail: string): string => /#homing=([\w-]+)/.exec(mail)?.[1] ?? ''
const stopIn = (mail: string): string =>
  `${rig.url}${new URL(/http\S+\/stop\/[\w-]+/.exec(mail)?.[0] ?? 'http://none').pathname}`

describe('an answer that is missed', () => {
  test('goes to the address once, after the minutes, with what came meanwhile', async () => {
    expect((await leave()).status).toBe(204)
    await answer('Yes, in ochre.')
    await pass(5, 0)
    await answer('And in moss.')
    await pass(4, 0)
    expect(mails()).toHaveLength(0)
    await pass(1, 1)
    expect(mails()).toHaveLength(1)
    await pass(30, 1)
    expect(mails()).toHaveLength(1)
    expect(mails()[0]).toMatch(/Yes, in ochre\.[^]*And in moss\./)
    expect(smtp.heard).toContain('RCPT TO:<anna@example.com>')
    await answer('One more thing.')
    await pass(10, 2)
    expect(mails()).toHaveLength(2)
    expect(mails()[1]).not.toContain('ochre')
  })

  test('stays where it is when it was seen in time', async () => {
    await leave()
    await answer('Yes, in ochre.')
    await pass(5, 0)
    await rig.relay.store.mark(conversation, 'visitor', 3)
    await pass(20, 1)
    expect(mails()).toHaveLength(0)
  })

  test('leads back to the page where the conversation was, in words that only the mail has', async () => {
    const mail = await mailed()
    expect(mail).toContain(`${ORIGIN}/lamp?size=3#homing=`)
    const told = JSON.stringify([
      link.frames,
      (await rig.api('GET', `/api/v1/conversations/${conversation}`)).json,
    ])
    expect(told).not.toContain(codeIn(mail))
  })

  test('does not lead to a page that the site does not list, whatever the page said', async () => {
    await rig.relay.store.setPage(conversation, { url: 'https://evil.test/fake-shop' })
    expect(await mailed()).toContain('https://lamps.test/#homing=')
  })
})

describe('POST /v1/follow-up', () => {
  test('is seen by everybody in the conversation, without the address; agents have it on the card', async () => {
    await leave()
    await leave()
    const entries = await rig.relay.store.readAfter(conversation, 0, 9)
    expect(entries.map(({ body }) => body)).toEqual([
      text('in ochre?'),
      expect.objectContaining({ type: 'handed_over', app: 'e-mail', asks: 'email' }),
    ])
    expect(JSON.stringify(entries)).not.toContain('anna')
    const { json } = await rig.api('GET', `/api/v1/conversations/${conversation}`)
    expect(json.conversation.visitor.email).toBe('anna@example.com')
  })

  test('what is no address is told so, and nothing is bound', async () => {
    for (const address of [
      'anna',
      'anna@',
      '@example.com',
      'a b@example.com',
      'a@b',
      'x'.repeat(300),
    ]) {
      const { status, json } = await leave({ address })
      expect(status, address).toBe(400)
      expect(json.error.message).toContain('"address"')
    }
    expect(await rig.relay.store.thread('mails', conversation)).toBeUndefined()
  })

  test('C12: somebody else’s conversation and none are one answer, and nothing is bound', async () => {
    const other = await stranger()
    const [theirs, nobodys] = [
      await leave({ token: other.token }),
      await leave({ token: other.token, conversation: newId() }),
    ]
    expect(theirs.status).toBe(404)
    expect(theirs.text).toBe(nobodys.text)
    expect(await rig.relay.store.thread('mails', conversation)).toBeUndefined()
    other.link.cut()
  })

  test('who tries many addresses is told to wait', async () => {
    const answers = []
    for (let n = 0; n < 7; n++) answers.push(await leave({ address: `anna${n}@example.com` }))
    expect(answers.map(({ status }) => status)).toContain(429)
    expect(answers.at(-1)?.json.error.retryAfter).toBeGreaterThan(0)
  })

  test('is offered in the script’s settings, and is no way to a messenger', async () => {
    const script = await ask(`${rig.url}/widget/pk_demo.js`)
    expect(script.text).toMatch(
      /"type":"email-follow-up","app":"e-mail","binds":true,"asks":"email"/,
    )
    expect((await post('/v1/hand-over', { conversation, reach: 'email-follow-up' })).status).toBe(
      404,
    )
  })
})

describe('POST /v1/resume', () => {
  test('C6 C12: brings the conversation to another browser, live and both ways, and leaves what that has', async () => {
    const code = codeIn(await mailed())
    // Its line was cut while nobody was there.
    link = await openRawLink(rig.url)
    await link.hello({ device: 'page', token })
    const other = await stranger()
    const own = newId()
    other.link.say({ t: 'send', id: newId(), conversation: own, n: 1, body: text('mine') })
    await other.link.next('ack')
    const { status, json } = await post('/v1/resume', { token: other.token, code })
    expect([status, json]).toEqual([200, { conversation }])
    const { entries } = (await until('it is told', async () =>
      other.link.frames.findLast(
        (frame) => frame.t === 'entries' && frame.conversation === conversation,
      ),
    )) as { entries: readonly { body: object }[] }
    expect(entries.map(({ body }) => body)).toContainEqual(text('Yes, in ochre.'))

    // Both browsers hear agents, and one another.
    const hears = (each: RawLink, words: string) =>
      until(words, async () =>
        each.frames
          .flatMap((frame) => (frame.t === 'entries' ? frame.entries : []))
          .some(({ body }) => 'text' in body && body.text === words),
      )
    await answer('Hello again.')
    await Promise.all([hears(link, 'Hello again.'), hears(other.link, 'Hello again.')])
    other.link.say({ t: 'send', id: newId(), conversation, n: 2, body: text('here from my phone') })
    await hears(link, 'here from my phone')
    link.say({ t: 'send', id: newId(), conversation, n: 2, body: text('and here from my desk') })
    await hears(other.link, 'and here from my desk')

    // It comes back with the browser, beside what it had.
    other.link.cut()
    const again = await openRawLink(rig.url)
    const { conversations } = await again.hello({ device: 'again', token: other.token })
    expect(ids(conversations)).toEqual(ids([{ id: conversation }, { id: own }]))
    again.cut()
    // And the owner has not got what was the other's.
    const owner = await openRawLink(rig.url)
    expect(ids((await owner.hello({ device: 'owner', token })).conversations)).toEqual([
      conversation,
    ])
    owner.cut()
  })

  test('C12: a code that is none, or of another purpose, is one answer, and nothing is given', async () => {
    const mail = await mailed()
    const other = await stranger()
    const stop = stopIn(mail).split('/').at(-1) ?? ''
    const answers = await Promise.all(
      [newId(), 'A'.repeat(48), stop, codeIn(mail).replace(/^./, 'z')].map((code) =>
        post('/v1/resume', { token: other.token, code }),
      ),
    )
    expect(new Set(answers.map(({ status, text: said }) => `${status} ${said}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(404)
    const { conversations } = await other.link.hello({ device: 'x', token: other.token })
    expect(conversations).toEqual([])
    other.link.cut()
  })

  test('a link is good for 30 days', async () => {
    const code = codeIn(await mailed())
    const other = await stranger()
    clock.advance(31 * 24 * 60 * MINUTES)
    expect((await post('/v1/resume', { token: other.token, code })).status).toBe(404)
    other.link.cut()
  })

  test('guesses are slowed down', async () => {
    const tries = await Promise.all(
      Array.from({ length: 40 }, () => post('/v1/resume', { code: 'A'.repeat(48) })),
    )
    expect(tries.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
  })
})

describe('the end of the mails', () => {
  test('a look at the link ends nothing; its button does, for this address everywhere', async () => {
    const stop = stopIn(await mailed())
    const looked = await ask(stop)
    expect(looked.status).toBe(200)
    expect(looked.text).toContain('<form method="post">')
    expect(looked.headers.get('content-security-policy')).toContain("default-src 'none'")
    await answer('Still coming.')
    await pass(10, 2)
    expect(mails()).toHaveLength(2)

    expect((await ask(stop, { method: 'POST' })).text).toContain('Done.')
    await answer('Not any more.')
    await pass(10, 2)
    expect(mails()).toHaveLength(2)
    // Left again, it is wanted again.
    await leave()
    await answer('Welcome back.')
    await pass(10, 3)
    expect(mails()).toHaveLength(3)
  })

  test('of an address that was changed meanwhile it ends nothing of the new one', async () => {
    const stop = stopIn(await mailed())
    await leave({ address: 'anna@work.example' })
    expect((await ask(stop, { method: 'POST' })).text).toContain('Done.')
    await answer('To the new one.')
    await pass(10, 2)
    expect(smtp.heard).toContain('RCPT TO:<anna@work.example>')
  })

  test('a link that is not ours says so', async () => {
    const stop = stopIn(await mailed())
    for (const url of [stop.replace(/.$/, '_'), stop.replace('/mails/', '/others/')]) {
      for (const method of ['GET', 'POST']) expect((await ask(url, { method })).status).toBe(404)
    }
  })
})

const ids = (of: readonly Pick<ConversationSummary, 'id'>[]): readonly string[] =>
  of.map(({ id }) => id).toSorted()
