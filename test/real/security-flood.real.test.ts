import { describe, expect, it } from 'vitest'

import type { Send } from '../../packages/core/src/index.ts'
import { isText } from '../../packages/core/src/index.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { holdingsOf, watchMemory } from '../memory.ts'
import { EVIL, UPGRADE, rawLine } from '../raw-line.ts'
import { rawPoll } from '../raw-poll.ts'
import type { RelayApi } from '../relay-api.ts'
import { ORIGIN, newId, words } from '../relay-api.ts'
import { until } from '../until.ts'
import { openBystander } from './bystander.ts'
import { openRelay } from './open-relay.ts'

/**
 * Memory that any abuse here may cost on top of what the relay held before, MiB. Most of it is
 * garbage that is not collected yet; without bounds each of them would take gigabytes.
 */
const MAX_GROWTH = 400

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
