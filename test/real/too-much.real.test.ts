import { expect, it } from 'vitest'

import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { rawPoll } from '../raw-poll.ts'
import { newId, words } from '../relay-api.ts'
import { openRelay } from './open-relay.ts'
import { expectUnhurt } from './unhurt.ts'

/** The relay as it is served, with its limits. */
const open = () => openRelay({ program: 'relay' })

it('words faster than the limit: rate_limited, retryable, and when; over both transports', async () => {
  const { relay, api } = await open()
  const link = await openRawLink(relay.origin)
  const { token = null } = await link.hello()
  const conversation = newId()
  const send = (n: number) =>
    ({ t: 'send', id: newId(), conversation, n, body: words(`words ${n}`) }) as const
  const limited = {
    code: 'rate_limited',
    retryable: true,
    retryAfter: expect.any(Number),
    message: expect.stringMatching(/^[A-Z].*\.$/),
  }
  for (let n = 1; n <= 11; n++) link.say(send(n))
  expect(await link.next('reject')).toMatchObject(limited)
  const poll = await rawPoll(relay, [send(11), send(12)], { hello: { token } })
  expect(poll.frames.find(({ t }) => t === 'reject')).toMatchObject(limited)
  // Who is slowed down slows down nobody else.
  await expectUnhurt(relay, api, relay.pid)
  link.cut()
})

it('requests faster than the limit: 429 with Retry-After, before the key is looked at', async () => {
  const { relay } = await open()
  const path = `${relay.origin}/api/v1/sites`
  const answers = await Promise.all(Array.from({ length: 260 }, () => fetch(path)))
  const refused = answers.find(({ status }) => status === 429)
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused?.json()).toMatchObject({ error: { code: 'rate_limited', retryable: true } })
  const answered = answers.filter(({ status }) => status === 401)
  expect(answered.length).toBeGreaterThanOrEqual(200)
  // The visitors' side has limits of its own.
  const link = await openRawLink(relay.origin)
  await link.hello()
  link.cut()
})

it('more links than one address may have: refused, until one is given back', async () => {
  const { relay, api } = await open()
  const links = await Promise.all(Array.from({ length: 100 }, () => openRawLink(relay.origin)))
  await expect(openRawLink(relay.origin)).rejects.toThrow('429')
  const poll = await fetch(`${relay.origin}/v1/sync`, {
    method: 'POST',
    body: JSON.stringify({ nonce: 'n', wait: 0, frames: [{ t: 'ping' }] }),
  })
  expect(poll.status).toBe(429)
  for (const link of links) link.cut()
  await Promise.all(links.map(({ closed }) => closed))
  await expectUnhurt(relay, api, relay.pid)
})
