import { expect, it } from 'vitest'

import { createMemoryKeyedStore } from '../../packages/core/src/index.ts'
import type { Send } from '../../packages/core/src/index.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { openNodeClient } from '../node-client.ts'
import { rawPoll } from '../raw-poll.ts'
import { newId, words } from '../relay-api.ts'
import { until } from '../until.ts'
import { openRelay } from './open-relay.ts'

const CLIENTS = 6
const DRAINS = 3

it('C1 C2 C7 C8: a relay that is told to stop and comes back on its port loses and doubles nothing', async () => {
  const { relay, api } = await openRelay()
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      const transport = index % 3 === 2 ? ('poll' as const) : ('socket' as const)
      const store = createMemoryKeyedStore()
      const client = await openNodeClient({ relay: relay.origin, store, transports: [transport] })
      return { client, transport, conversation: newId(), pressed: [] as string[] }
    }),
  )
  let pressing = true
  const writing = clients.map(async ({ client, conversation, pressed }) => {
    while (pressing) {
      const text = `pressed ${pressed.length + 1}`
      pressed.push(text)
      await client.say(conversation, text)
      // As fast as they go out, so that every drain finds some on their way.
      await client.until('there is room', ({ drafts, link }) => {
        return !pressing || drafts().length < 4 || link() !== 'live'
      })
      if (client.engine.link() !== 'live') {
        await client.until('it is back', ({ link }) => !pressing || link() === 'live')
      }
    }
  })

  const healed: number[] = []
  for (let drain = 1; drain <= DRAINS; drain++) {
    const before = clients.map(({ pressed }) => pressed.length)
    await until('everybody writes', () =>
      clients.every(({ pressed }, index) => pressed.length > (before[index] ?? 0) + 5),
    )
    const from = relay.output().length
    await relay.terminate()
    // It ended by itself, with everything closed in order.
    expect(relay.output().slice(from)).toContain('"event":"closed"')
    await relay.restart()
    const begun = performance.now()
    await until('everybody is back', () =>
      clients.every(({ client }) => client.engine.link() === 'live'),
    )
    healed.push(Math.round(performance.now() - begun))
  }
  pressing = false
  await Promise.all(writing)

  let entries = 0
  for (const { client, conversation, pressed } of clients) {
    await client.until('all is sent', ({ drafts }) => drafts().length === 0)
    const log = await api.log(conversation)
    expect(log.map(({ body }) => body)).toEqual(pressed.map(words))
    expect(log.map(({ seq }) => seq)).toEqual(pressed.map((_, index) => index + 1))
    expect(client.faults).toEqual([])
    entries += log.length
    client.drop()
  }
  // C7: all of them, without a click.
  expect(Math.max(...healed)).toBeLessThan(10_000)
  console.info(
    `${DRAINS} drains, ${CLIENTS} clients, ${entries} entries; back after ${healed.join(', ')} ms.`,
  )
})

it('C1: a drain answers what is on its way, says bye to sockets and polls, and takes nothing new', async () => {
  const { relay, api } = await openRelay()
  const link = await openRawLink(relay.origin)
  const { token = null } = await link.hello()
  const conversation = newId()
  const draft = (n: number): Send => ({
    t: 'send',
    id: newId(),
    conversation,
    n,
    body: words(`words ${n}`),
  })
  const drafts = Array.from({ length: 8 }, (_, index) => draft(index + 1))
  link.say(...drafts.slice(0, 1))
  const head = await link.next('ack')
  const position = { epoch: (await link.hello({ token })).epoch, seq: head.seq }
  const held = rawPoll(relay, [], {
    hello: { token, device: 'device-2', positions: { [conversation]: position } },
    wait: 20_000,
  })
  // It is held: presence says so to nobody, the count of links does.
  await until('the poll is held', async () =>
    /homing_links 2/.test((await api.ask('GET', '/metrics')).text),
  )
  const stopped = relay.terminate()
  link.say(...drafts.slice(1))
  const bye = await link.next('bye')
  expect(bye.after).toBeGreaterThan(0)
  expect(await link.closed).toBe(1012)
  const answer = await held
  expect(answer.status).toBe(200)
  expect(answer.frames.at(-1)).toMatchObject({ t: 'bye' })
  await stopped
  await expect(openRawLink(relay.origin)).rejects.toThrow()

  await relay.restart()
  const log = await api.log(conversation)
  expect(log.map(({ id }) => id)).toEqual(drafts.slice(0, log.length).map(({ id }) => id))
  const acks = link.frames.filter((frame) => frame.t === 'ack')
  expect(acks.length).toBeGreaterThan(0)
  for (const { id, seq, time } of acks) expect(log[seq - 1]).toMatchObject({ id, seq, time })
})
