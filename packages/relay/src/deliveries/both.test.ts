import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FarRig } from '../../test/far-rig.ts'
import { PERSON, message, openFarRig, words } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, textOf } from '../../test/far-side.ts'
import { webhookRoutes } from '../http/webhooks.ts'

/** A far side that is desk and reach at once: two connectors behind one webhook. */
const LINE = '+merchant'
const NUMBER = '+visitor'
let rig: FarRig
let desk: FarSide
let reach: FarSide
let conversation: string

beforeEach(async () => {
  const greet: FarSide['greet'] = ({ url, method }) =>
    method === 'POST'
      ? undefined
      : { status: 200, contentType: 'text/plain', body: new URL(url).searchParams.get('q') ?? '' }
  desk = createFarSide(
    { roles: ['desk', 'reach'], line: true, takes: ['visitor'], echoes: false },
    { id: 'shop', hook: 'shop', greet },
  )
  reach = createFarSide(
    { roles: ['desk', 'reach'], line: true, takes: ['visitor'], echoes: false },
    { id: 'shop~reach', hook: 'shop', role: 'reach', greet },
  )
  const ids = Array.from({ length: 50 }, () => ({ key }: { key: string }) => ({
    externalIds: [`far-${key}`],
  }))
  desk.script.push(...ids)
  reach.script.push(...ids)
  rig = await openFarRig([desk, reach])
  await rig.receive('shop', person('p1', 'Hello?'))
  await rig.quiet()
  conversation = (await rig.parts().store.conversationOf('shop~reach', NUMBER)) ?? ''
})
afterEach(() => rig.close())

const person = (event: string, text: string) =>
  message(event, { thread: NUMBER }, text, { author: PERSON, side: 'reach' })
const log = async () => words(await rig.parts().log(conversation))

describe('desk and reach with one webhook', () => {
  test('C12: the side decides: a visitor on his phone, the merchant on another, one log', async () => {
    expect(desk.sent.map(textOf)[0]).toMatch(/\nHello\?$/)
    const quoted = `far-${desk.sent[0]?.key}`
    await rig.receive('shop', message('a1', { line: LINE, quoted }, 'Yes?', { side: 'desk' }))
    await rig.quiet()
    expect(reach.sent.map((sent) => [sent.thread, textOf(sent)])).toEqual([[NUMBER, 'Yes?']])
    expect(await log()).toEqual(['Hello?', 'Yes?'])
  })

  test('C11: both sides of one webhook, in its order; nothing goes back to where it came from', async () => {
    const quoted = `far-${desk.sent[0]?.key}`
    await rig.receive(
      'shop',
      person('p2', 'one'),
      message('a1', { line: LINE, quoted }, 'two', { side: 'desk' }),
      person('p3', 'three'),
    )
    await rig.quiet()
    expect(await log()).toEqual(['Hello?', 'one', 'two', 'three'])
    expect(reach.sent.map(textOf)).toEqual(['two'])
    expect(desk.sent).toHaveLength(3)
  })

  test('the same id of an event on both sides is two events', async () => {
    await rig.receive('shop', person('e', 'from the visitor'))
    const quoted = `far-${desk.sent[0]?.key}`
    await rig.receive('shop', message('e', { line: LINE, quoted }, 'to him', { side: 'desk' }))
    expect(await log()).toEqual(['Hello?', 'from the visitor', 'to him'])
  })

  test('C9: a receipt finds its message on either side', async () => {
    await rig.parts().agentSays(conversation, { type: 'text', text: 'an answer' })
    await rig.quiet()
    const read = (externalId: string, event: string) =>
      ({
        kind: 'receipt',
        event,
        where: { thread: NUMBER },
        externalId,
        state: 'read',
      }) as const
    await rig.receive(
      'shop',
      read(`far-${reach.sent[0]?.key}`, 'r1'),
      read(`far-${desk.sent[0]?.key}`, 'r2'),
    )
    const found = await rig.parts().store.conversation(conversation)
    expect(found?.read).toEqual({ visitor: 2, agent: 1 })
  })

  test('a fact of a line is nothing to a reach', async () => {
    const fact = message('a1', { line: LINE }, 'stray', { side: 'reach' })
    expect(await rig.receive('shop', fact)).toEqual({ status: 200, body: { applied: 0 } })
    expect(await log()).toEqual(['Hello?'])
  })
})

test('a reach alone need not say its side', async () => {
  await rig.close()
  reach = createFarSide({ takes: [], echoes: false }, { role: 'reach' })
  rig = await openFarRig([reach])
  await rig.receive('far', message('p1', { thread: NUMBER }, 'Hello?', { author: PERSON }))
  expect(await rig.parts().store.conversationOf('far', NUMBER)).toBeDefined()
})

describe('a far side that asks whether we are there', () => {
  const ask = (method: string, path: string) =>
    webhookRoutes(rig.parts().inbound, 'https://relay.test').request(path, { method })

  test('is answered in its words, before any signature', async () => {
    const answer = await ask('GET', '/v1/hooks/shop?q=31%2041')
    expect([answer.status, await answer.text()]).toEqual([200, '31 41'])
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect((await ask('HEAD', '/v1/hooks/shop?q=x')).status).toBe(200)
  })

  test('who asks for what is not there is told so', async () => {
    expect((await ask('GET', '/v1/hooks/nobody')).status).toBe(404)
    Object.assign(desk, { greet: () => undefined })
    expect((await ask('GET', '/v1/hooks/shop')).status).toBe(404)
  })
})
