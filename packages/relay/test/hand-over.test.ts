import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HandOverResponse } from '@homing/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SYSTEM_CLOCK } from '../src/clock.ts'
import { RELAY_LIMITS } from '../src/limits/limits.ts'
import { newId, text } from './gateway-rig.ts'
import type { RawLink } from './raw-link.ts'
import { openRawLink } from './raw-link.ts'
import type { Answer, RelayRig } from './relay-rig.ts'
import { ask, openRelayRig } from './relay-rig.ts'
import type { WhatsAppSimulator } from './whatsapp-simulator.ts'
import { startWhatsAppSimulator } from './whatsapp-simulator.ts'

const ORIGIN = 'https://shop.test'

/** What the widget asks for when a visitor wants to go on in WhatsApp. */
let meta: WhatsAppSimulator
let rig: RelayRig
let directory: string
let link: RawLink
let token: string
beforeEach(async () => {
  meta = await startWhatsAppSimulator({ clock: SYSTEM_CLOCK })
  directory = await mkdtemp(join(tmpdir(), 'homing-hand-over-'))
  const file = join(directory, 'connectors.json')
  const settings = { ...meta.settings, number: '+15550001111' }
  await writeFile(
    file,
    JSON.stringify([{ id: 'wa', site: 'pk_demo', type: 'whatsapp', role: 'reach', settings }]),
  )
  rig = await openRelayRig({}, { HOMING_CONNECTORS: file, HOMING_ALLOW_PRIVATE: '127.0.0.1' })
  await meta.register(`${rig.url}/v1/hooks/wa`)
  link = await openRawLink(rig.url)
  token = (await link.hello({ device: 'page' })).token ?? ''
})
afterEach(async () => {
  link.cut()
  await rig.close()
  meta.close()
  await rm(directory, { recursive: true, force: true })
})

const post = (fields: object, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(`${rig.url}/v1/hand-over`, {
    method: 'POST',
    headers: { origin: ORIGIN, ...headers },
    body: JSON.stringify({ site: 'pk_demo', token, reach: 'whatsapp', ...fields }),
  })

async function codeFor(conversation: string, by = token): Promise<string> {
  const { status, json } = await post({ conversation, token: by })
  expect(status).toBe(200)
  return (json as HandOverResponse).code
}

async function say(conversation: string, words: string, n: number): Promise<void> {
  link.say({ t: 'send', id: newId(), conversation, n, body: text(words) })
  await link.next('ack')
}

const wordsIn = async (conversation: string): Promise<readonly string[]> =>
  (await rig.relay.store.readAfter(conversation, 0, 50)).map(({ body }) =>
    'text' in body ? String(body.text) : body.type,
  )

describe('POST /v1/hand-over', () => {
  test('gives a link, a code and its end; the phone’s first words bind it', async () => {
    const conversation = newId()
    await say(conversation, 'is the blue one in stock?', 1)
    const { json } = await post({ conversation })
    const { url, code, expires } = json as HandOverResponse
    expect(url).toBe(`https://wa.me/15550001111?text=${code}`)
    expect(code).toMatch(/^HM-[2-9A-Z]{10}$/)
    expect(expires).toBeGreaterThan(Date.now() + 23 * 3_600_000)

    meta.phone('41791112233').write(new URL(url).searchParams.get('text') ?? '')
    await meta.hooks.settled()
    expect(await wordsIn(conversation)).toEqual(['is the blue one in stock?', 'handed_over'])
    // The page is told at once.
    const { entries } = await link.next('entries')
    expect(entries[0]?.body).toMatchObject({ type: 'handed_over', app: 'WhatsApp' })
  })

  test('C12: mine, somebody else’s and nobody’s are one answer, and only mine is taken along', async () => {
    const mine = newId()
    await say(mine, 'secret words', 1)
    const other = await openRawLink(rig.url)
    const stranger = (await other.hello({ device: 'other' })).token ?? ''
    const shapes = await Promise.all(
      [mine, newId()].map(async (conversation) => {
        const { status, json } = await post({ conversation, token: stranger })
        const { url, code, ...rest } = json as HandOverResponse
        return { status, url: url.replace(code, ''), fields: Object.keys(rest) }
      }),
    )
    expect(shapes[0]).toEqual(shapes[1])
    expect(shapes[0]).toMatchObject({ status: 200, fields: ['expires'] })

    meta.phone('41790000001').write(`${await codeFor(mine, stranger)} give it to me`)
    await meta.hooks.settled()
    expect(await wordsIn(mine)).toEqual(['secret words'])
    other.cut()
  })

  test('a conversation may begin on the phone, and is the page’s own', async () => {
    const conversation = newId()
    meta.phone('41791112233').write(`${await codeFor(conversation)} hello from my phone`)
    await meta.hooks.settled()
    const { conversation: told, entries } = await link.next('entries')
    expect(told).toBe(conversation)
    expect(entries[0]?.author.role).toBe('visitor')
    await say(conversation, 'and from the page', 1)
    expect(await wordsIn(conversation)).toEqual([
      'handed_over',
      'hello from my phone',
      'and from the page',
    ])
  })

  test('who has no good token, or comes from another page, gets none', async () => {
    const conversation = newId()
    const status = async (fields: object, headers = {}): Promise<string> => {
      const { status: code, json } = await post({ conversation, ...fields }, headers)
      return `${code} ${json.error?.code}`
    }
    expect(await status({ token: 'x'.repeat(64) })).toBe('401 unauthorized')
    expect(await status({}, { origin: 'https://evil.test' })).toBe('403 origin_not_allowed')
    expect(await status({ site: 'pk_none' })).toBe('404 unknown_site')
    expect(await status({ reach: 'telegram' })).toBe('404 not_found')
    expect(await status({ conversation: 'mine' })).toBe('400 bad_request')
    expect(await status({ conversation: undefined })).toBe('400 bad_request')
    expect(await status({ token: null })).toBe('400 bad_request')
    const nonsense = await ask(`${rig.url}/v1/hand-over`, { method: 'POST', body: '[' })
    expect(nonsense.status).toBe(400)
    const large = await ask(`${rig.url}/v1/hand-over`, { method: 'POST', body: 'x'.repeat(5_000) })
    expect(large.status).toBe(413)
  })

  test('a visitor who asks again and again is told to wait; another is not', async () => {
    const conversation = newId()
    const { burst } = RELAY_LIMITS.handOver
    for (let n = 0; n < burst; n++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await codeFor(conversation)
    }
    expect((await post({ conversation })).json.error).toMatchObject({ code: 'rate_limited' })
    const other = await openRawLink(rig.url)
    await codeFor(conversation, (await other.hello({ device: 'other' })).token ?? '')
    other.cut()
  })
})

describe('what a site offers', () => {
  const offered = async (): Promise<unknown> => {
    const script = await (await fetch(`${rig.url}/widget/pk_demo.js`)).text()
    const found = /"reaches":(\[[^\]]*\])/.exec(script)?.[1]
    return found === undefined ? [] : JSON.parse(found)
  }

  test('is in the script’s settings, by name and nothing else, and follows the console', async () => {
    const WHATSAPP = { type: 'whatsapp', app: 'WhatsApp', binds: true }
    expect(await offered()).toEqual([WHATSAPP])
    const path = '/api/v1/connectors/tg?site=pk_demo'
    const settings = {
      token: `12345:${'a'.repeat(30)}`,
      webhookSecret: 'sixteen-or-more-00',
      username: 'lamps_bot',
    }
    expect((await rig.api('PUT', path, { type: 'telegram', role: 'reach', settings })).status).toBe(
      200,
    )
    expect(await offered()).toEqual([WHATSAPP, { type: 'telegram', app: 'Telegram', binds: true }])
    const { json } = await post({ conversation: newId(), reach: 'telegram' })
    expect(json.url).toBe(`https://t.me/lamps_bot?start=${json.code}`)
    await rig.api('DELETE', path)
    expect(await offered()).toEqual([WHATSAPP])
  })

  test('a mere link is not offered beside a way that binds', async () => {
    const path = '/api/v1/connectors/button?site=pk_demo'
    const settings = { number: '+49 170 1234567', greeting: 'Hello!' }
    await rig.api('PUT', path, { type: 'whatsapp-link', settings })
    // The one that binds is offered instead.
    expect(await offered()).toHaveLength(1)
    expect((await post({ conversation: newId(), reach: 'whatsapp-link' })).status).toBe(404)
  })
})
