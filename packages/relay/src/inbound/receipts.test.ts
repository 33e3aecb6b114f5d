import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SITE } from '../../test/delivery-parts.ts'
import type { FarRig } from '../../test/far-rig.ts'
import { fails, openFarRig } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, done, textOf } from '../../test/far-side.ts'
import type { Fact } from '../connectors/connector.ts'
import { RECEIPT_PATIENCE_MS } from '../deliveries/attempt.ts'

const NUMBER = '+49170'
type State = 'sent' | 'delivered' | 'read' | 'failed'
type ReceiptFact = Extract<Fact, { readonly kind: 'receipt' }>

let rig: FarRig
let far: FarSide
let conversation: string

/** A far side that answers with ids only, and tells the rest later. */
async function open(changes: Parameters<typeof createFarSide>[0] = {}): Promise<void> {
  far = createFarSide(
    { takes: [], receipts: true, reconcile: false, locate: false, echoes: false, ...changes },
    { role: 'reach' },
  )
  rig = await openFarRig([far])
  conversation = (await rig.parts().say('hello')).conversation
  await rig.parts().store.bind('far', conversation, NUMBER)
}

const answer = (text: string) => rig.parts().agentSays(conversation, { type: 'text', text })
const lastId = () => `far-${far.sent.at(-1)?.key}`
const told = (state: State, changes: Partial<ReceiptFact> = {}): Fact => ({
  kind: 'receipt',
  event: `${state}-${changes.externalId ?? lastId()}`,
  where: { thread: NUMBER },
  externalId: lastId(),
  state,
  ...changes,
})
const receive = (...facts: readonly Fact[]) => rig.receive('far', ...facts)
const states = async () => {
  const { deliveries } = await rig.parts().store.figures()
  return Object.entries(deliveries).flatMap(([state, n]) => (n > 0 ? [state] : []))
}
const readMark = async () => (await rig.parts().store.conversation(conversation))?.read.visitor

beforeEach(() => open())
afterEach(() => rig.close())

describe('C9: what a far side tells later of a message', () => {
  test.each([
    [['sent', 'delivered', 'read'], 'done'],
    [['read', 'delivered', 'sent'], 'done'],
    [['sent', 'failed'], 'parked'],
    [['failed', 'sent'], 'parked'],
    [['delivered', 'failed'], 'done'],
    [['failed', 'delivered'], 'done'],
    [['sent', 'sent', 'failed', 'failed', 'read', 'failed'], 'done'],
  ] as const)('%j: %s, and nothing is sent again', async (said, end) => {
    await answer('one')
    await rig.quiet()
    for (const state of said) expect(await receive(told(state))).toMatchObject({ status: 200 })
    await rig.quiet()
    expect(await states()).toEqual([end])
    expect(far.sent).toHaveLength(1)
  })

  test('read is the visitor’s mark, up to that message', async () => {
    for (const text of ['one', 'two', 'three']) await answer(text)
    await rig.quiet()
    const [, second] = far.sent
    await receive(told('read', { externalId: `far-${second?.key}` }))
    expect(await readMark()).toBe(3)
    await receive(told('read', { externalId: `far-${far.sent[0]?.key}` }))
    expect(await readMark()).toBe(3)
  })

  test('a failure is said in the far side’s words', async () => {
    await answer('one')
    await rig.quiet()
    await receive(told('failed', { failure: 'bad-recipient', reason: 'the number has no phone' }))
    expect(await rig.parked()).toEqual([{ seq: 2, reason: 'the number has no phone' }])
  })

  test('a passing failure is sent again, under the same key', async () => {
    await answer('one')
    await rig.quiet()
    await receive(told('failed', { failure: 'retry' }))
    await rig.passing('it is sent again', () => far.sent.length === 2, 5_000)
    expect(far.sent[1]?.key).toBe(far.sent[0]?.key)
  })

  test('one that the closed window kept away waits until the person writes', async () => {
    await rig.close()
    await open({ windowMs: 24 * 3_600_000 })
    await rig.parts().store.openWindow('far', NUMBER, rig.clock.now())
    await answer('one')
    await rig.quiet()
    await receive(told('failed', { failure: 'needs-template' }))
    await rig.pass(5_000)
    expect(far.sent).toHaveLength(1)
    expect(await rig.parts().store.window('far', NUMBER)).toMatchObject({ opened: 0 })
    // The same word again, after the person wrote, closes nothing.
    await rig.parts().store.openWindow('far', NUMBER, rig.clock.now())
    await receive(told('failed', { failure: 'needs-template' }))
    await rig.parts().store.release('far', conversation, rig.clock.now())
    await rig.quiet()
    expect(far.sent.map(textOf)).toEqual(['one', 'one'])
  })

  test('of nothing of ours it is nobody’s', async () => {
    expect(await receive(told('failed', { externalId: 'foreign' }))).toEqual({
      status: 200,
      body: { applied: 0 },
    })
    const key = '01890000-0000-7000-8000-0000000000ee'
    expect(await receive(told('sent', { externalId: 'foreign', key }))).toEqual({
      status: 200,
      body: { applied: 0 },
    })
    expect(await rig.parts().store.sent('far', 'foreign')).toBeUndefined()
  })
})

describe('C9: it comes before the answer of its own send', () => {
  const within = async (fact: () => Fact): Promise<void> => {
    let answered: Promise<unknown> | undefined
    far.script.push(async (outbound) => {
      // Not waited for: the far side calls from within our send.
      answered = receive(fact())
      for (let read = 0; read < 20; read++) await rig.parts().store.figures()
      return { externalIds: [`far-${outbound.key}`] }
    })
    await answer('one')
    await rig.quiet()
    expect(await answered).toEqual({ status: 200, body: { applied: 1 } })
  }

  test('by our key: it failed, and is not taken for sent', async () => {
    await within(() => told('failed', { key: far.sent.at(-1)?.key ?? '' }))
    expect(await states()).toEqual(['parked'])
  })

  test('by our key: it arrived, and its ids are kept', async () => {
    await within(() => told('delivered', { key: far.sent.at(-1)?.key ?? '' }))
    expect(await states()).toEqual(['done'])
    expect(await rig.parts().store.sent('far', lastId())).toMatchObject({ seq: 2 })
  })

  test('without a key it waits for the send, which brings the id to know it by', async () => {
    await within(() => told('failed'))
    expect(await states()).toEqual(['parked'])
  })
})

describe('C10: what may have arrived, where later words are all there is', () => {
  const unknown = async (): Promise<string> => {
    far.script.push(fails('unknown'))
    await answer('perhaps')
    await answer('after it')
    await rig.passing('it waits for word', async () => (await states()).includes('unknown'))
    return far.sent[0]?.key ?? ''
  }

  test('it arrived: settled, with one copy, and the next goes', async () => {
    const key = await unknown()
    await rig.pass(60_000, 5_000)
    expect(far.sent).toHaveLength(1)
    await receive(told('sent', { externalId: 'late-id', key }))
    await rig.quiet()
    expect(far.sent.map(textOf)).toEqual(['perhaps', 'after it'])
    expect(await states()).toEqual(['done'])
    await receive(told('read', { externalId: 'late-id' }))
    expect(await readMark()).toBe(2)
  })

  test('no word for ten minutes: parked, for people to look', async () => {
    await unknown()
    await rig.pass(RECEIPT_PATIENCE_MS - 60_000, 30_000)
    expect(await rig.parked()).toEqual([])
    await rig.pass(90_000, 30_000)
    const parked = await rig.parked()
    expect(parked.map(({ seq }) => seq)).toEqual([2])
    expect(parked[0]?.reason).toContain('may have arrived')
    expect(far.sent.map(textOf)).toEqual(['perhaps', 'after it'])
  })

  test('word after that still settles it', async () => {
    const key = await unknown()
    await rig.pass(RECEIPT_PATIENCE_MS + 60_000, 30_000)
    await receive(told('delivered', { externalId: 'late-id', key }))
    expect(await rig.parked()).toEqual([])
    expect(await states()).toEqual(['done'])
  })
})

describe('C10: a text in parts, where later words are all there is', () => {
  const PARTS = ['first part', 'second and', 'third']
  const sentTexts = () => far.sent.map(textOf)
  const keyOf = (number: number) => `${far.sent[0]?.key.slice(0, -1)}${number}`
  const tell = (state: State, number: number, changes: Partial<ReceiptFact> = {}) =>
    receive(told(state, { externalId: `far-${keyOf(number)}`, key: keyOf(number), ...changes }))
  const waits = () =>
    rig.passing('it waits for word', async () => (await states()).includes('unknown'))
  const sent = (count: number) => rig.passing('it is sent', () => far.sent.length >= count)
  const says = async (...script: FarSide['script']) => {
    far.script.push(...script)
    await answer('first part second and third')
  }

  beforeEach(async () => {
    await rig.close()
    await open({ maxText: 10 })
  })

  test('a part that surely did not arrive is sent again soon, and those before it are not', async () => {
    await says(done, fails('retry'))
    await sent(4)
    await rig.quiet()
    expect(sentTexts()).toEqual(['first part', 'second and', 'second and', 'third'])
    expect(await states()).toEqual(['done'])
  })

  test.each(['at once', 'after a restart'])(
    'the part in doubt arrived: the rest goes %s, nothing twice',
    async (when) => {
      await says(done, fails('unknown'))
      await waits()
      if (when === 'after a restart') await rig.restart()
      await rig.pass(60_000, 5_000)
      expect(far.sent).toHaveLength(2)
      await tell('sent', 2)
      await rig.quiet()
      expect(sentTexts()).toEqual(PARTS)
      expect(await states()).toEqual(['done'])
      expect(await rig.parts().store.sent('far', `far-${keyOf(1)}`)).toMatchObject({ seq: 2 })
    },
  )

  test('word comes before the line breaks: the rest goes all the same', async () => {
    await says(done, async () => {
      await tell('sent', 2)
      return fails('unknown')()
    })
    await sent(3)
    await rig.quiet()
    expect(sentTexts()).toEqual(PARTS)
    expect(await states()).toEqual(['done'])
  })

  test('word of the first part alone says nothing of the second', async () => {
    await says(done, fails('unknown'))
    await waits()
    await tell('delivered', 1)
    await rig.pass(60_000, 5_000)
    expect([await states(), far.sent.length]).toEqual([['unknown'], 2])
  })

  test('no word: parked with what is so; a replay sends what did not arrive, and no more', async () => {
    await says(done, fails('unknown'))
    await waits()
    await rig.pass(RECEIPT_PATIENCE_MS + 60_000, 30_000)
    const [parked] = await rig.parked()
    expect(parked?.reason).toMatch(/may have arrived.*\(part 2 of 3; 1 of them arrived\)$/)
    await rig.restart()
    const [again] = await rig.parts().store.parked(SITE)
    await rig.parts().store.replay(again?.id ?? '', rig.clock.now())
    await rig.quiet()
    expect(sentTexts()).toEqual(['first part', 'second and', 'second and', 'third'])
    expect(await states()).toEqual(['done'])
  })

  test('word after it was parked: the rest goes', async () => {
    await says(done, fails('unknown'))
    await waits()
    await rig.pass(RECEIPT_PATIENCE_MS + 60_000, 30_000)
    await tell('delivered', 2)
    await rig.quiet()
    expect(sentTexts()).toEqual(PARTS)
    expect([await states(), await rig.parked()]).toEqual([['done'], []])
  })

  test('word of what arrived starts nothing that was refused', async () => {
    await says(done, fails('bad-content'))
    await rig.passing('it is parked', async () => (await rig.parked()).length > 0)
    expect((await rig.parked())[0]?.reason).toContain('(part 2 of 3; 1 of them arrived)')
    await tell('delivered', 1)
    await rig.quiet()
    expect([await states(), far.sent.length]).toEqual([['parked'], 2])
  })

  test.each(['by our key', "by the far side's id"])(
    'one of them failed later, told %s: only that one is sent again',
    async (by) => {
      await says()
      await sent(3)
      await rig.quiet()
      const externalId = `far-${keyOf(2)}`
      const fact = told('failed', { externalId, failure: 'retry' })
      await receive(by === 'by our key' ? ({ ...fact, key: keyOf(2) } as Fact) : fact)
      await sent(4)
      await rig.quiet()
      expect(sentTexts()).toEqual([...PARTS, 'second and'])
      expect(await states()).toEqual(['done'])
    },
  )

  test('one failed while the next is in doubt: that one is sent again, and the doubt stays', async () => {
    await says(done, fails('unknown'))
    await waits()
    await tell('failed', 1, { failure: 'retry' })
    await sent(3)
    await rig.quiet()
    expect(sentTexts()).toEqual(['first part', 'second and', 'first part'])
    expect(await states()).toEqual(['unknown'])
    await tell('sent', 2)
    await rig.quiet()
    expect(sentTexts()).toEqual(['first part', 'second and', 'first part', 'third'])
    expect(await states()).toEqual(['done'])
  })

  test('C9: it is delivered when all of it is', async () => {
    await says()
    await sent(3)
    await rig.quiet()
    const mark = async () => (await rig.parts().store.conversation(conversation))?.delivered.visitor
    await tell('delivered', 3)
    await tell('delivered', 1)
    expect(await mark()).toBe(0)
    await tell('read', 2)
    expect(await mark()).toBe(2)
  })

  test('a thread that is gone has none of it: the new one is told all', async () => {
    await rig.close()
    await open({ maxText: 10, receipts: false, takes: ['agent'] })
    Object.assign(far, { role: 'desk' })
    await says(done, fails('thread-gone'))
    await sent(5)
    await rig.quiet()
    expect(sentTexts()).toEqual(['first part', 'second and', ...PARTS])
  })
})
