import { describe, expect, it } from 'vitest'

import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { holdingsOf, watchMemory } from '../memory.ts'
import { UPGRADE, slowLine } from '../raw-line.ts'
import { helloOf } from '../raw-poll.ts'
import { ORIGIN, newId, words } from '../relay-api.ts'
import { until } from '../until.ts'
import { openBystander } from './bystander.ts'
import { openRelay } from './open-relay.ts'

/** Clients that never read, and what each asks for: some ten MiB. */
const DEAF = 5
const PINGS = 4_000
/** Slow lines of each kind. */
const LINES = 30
/** Memory that any of it may cost, MiB: most of it is garbage that is not collected yet. */
const MAX_GROWTH = 400

describe('too slow', () => {
  it('a client that never reads is cut at 1 MiB, and memory stays', async () => {
    const { relay, api } = await openRelay()
    const writer = await openRawLink(relay.origin)
    const { token = null } = await writer.hello()
    // Enough open conversations to make every pong long.
    const conversations = Array.from({ length: 100 }, newId)
    for (const [index, conversation] of conversations.entries()) {
      writer.say({ t: 'send', id: newId(), conversation, n: index + 1, body: words('here') })
      await writer.next('ack')
    }
    const { rss: before } = holdingsOf(relay.pid)
    const stopWatching = watchMemory(relay.pid)
    const deaf = await Promise.all(
      Array.from({ length: DEAF }, async (_, index) => {
        const link = await openRawLink(relay.origin)
        await link.hello({ token, device: `deaf-${index}`, tail: 1 })
        link.pause()
        for (let n = 0; n < PINGS; n++) link.say({ t: 'ping' })
        return link
      }),
    )
    const cuts = (): number => relay.output().split('"reason":"slow-reader"').length - 1
    await until('all of them are cut', () => cuts() === deaf.length, 60_000)
    const growth = stopWatching() - before
    expect(growth).toBeLessThan(MAX_GROWTH)
    // Somebody who listens has missed nothing of it.
    writer.say({ t: 'ping' })
    expect(Object.keys((await writer.next('pong')).heads)).toHaveLength(100)
    expect((await api.ask('GET', '/healthz')).status).toBe(200)
    for (const link of deaf) {
      link.resume()
      await link.closed
    }
    console.info(`${DEAF} clients that never read: all cut; ${growth.toFixed(0)} MiB more at most.`)
    writer.cut()
  })

  it(
    'lines that say too little, too much at once, or read nothing, are ended, and cost nobody else anything',
    { timeout: 200_000 },
    async () => {
      const { relay, api } = await openRelay({ program: 'relay' })
      const bystander = await openBystander(relay.origin, '127.0.0.2')
      const writer = await openBystander(relay.origin, '127.0.0.3')
      for (let n = 0; n < 10; n++) await writer.say(`${n} ${'x'.repeat(3_900)}`)
      const { token = null } = writer.link.frames.find((frame) => frame.t === 'welcome') ?? {}
      const { conversation } = writer
      const history = { t: 'history', conversation, before: 99, limit: 200 } as const
      const { files, rss: before } = holdingsOf(relay.pid)
      const stopWatching = watchMemory(relay.pid)
      const begun = performance.now()

      // Answers that nobody reads: by HTTP, and by sockets that ask for the log again and again.
      const greedy = JSON.stringify({
        nonce: 'n',
        wait: 0,
        frames: [helloOf({ token }), ...Array<typeof history>(30).fill(history)],
      })
      const ask = `POST /v1/sync HTTP/1.1\r\nHost: x\r\nOrigin: ${ORIGIN}\r\nContent-Length: ${greedy.length}\r\n\r\n${greedy}`
      const deaf = Array.from({ length: LINES / 2 }, () =>
        slowLine(relay.port, ask.repeat(4), '', true),
      )
      const links = await Promise.all(
        Array.from({ length: 10 }, () => openRawLink(relay.origin, ORIGIN, {}, '127.0.0.67')),
      )
      for (const link of links) {
        await link.hello({ token })
        link.pause()
        for (let n = 0; n < 200; n++) link.say(history)
      }

      const post = 'POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{'
      const get = 'GET /widget/pk_demo.js HTTP/1.1\r\nHost: x\r\n\r\n'
      const kinds: Readonly<Record<string, readonly [first: string, drip: string]>> = {
        silence: ['', ''],
        'a header a second': ['GET /healthz HTTP/1.1\r\n', 'X-A: b\r\n'],
        'a byte of the body a second': [post, ' '],
        'no frame after the upgrade': [`GET /v1/socket HTTP/1.1\r\nHost: x\r\n${UPGRADE}`, ''],
        'thousands of requests in one go': [get.repeat(2_000), ''],
      }
      const ended = Object.entries(kinds).map(async ([name, [first, drip]]) => {
        const lines = Array.from({ length: LINES }, () => slowLine(relay.port, first, drip))
        const times = await Promise.all(lines.map((line) => line.ended))
        return `${name} ${(Math.max(...times) / 1_000).toFixed(0)} s`
      })
      const times: number[] = []
      for (let n = 0; n < 10; n++) times.push(await bystander.say(`meanwhile ${n}`))
      expect((await api.ask('GET', '/healthz')).status).toBe(200)
      const figures = await Promise.all(ended)
      await until('none is left', () => holdingsOf(relay.pid).files <= files + 2, 120_000)
      const all = performance.now() - begun
      const growth = stopWatching() - before
      expect(growth).toBeLessThan(MAX_GROWTH)
      expect(Math.max(...times)).toBeLessThan(5_000)
      console.info(
        `${LINES} lines of each kind, the last was ended after: ${figures.join(', ')}, answers that nobody reads ${(all / 1_000).toFixed(0)} s. A bystander waited ${Math.max(...times).toFixed(0)} ms at most for an ack; ${growth.toFixed(0)} MiB more at most.`,
      )
      for (const { cut } of deaf) cut()
      for (const { link } of [bystander, writer]) link.cut()
    },
  )
})
