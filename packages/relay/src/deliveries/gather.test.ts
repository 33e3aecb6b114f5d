import { afterEach, describe, expect, test } from 'vitest'
import type { FarRig } from '../../test/far-rig.ts'
import { fails, hangs, openFarRig, words } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide } from '../../test/far-side.ts'
import { SEND_TIMEOUT_MS } from './deliveries.ts'

/** Far sides that are slow or count calls are told several entries at once. */
const GATHER_MS = 30_000
let rig: FarRig
afterEach(() => rig.close())

const counting = (changes = {}): FarSide =>
  createFarSide({ gatherMs: GATHER_MS, maxText: 1_000, ...changes })
const told = (far: FarSide) => far.sent.map(({ entry, more }) => words([entry, ...more]))
const say = async (...texts: readonly string[]): Promise<string> => {
  const { conversation } = await rig.parts().say(texts[0] ?? '')
  for (const text of texts.slice(1)) await rig.parts().say(text, conversation)
  return conversation
}

describe('C10: what is said together goes together', () => {
  test('in order, after its time, under the key of the first', async () => {
    const far = counting()
    rig = await openFarRig([far])
    const conversation = await say('one', 'two')
    await rig.pass(GATHER_MS - 1)
    expect(far.sent).toEqual([])
    await rig.parts().say('three', conversation)
    await rig.pass(1)
    expect(told(far)).toEqual([['one', 'two', 'three']])
    await rig.parts().say('four', conversation)
    await rig.pass(GATHER_MS)
    expect(told(far).at(-1)).toEqual(['four'])
    expect((await rig.parts().store.figures()).deliveries).toMatchObject({ done: 4 })
  })

  test('as much as fits, and nothing but texts', async () => {
    const far = counting({ maxText: 300 })
    rig = await openFarRig([far])
    const conversation = await say('a'.repeat(50), 'b'.repeat(50), 'c'.repeat(50))
    await rig.parts().agentSays(conversation, { type: 'file', fallback: 'a file', name: 'x' })
    await rig.parts().say('after', conversation)
    await rig.pass(GATHER_MS)
    expect(far.sent.map(({ entry, more }) => [entry, ...more].map(({ seq }) => seq))).toEqual([
      [1, 2],
      [3],
      [4],
      [5],
    ])
  })

  test('what surely did not arrive goes again with what came meanwhile', async () => {
    const far = counting()
    far.script.push(fails('retry'), fails('retry'))
    rig = await openFarRig([far])
    const conversation = await say('one', 'two')
    await rig.pass(GATHER_MS)
    await rig.parts().say('three', conversation)
    await rig.passing('it is taken', () => far.sent.length === 3)
    await rig.quiet()
    expect(told(far).at(-1)).toEqual(['one', 'two', 'three'])
    expect(new Set(far.sent.map(({ key }) => key)).size).toBe(1)
  })
})

describe('C10: poison among what goes together', () => {
  const refusing =
    (...poison: readonly string[]): FarSide['script'][number] =>
    (outbound) => {
      const all = words([outbound.entry, ...outbound.more])
      if (all.some((each) => poison.includes(each))) fails('bad-content')()
      return { externalIds: [`far-${outbound.key}`] }
    }

  test.each([1, 2, 3, 4])('as number %i it is found alone, and order is kept', async (number) => {
    const far = counting()
    const texts = ['one', 'two', 'three', 'four']
    const poison = texts[number - 1] ?? ''
    far.script.push(...Array.from({ length: 20 }, () => refusing(poison)))
    rig = await openFarRig([far])
    await say(...texts)
    await rig.pass(GATHER_MS)
    await rig.passing('it is found', async () => (await rig.parked()).length === 1)
    await rig.quiet()
    expect((await rig.parked()).map(({ seq }) => seq)).toEqual([number])
    const arrived = told(far).filter((sent) => !sent.includes(poison))
    expect(arrived.flat()).toEqual(texts.filter((text) => text !== poison))
    expect(told(far)).toContainEqual([poison])
  })
})

describe('C10: what may have arrived together', () => {
  test('found: all of it is done, and nothing is sent again', async () => {
    const far = counting()
    far.script.push(fails('unknown'))
    far.reconciled = { externalIds: ['far-1'] }
    rig = await openFarRig([far])
    await say('one', 'two', 'three')
    await rig.pass(GATHER_MS)
    await rig.passing('it is settled', async () => {
      const { deliveries } = await rig.parts().store.figures()
      return deliveries.done === 3
    })
    expect(far.sent).toHaveLength(1)
    expect(far.looked.map(({ more }) => words(more))).toEqual([['two', 'three']])
  })

  test('absent: the very same goes again under the same key, without what came meanwhile', async () => {
    const far = counting()
    far.script.push(fails('unknown'))
    rig = await openFarRig([far])
    const conversation = await say('one', 'two')
    await rig.pass(GATHER_MS)
    await rig.parts().say('three', conversation)
    await rig.passing('it is sent again', () => far.sent.length === 2)
    await rig.passing('the rest is sent', () => far.sent.length === 3)
    expect(told(far)).toEqual([['one', 'two'], ['one', 'two'], ['three']])
    expect(far.sent[1]?.key).toBe(far.sent[0]?.key)
  })

  test('nobody can tell: all of it is parked, none is sent again', async () => {
    const far = counting({ reconcile: false })
    far.script.push(fails('unknown'))
    rig = await openFarRig([far])
    await say('one', 'two')
    await rig.pass(GATHER_MS)
    await rig.passing('it is parked', async () => (await rig.parked()).length === 2)
    expect(far.sent).toHaveLength(1)
    for (const { reason } of await rig.parked()) expect(reason).toContain('may have arrived')
  })

  test('a relay that stopped in between looks up all of it, once', async () => {
    const far = counting()
    far.script.push(hangs)
    rig = await openFarRig([far])
    await say('one', 'two', 'three')
    rig.clock.advance(GATHER_MS)
    await rig.passing('it is under way', () => far.sent.length === 1, 0)
    rig.clock.advance(SEND_TIMEOUT_MS)
    await rig.restart()
    far.reconciled = { externalIds: ['far-1'] }
    await rig.passing('it is settled', async () => {
      const { deliveries } = await rig.parts().store.figures()
      return deliveries.done === 3
    })
    expect(far.sent).toHaveLength(1)
    expect(words(far.looked.at(-1)?.more ?? [])).toEqual(['two', 'three'])
  })
})

test('C10: how much fits is counted in the unit of the far side', async () => {
  const far = counting({ maxText: 230, textUnit: 'bytes' })
  rig = await openFarRig([far])
  await say('a', 'ö'.repeat(30), 'x')
  await rig.pass(GATHER_MS)
  expect(told(far)).toEqual([['a', 'ö'.repeat(30)], ['x']])
})
