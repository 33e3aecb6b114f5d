import { isStatus, isText } from '@homing/core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { REAL_CLOCK, startDeliveryParts, until } from './delivery-parts.ts'
import type { DeliveryParts, PartsOptions } from './delivery-parts.ts'
import { startCuttingProxy } from './cutting-proxy.ts'
import type { CuttingProxy } from './cutting-proxy.ts'
import { missingRequestTracker, startRequestTracker } from './real-request-tracker.ts'
import type { RealRequestTracker } from './real-request-tracker.ts'

const missing = missingRequestTracker()
if (missing !== undefined) {
  if (process.env['CI']) throw new Error(missing)
  console.warn(`SKIPPED: ${missing}`)
}

const PAGE = { url: 'https://shop.test/p/blue-mug?ref=ü', title: 'Blue mug – 12 € "new"' }
/** What the project promises between a desk and a page. */
const PROMPT_MS = 5_000

describe.skipIf(missing !== undefined)('the real Request Tracker', () => {
  let rt: RealRequestTracker
  let parts: DeliveryParts | undefined
  let proxy: CuttingProxy | undefined

  beforeAll(async () => {
    rt = await startRequestTracker()
  })
  afterAll(() => rt.stop())
  afterEach(async () => {
    await parts?.stop()
    proxy?.close()
    parts = proxy = undefined
  })

  const start = async (
    options: Partial<PartsOptions> & { readonly url?: string } = {},
  ): Promise<DeliveryParts> => {
    const { url = rt.url, ...rest } = options
    const settings = {
      url,
      token: rt.token,
      queue: 'General',
      rtname: 'rt.test',
      visitorDomain: 'visitors.test',
      webhookSecrets: [rt.secret],
    }
    parts = await startDeliveryParts({
      entries: [{ id: 'rt', site: 'pk_test', type: 'request-tracker', settings }],
      port: rt.hookPort,
      page: PAGE,
      ...rest,
    })
    return parts
  }

  const ticketOf = (relay: DeliveryParts, conversation: string): Promise<string> =>
    until('the ticket', () => relay.store.thread('rt', conversation), 30_000)

  const texts = async (relay: DeliveryParts, conversation: string): Promise<string[]> =>
    (await relay.log(conversation)).map(({ body, author }) =>
      isText(body) ? `${author.role}: ${body.text}` : isStatus(body) ? body.status : body.type,
    )

  const settled = (relay: DeliveryParts): Promise<true> =>
    until(
      'nothing waits',
      async () => (await relay.store.nextDue()) === undefined || undefined,
      60_000,
    ).then(() => true)

  const measured = (what: string, start: number): void => {
    const ms = Math.round(performance.now() - start)
    console.info(`${what}: ${ms} ms`)
    expect(ms, what).toBeLessThan(PROMPT_MS)
  }

  test('C10: first words become a ticket with the page, later ones follow on it', async () => {
    const relay = await start()
    const begin = performance.now()
    const { conversation } = await relay.say('Is the blue one in stock? 你好 👋\nBcc: x@y.test')
    const ticket = await ticketOf(relay, conversation)
    measured('first words to ticket', begin)

    const again = performance.now()
    await relay.say('And the red one?', conversation)
    await until('both are in RT', async () => (await rt.texts(ticket)).length === 2, 30_000)
    measured('later words to ticket', again)

    const [first, second] = await rt.texts(ticket)
    expect(first).toMatchObject({
      type: 'Create',
      creator: 'visitor-01890000-0000-7000-8000-00000000aaaa@visitors.test',
    })
    expect(first?.text).toContain('Is the blue one in stock? 你好 👋\nBcc: x@y.test\n')
    expect(first?.text).toContain(`Page: ${PAGE.title}\n${PAGE.url}`)
    expect(first?.text).toContain('Language: en')
    expect(first?.text).toContain(`https://relay.test/console#/c/${conversation}`)
    expect(second).toMatchObject({ type: 'Correspond', text: 'And the red one?\n' })
    const subject = (await rt.tickets()).find(({ id }) => id === ticket)?.Subject
    expect(subject).toBe(`${PAGE.title} (ref ${conversation.slice(-12)})`)
    await settled(relay)
    expect(await texts(relay, conversation)).toHaveLength(2)
  })

  test('C11: an answer comes back by webhook, resolved resolves, words open it again', async () => {
    const relay = await start()
    const { conversation } = await relay.say('hello')
    const ticket = await ticketOf(relay, conversation)
    await settled(relay)

    const begin = performance.now()
    await rt.correspond(ticket, 'Grüezi, yes it is.\n\n')
    await until('the answer', async () => (await relay.log(conversation)).length === 2, 10_000)
    measured('answer to entry by webhook (RT answers its agent within)', begin)
    const [, answer] = await relay.log(conversation)
    expect(answer).toMatchObject({
      author: { role: 'agent', id: 'agent1', name: 'Mia Agent' },
      body: { type: 'text', text: 'Grüezi, yes it is.' },
    })

    await rt.setStatus(ticket, 'resolved')
    await until('resolved', async () => (await relay.log(conversation)).length === 3, 10_000)
    expect((await relay.store.conversation(conversation))?.status).toBe('resolved')

    await relay.say('one more thing', conversation)
    await settled(relay)
    expect((await relay.store.conversation(conversation))?.status).toBe('open')
    expect(await texts(relay, conversation)).toEqual([
      'visitor: hello',
      'agent: Grüezi, yes it is.',
      'resolved',
      'visitor: one more thing',
    ])
    expect((await rt.tickets()).find(({ id }) => id === ticket)?.Status).toBe('open')
  })

  test('C11: an answer whose webhook got lost is fetched; with both there is still one', async () => {
    let relay = await start({ webhooks: false, poll: true })
    const { conversation } = await relay.say('hello')
    const ticket = await ticketOf(relay, conversation)
    await settled(relay)
    await until('the poll has its place', () => relay.store.cursor('rt'), 10_000)

    await rt.correspond(ticket, '<p>Yes &amp; it <b>is</b></p><p>blue</p>', 'text/html')
    // From here on: RT's own time to record it is not the poll's.
    const begin = performance.now()
    await until('the answer', async () => (await relay.log(conversation)).length === 2, 15_000)
    measured('answer to entry by poll', begin)
    expect((await texts(relay, conversation))[1]).toBe('agent: Yes & it is\n\nblue')

    await relay.stop()
    relay = await start({ poll: true })
    const next = await relay.say('and by both ways?')
    const other = await ticketOf(relay, next.conversation)
    await settled(relay)
    await rt.correspond(other, 'once')
    const polls = () =>
      Number(/homing_polls_total\{[^}]*"ok"\} (\d+)/.exec(relay.metrics())?.[1] ?? 0)
    const before = polls()
    await until('two more polls', async () => polls() >= before + 2, 20_000)
    expect(await texts(relay, next.conversation)).toEqual([
      'visitor: and by both ways?',
      'agent: once',
    ])
  })

  test('C10: what was said while RT was down is there after it is back, once and in order', async () => {
    const relay = await start({ poll: true })
    const { conversation } = await relay.say('one')
    const ticket = await ticketOf(relay, conversation)
    await settled(relay)
    await rt.down()
    for (const text of ['two', 'three', 'four']) await relay.say(text, conversation)
    await until('a try failed', async () => relay.metrics().includes('outcome="retry"'), 10_000)
    // Long enough for the quick tries to have become slower.
    await new Promise((resolve) => REAL_CLOCK.after(12_000, () => resolve(undefined)))
    await rt.up()
    const begin = performance.now()
    await settled(relay)
    console.info(`RT back to all words there: ${Math.round(performance.now() - begin)} ms`)
    const said = (await rt.texts(ticket)).map(({ text }) => text.split('\n')[0])
    expect(said).toEqual(['one', 'two', 'three', 'four'])
    expect(await texts(relay, conversation)).toHaveLength(4)
  })

  test('C10: an answer lost after RT took the words leaves one copy, found by its Message-ID', async () => {
    proxy = await startCuttingProxy(rt.url)
    const relay = await start({ url: proxy.url })
    proxy.lose('mail-gateway', 1)
    const begin = performance.now()
    const { conversation } = await relay.say('only once, please')
    const ticket = await ticketOf(relay, conversation)
    const tookMs = Math.round(performance.now() - begin)
    console.info(`first words to ticket with a lost answer: ${tookMs} ms`)
    proxy.lose('mail-gateway', 1)
    await relay.say('and this too', conversation)
    await settled(relay)
    expect((await rt.texts(ticket)).map(({ text }) => text.split('\n')[0])).toEqual([
      'only once, please',
      'and this too',
    ])
    const reference = conversation.slice(-12)
    expect((await rt.tickets()).filter(({ Subject }) => Subject.includes(reference))).toHaveLength(
      1,
    )
    expect(proxy.passed.filter((path) => path.includes('mail-gateway'))).toHaveLength(2)
    expect(relay.metrics()).toContain('outcome="unknown"')
  })

  test("C11: an agent's words from the console become a comment, and nothing comes back", async () => {
    const relay = await start({ poll: true })
    const { conversation } = await relay.say('hello')
    const ticket = await ticketOf(relay, conversation)
    await relay.agentSays(conversation, { type: 'text', text: 'from the console' })
    await relay.agentSays(conversation, { type: 'status', status: 'resolved' })
    await settled(relay)
    const [, comment] = await rt.texts(ticket)
    expect(comment?.type).toBe('Comment')
    expect(comment?.text).toContain('Console agent answered in Homing:\n\nfrom the console')
    expect((await rt.tickets()).find(({ id }) => id === ticket)?.Status).toBe('resolved')
    const polls = () =>
      Number(/homing_polls_total\{[^}]*"ok"\} (\d+)/.exec(relay.metrics())?.[1] ?? 0)
    const before = polls()
    await until('two more polls', async () => polls() >= before + 2, 20_000)
    expect(await texts(relay, conversation)).toEqual([
      'visitor: hello',
      'agent: from the console',
      'resolved',
    ])
  })

  test('C11: a ticket nobody remembered is found again by its first mail', async () => {
    const relay = await start()
    const { conversation } = await relay.say('hello')
    const ticket = await ticketOf(relay, conversation)
    await settled(relay)
    await relay.stop()
    // Another log, as after a restore of a backup that is older than the ticket.
    const restored = await start()
    await restored.store.append({
      site: 'pk_test',
      conversation,
      id: '01890000-0000-7000-8000-0000000000ff',
      author: { role: 'visitor', id: '01890000-0000-7000-8000-00000000aaaa' },
      body: { type: 'text', text: 'hello' },
      time: Date.now(),
      connectors: [],
      visitor: { tokenHash: new Uint8Array(32).fill(7), device: 'device-1', n: 1 },
    })
    await rt.correspond(ticket, 'still here')
    await until('the answer', async () => (await restored.log(conversation)).length === 2, 10_000)
    expect(await restored.store.thread('rt', conversation)).toBe(ticket)
  })
})
