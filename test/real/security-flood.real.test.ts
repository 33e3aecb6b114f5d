import { createConnection } from 'node:net'
import { describe, expect, it } from 'vitest'

import type { Send } from '../../packages/core/src/index.ts'
import { isText } from '../../packages/core/src/index.ts'
import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { startFlood } from '../flood.ts'
import { holdingsOf, watchMemory } from '../memory.ts'
import { helloOf, rawPoll } from '../raw-poll.ts'
import type { RelayApi } from '../relay-api.ts'
import { ORIGIN, newId, words } from '../relay-api.ts'
import { quantile } from '../samples.ts'
import { until } from '../until.ts'
import { openRelay } from './open-relay.ts'

/** Clients that never read, and what each asks for: some ten MiB. */
const DEAF = 5
const PINGS = 4_000
/** Slow lines of each kind. */
const LINES = 30
/**
 * Memory that any abuse here may cost on top of what the relay held before, MiB. Most of it is
 * garbage that is not collected yet; without bounds each of them would take gigabytes.
 */
const MAX_GROWTH = 400
const EVIL = '127.0.0.66'

/** Somebody honest: every word of his is acked in the end, whatever is refused meanwhile. */
interface Bystander {
  readonly link: RawLink
  readonly conversation: string
  /** Say something; the time until its ack, ms. */
  say(text: string): Promise<number>
}

async function openBystander(relay: string, address: string): Promise<Bystander> {
  const link = await openRawLink(relay, ORIGIN, {}, address)
  await link.hello({ device: newId() })
  const conversation = newId()
  let n = 0
  return {
    link,
    conversation,
    async say(text) {
      const begun = performance.now()
      const id = newId()
      link.say({ t: 'send', id, conversation, n: ++n, body: words(text) })
      const ack = await link.next('ack')
      expect(ack.id).toBe(id)
      return performance.now() - begun
    },
  }
}

async function textsOf(api: RelayApi, conversation: string): Promise<readonly string[]> {
  return (await api.log(conversation)).map(({ body }) => (isText(body) ? body.text : body.type))
}

describe('too much', () => {
  it('C1 C8: what is too fast is told when to come again, by visitor, site and address, and every word is in the log in the end', async () => {
    const { relay, api } = await openRelay({ program: 'relay' })
    const retries: number[] = []
    /** As every client does: what was refused for now comes again, in its order. */
    const insist = async (address: string, texts: readonly string[]): Promise<string> => {
      const link = await openRawLink(relay.origin, ORIGIN, {}, address)
      await link.hello({ device: newId() })
      const conversation = newId()
      const sends = texts.map((text, index): Send => ({
        t: 'send',
        id: newId(),
        conversation,
        n: index + 1,
        body: words(text),
      }))
      const open = new Map(sends.map((send) => [send.id, send]))
      let held: ReturnType<typeof setTimeout> | undefined
      const all = new Promise<void>((resolve, reject) => {
        link.hear((frame) => {
          if (frame.t === 'ack') open.delete(frame.id)
          if (frame.t === 'reject') {
            if (!frame.retryable) return reject(new Error(JSON.stringify(frame)))
            if (frame.code === 'rate_limited') retries.push(frame.retryAfter ?? 0)
            else if (frame.code !== 'out_of_order') return reject(new Error(JSON.stringify(frame)))
            // What is open waits together and goes again in its order.
            held ??= setTimeout(
              () => {
                held = undefined
                link.say(...open.values())
              },
              Math.max(frame.retryAfter ?? 0, 200),
            )
          }
          if (open.size === 0) resolve()
        })
      })
      link.say(...sends)
      await all
      link.cut()
      return conversation
    }

    // One visitor, more than his ten at once.
    const mine = Array.from({ length: 16 }, (_, n) => `mine ${n}`)
    expect(await textsOf(api, await insist('127.0.0.2', mine))).toEqual(mine)
    expect(retries.length).toBeGreaterThan(0)
    const ofVisitor = retries.splice(0)
    // A hundred visitors at once, each within his own limit, more than the site's five hundred.
    const theirs = Array.from({ length: 10 }, (_, n) => `theirs ${n}`)
    const conversations = await Promise.all(
      Array.from({ length: 100 }, (_, n) => insist(`127.0.3.${n % 4}`, theirs)),
    )
    for (const conversation of conversations) {
      expect(await textsOf(api, conversation)).toEqual(theirs)
    }
    const ofSite = retries.splice(0)
    expect(ofSite.length).toBeGreaterThan(0)
    for (const wait of [...ofVisitor, ...ofSite]) {
      expect(wait).toBeGreaterThan(0)
      expect(wait).toBeLessThanOrEqual(60_000)
    }

    // Hellos of one address, by socket and by poll.
    const hellos = await Promise.all(
      Array.from({ length: 90 }, () => rawPoll(relay, [], { hello: { device: newId() } })),
    )
    const late = hellos.flatMap(({ frames: [first] }) => (first?.t === 'reject' ? [first] : []))
    expect(late.length).toBeGreaterThan(0)
    for (const frame of late) {
      expect(frame).toMatchObject({ code: 'rate_limited', retryable: true })
      expect(frame.retryAfter).toBeGreaterThan(0)
    }
    console.info(
      `Told to wait: a visitor ${ofVisitor.length} times (up to ${Math.max(...ofVisitor)} ms), visitors of a busy site ${ofSite.length} times (up to ${Math.max(...ofSite)} ms), ${late.length} of 90 hellos.`,
    )
  })

  it('links of one address are counted: the next is refused with Retry-After, and its place comes back', async () => {
    const { relay } = await openRelay({ program: 'relay' })
    const tries = await Promise.allSettled(
      Array.from({ length: 130 }, () => openRawLink(relay.origin, ORIGIN, {}, EVIL)),
    )
    const open = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(open).toHaveLength(100)
    const answer = await rawLine(
      relay.port,
      `GET /v1/socket HTTP/1.1\r\nHost: x\r\n${UPGRADE}`,
      EVIL,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 429 [^]*Retry-After: 10/)
    // Of another address, there is room.
    const other = await openBystander(relay.origin, '127.0.0.2')
    await other.say('room for one')
    await Promise.all(open.map((link) => (link.cut(), link.closed)))
    await until('its places are back', async () => {
      const again = await openRawLink(relay.origin, ORIGIN, {}, EVIL).catch(() => undefined)
      again?.cut()
      return again !== undefined
    })
    other.link.cut()
  })

  it('a flood of sends, hellos, garbage and unknown frames: memory stays, and a bystander is served', async () => {
    const { relay, api } = await openRelay({ program: 'relay' })
    const bystander = await openBystander(relay.origin, '127.0.0.2')
    await bystander.say('before')
    const { rss: before } = holdingsOf(relay.pid)
    const stopWatching = watchMemory(relay.pid)
    const links = await Promise.all(
      Array.from({ length: 50 }, () => openRawLink(relay.origin, ORIGIN, {}, EVIL)),
    )
    const conversation = newId()
    const big = 'x'.repeat(60_000)
    for (const [index, link] of links.entries()) {
      link.say({
        t: 'hello',
        v: 1,
        site: 'pk_demo',
        token: null,
        device: `d${index}`,
        positions: {},
        client: 'flood',
      })
      for (let n = 1; n <= 400; n++) {
        const frame = [
          { t: 'send', id: newId(), conversation, n, body: { type: 'text', text: 'x', more: big } },
          { t: `unknown-${n}`, big },
          {
            t: 'hello',
            v: 1,
            site: 'pk_demo',
            token: null,
            device: 'd',
            positions: {},
            client: big,
          },
          '{"t":"send"',
        ][n % 4]
        link.say(typeof frame === 'string' ? frame : JSON.stringify(frame))
      }
    }
    const times: number[] = []
    for (let n = 0; n < 8; n++) times.push(await bystander.say(`during ${n}`))
    const growth = stopWatching() - before
    for (const link of links) link.cut()
    expect(await textsOf(api, bystander.conversation)).toEqual([
      'before',
      ...Array.from({ length: 8 }, (_, n) => `during ${n}`),
    ])
    expect(growth).toBeLessThan(MAX_GROWTH)
    console.info(
      `20,000 frames over 50 links: ${growth.toFixed(0)} MiB more at most; a bystander waited ${Math.max(...times).toFixed(0)} ms at most for 8 acks.`,
    )
    bystander.link.cut()
  })

  it('giant frames are not read: the line is closed with 1009, and nothing is kept of it', async () => {
    const { relay, api } = await openRelay({ program: 'relay' })
    const { rss: before } = holdingsOf(relay.pid)
    const stopWatching = watchMemory(relay.pid)
    const giant = 'x'.repeat(50 * 1024 * 1024)
    const codes = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const link = await openRawLink(relay.origin)
        await link.hello({ device: newId() })
        link.say(giant)
        return link.closed
      }),
    )
    const growth = stopWatching() - before
    // 1006 where the reset overtook the close frame.
    expect(codes.every((code) => code === 1009 || code === 1006)).toBe(true)
    expect(growth).toBeLessThan(MAX_GROWTH)
    // By poll, as much as is announced is refused before it is read.
    const poll = await fetch(`${relay.origin}/v1/sync`, { method: 'POST', body: giant }).then(
      ({ status }) => status,
      () => 'cut',
    )
    expect([413, 'cut']).toContain(poll)
    expect((await api.ask('GET', '/healthz')).status).toBe(200)
    console.info(`10 frames of 50 MiB: ${codes.join(' ')}; ${growth.toFixed(0)} MiB more at most.`)
  })
})

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

describe('a thousand sockets of one address', () => {
  const ROUNDS = 3
  const PHASE_MS = 6_000
  const BYSTANDERS = 8
  /** Per visitor, so that nobody is slowed down. */
  const EVERY_MS = 1_100
  /** What other work on the machine does to a p95, at least, ms. */
  const NOISE_MS = 8
  const MOST = 1.2

  /**
   * Whoever floods shares the processors with the relay here, as he would not elsewhere. So the
   * measure is the same flood, on the same machine, against another relay that nobody else uses.
   */
  it.each([
    ['most are refused, the others say as much as they can', 'relay', 50],
    ['all are let in, and are quiet', 'wide', 0],
  ] as const)('hurt no bystander: %s', { timeout: 240_000 }, async (_, program, everyMs) => {
    const [{ relay }, { relay: decoy }] = [
      await openRelay({ program }),
      await openRelay({ program }),
    ]
    const bystanders = await Promise.all(
      Array.from({ length: BYSTANDERS }, (_, n) => openBystander(relay.origin, `127.0.1.${n + 1}`)),
    )
    const phase = async (): Promise<number> => {
      const times: number[] = []
      await Promise.all(
        bystanders.map(async (bystander, index) => {
          await sleep((index * EVERY_MS) / BYSTANDERS)
          for (let at = 0; at + EVERY_MS < PHASE_MS; at += EVERY_MS) {
            const took = await bystander.say('a word')
            times.push(took)
            await sleep(Math.max(0, EVERY_MS - took))
          }
        }),
      )
      return quantile(times, 0.95)
    }
    const during = async (origin: string): Promise<number> => {
      const flood = await startFlood({ relay: origin, address: EVIL, sockets: 1_000, everyMs })
      const p95 = await phase()
      const { open } = flood.report()
      if (program === 'relay') expect(open).toBeLessThanOrEqual(100)
      else expect(open).toBe(1_000)
      await flood.stop()
      await sleep(1_000)
      return p95
    }
    const quiet = await phase()
    const elsewhere: number[] = []
    const here: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      elsewhere.push(await during(decoy.origin))
      here.push(await during(relay.origin))
    }
    const [base, loaded] = [quantile(elsewhere, 0.5), quantile(here, 0.5)]
    const noise = Math.max(NOISE_MS, Math.max(...elsewhere) - Math.min(...elsewhere))
    const list = (values: readonly number[]): string => values.map((ms) => ms.toFixed(1)).join(', ')
    console.info(
      `p95 of a bystander's ack: ${quiet.toFixed(1)} ms in peace; ${list(elsewhere)} ms while another relay is flooded; ${list(here)} ms while this one is. Ratio of the medians ${(loaded / base).toFixed(2)}, noise ${noise.toFixed(1)} ms.`,
    )
    expect(loaded).toBeLessThanOrEqual(Math.max(base * MOST, base + noise))
    for (const { link } of bystanders) link.cut()
  })
})

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\nSec-WebSocket-Protocol: homing.v1\r\n\r\n'

/** What is answered until the relay closes the line. */
function rawLine(port: number, request: string, localAddress: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const line = createConnection({ port, host: '127.0.0.1', localAddress })
    line.on('data', (piece) => (answer += piece.toString('latin1')))
    line.on('error', reject)
    line.on('close', () => resolve(answer))
    line.write(request)
  })
}

interface SlowLine {
  /** Resolves with how long it took until the relay ended it, ms; never for a deaf one. */
  readonly ended: Promise<number>
  cut(): void
}

/** `deaf`: reads nothing, so that it does not even hear of its end. */
function slowLine(port: number, first: string, drip: string, deaf = false): SlowLine {
  const line = createConnection({ port, host: '127.0.0.1', localAddress: EVIL })
  const begun = performance.now()
  line.on('error', () => {})
  if (deaf) line.pause()
  else line.resume()
  line.write(first)
  const timer = setInterval(() => void line.write(drip), drip === '' ? 60_000 : 1_000)
  const ended = new Promise<number>((resolve) => {
    line.once('close', () => {
      clearInterval(timer)
      resolve(performance.now() - begun)
    })
  })
  return { ended, cut: () => void line.destroy() }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
