import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SYSTEM_CLOCK } from '../src/clock.ts'
import { newId, text } from './gateway-rig.ts'
import type { RawLink } from './raw-link.ts'
import { openRawLink } from './raw-link.ts'
import type { RelayRig } from './relay-rig.ts'
import { openRelayRig } from './relay-rig.ts'
import type { WhatsAppSimulator } from './whatsapp-simulator.ts'
import { startWhatsAppSimulator } from './whatsapp-simulator.ts'
import type { Phone } from './whatsapp/phone.ts'

/** A whole relay between visitors, the merchant's phone, and visitors who write from WhatsApp. */
const MERCHANT = '4917012345678'

let meta: WhatsAppSimulator
let rig: RelayRig
let directory: string
let mia: Phone
/** How far the phones' clocks are before the relay's, ms. */
let ahead = 0
beforeEach(async () => {
  ahead = 0
  meta = await startWhatsAppSimulator({ clock: { now: () => SYSTEM_CLOCK.now() + ahead } })
  meta.approve('new_message', 'en_US', 'News from {{1}}')
  directory = await mkdtemp(join(tmpdir(), 'homing-whatsapp-'))
  const file = join(directory, 'connectors.json')
  const settings = {
    ...meta.settings,
    merchant: MERCHANT,
    templateName: 'new_message',
    templateLanguage: 'en_US',
    templateValues: ['{site}'],
  }
  const entry = { id: 'wa', site: 'pk_demo', type: 'whatsapp', role: 'both', settings }
  await writeFile(file, JSON.stringify([entry]))
  const environment = { HOMING_CONNECTORS: file, HOMING_ALLOW_PRIVATE: '127.0.0.1' }
  rig = await openRelayRig({}, environment)
  expect(await meta.register(`${rig.url}/v1/hooks/wa`)).toBe(true)
  mia = meta.phone(MERCHANT, { name: 'Mia' })
})
afterEach(async () => {
  await rig.close()
  meta.close()
  await rm(directory, { recursive: true, force: true })
})

interface Visitor {
  readonly link: RawLink
  readonly conversation: string
  say(words: string): Promise<void>
  /** The words of the next entry that somebody else wrote. */
  hear(): Promise<string>
}

async function visit(device: string): Promise<Visitor> {
  const link = await openRawLink(rig.url)
  await link.hello({ device })
  const conversation = newId()
  let count = 0
  return {
    link,
    conversation,
    async say(words) {
      link.say({ t: 'send', id: newId(), conversation, n: ++count, body: text(words) })
      await link.next('ack')
    },
    async hear() {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- until it is somebody else's
        const { entries } = await link.next('entries')
        const other = entries.find(({ author }) => author.role !== 'visitor')
        if (other && 'text' in other.body) return String(other.body.text)
      }
    },
  }
}

/** The merchant has written before, so that free text is taken. */
async function open(): Promise<void> {
  mia.write('/list')
  expect((await mia.next()).text).toContain('No conversation is open.')
}

describe("the merchant's own phone as the desk", () => {
  test('two visitors at once: each quoted answer goes to the one who asked', async () => {
    await open()
    const ann = await visit('ann')
    const ben = await visit('ben')
    await ann.say('is the blue one in stock?')
    const first = await mia.next()
    await ben.say('do you ship to Bern?')
    const second = await mia.next()
    expect(first.text).toMatch(/^#[2-9A-Z]{4}.*\nis the blue one in stock\?$/)
    expect(second.text).toContain('do you ship to Bern?')

    mia.write('yes, to Bern', { quote: second })
    mia.write('yes, in blue', { quote: first })
    expect(await ann.hear()).toBe('yes, in blue')
    expect(await ben.hear()).toBe('yes, to Bern')

    mia.write('to whom is this?')
    expect((await mia.next()).text).toContain('Nothing was sent')
  })

  test('a closed window is woken once, and what waited comes when she answers', async () => {
    const ann = await visit('ann')
    await ann.say('one')
    await ann.say('two')
    expect(await mia.next()).toMatchObject({ template: 'new_message', text: 'News from Demo' })
    mia.write('I am here')
    const words = [await mia.next(), await mia.next(), await mia.next()].map((each) => each.text)
    expect(words.filter((each) => each.endsWith('\none'))).toHaveLength(1)
    expect(words.filter((each) => each.endsWith('\ntwo'))).toHaveLength(1)
    expect(words.findIndex((each) => each.endsWith('\none'))).toBeLessThan(
      words.findIndex((each) => each.endsWith('\ntwo')),
    )
    expect(mia.inbox.filter(({ template }) => template !== undefined)).toHaveLength(1)
  })

  test('an answer that got lost: one copy on the phone, and the next words follow', async () => {
    await open()
    const ann = await visit('ann')
    meta.next('lost')
    await ann.say('one')
    await ann.say('two')
    const words = [await mia.next(), await mia.next()].map((each) => each.text.split('\n').at(-1))
    expect(words).toEqual(['one', 'two'])
    await meta.hooks.settled()
    expect(mia.inbox).toHaveLength(3)
  })

  test('C10: a text in parts, the first of whose answers got lost: each part once, and the next words', async () => {
    await open()
    const ann = await visit('ann')
    meta.next('lost')
    const words = 'blue or green '.repeat(285).padEnd(4_000, 'x')
    await ann.say(words)
    await ann.say('after it')
    const [first, second, third] = [await mia.next(), await mia.next(), await mia.next()]
    const whole = `${first.text} ${second.text}`
    expect(whole.slice(whole.indexOf('\n') + 1)).toBe(words)
    expect(third.text).toContain('after it')
    await meta.hooks.settled()
    expect(mia.inbox).toHaveLength(4)
  })
})

describe('a visitor on WhatsApp', () => {
  test('writes, is answered from the phone at the other end, and gets it once', async () => {
    await open()
    const ann = meta.phone('41791112233', { name: 'Ann' })
    ann.write('hello from my phone')
    const line = await mia.next()
    expect(line.text).toMatch(/^#[2-9A-Z]{4} · Ann\nhello from my phone$/)
    mia.write('hello Ann', { quote: line })
    expect(await ann.next()).toMatchObject({ text: 'hello Ann' })
    await meta.hooks.settled()
    expect(ann.inbox).toHaveLength(1)
  })

  test('sends a photo: the merchant gets a link to it, tagged, and may quote it', async () => {
    await open()
    const ann = meta.phone('41791112233', { name: 'Ann' })
    const bytes = new Uint8Array([137, 80, 78, 71])
    ann.send({ bytes, type: 'image/png', name: 'crack.png' })
    const line = await mia.next()
    expect(line.text).toMatch(/^#[2-9A-Z]{4} · Ann\ncrack\.png: http/)
    const { pathname } = new URL(/http\S+/.exec(line.text)?.[0] ?? '')
    const kept = await fetch(rig.url + pathname)
    expect(new Uint8Array(await kept.arrayBuffer())).toEqual(bytes)
    mia.write('we send another one', { quote: line })
    expect((await ann.next()).text).toBe('we send another one')
  })

  test('who wrote STOP is not written to; START brings the answers back', async () => {
    await open()
    const ann = meta.phone('41791112233', { name: 'Ann' })
    ann.write('hello')
    const line = await mia.next()
    ann.optOut()
    await mia.next()
    mia.write('too late', { quote: line })
    await meta.hooks.settled()
    // WhatsApp tells times in whole seconds.
    ahead = 2_000
    ann.write('start')
    await mia.next()
    mia.write('welcome back', { quote: line })
    expect((await ann.next()).text).toBe('welcome back')
    expect(ann.inbox).toHaveLength(1)
  })
})
