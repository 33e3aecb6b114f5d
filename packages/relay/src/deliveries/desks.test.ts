import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createChooseDesks } from '../conversation/desks.ts'
import { routeOf } from '../conversation/route.ts'
import type { FarRig } from '../../test/far-rig.ts'
import { fails, message, openFarRig, words } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, textOf } from '../../test/far-side.ts'

/** Several desks for one site, and conversations that go from one to the other. */
let rig: FarRig
let one: FarSide
let two: FarSide
/** Those that are set up. */
let desks: FarSide[]
let conversation: string

beforeEach(async () => {
  one = createFarSide({}, { id: 'one', hook: 'one' })
  two = createFarSide({}, { id: 'two', hook: 'two' })
  desks = [one, two]
})
afterEach(() => rig.close())

const choose = async (chosen: readonly string[] | undefined): Promise<void> => {
  const { store, deliveries } = rig.parts()
  const found = await store.conversation(conversation)
  if (!found) throw new Error('There is no such conversation.')
  const chooseDesks = createChooseDesks({
    store,
    clock: rig.clock,
    routesOf: () => desks.map(routeOf),
    nudge: () => deliveries.nudge(),
  })
  await chooseDesks(found, chosen)
  await rig.quiet()
}
const begin = async (text: string): Promise<void> => {
  rig = await openFarRig(desks)
  conversation = (await rig.parts().say(text)).conversation
  await rig.quiet()
}
const say = async (text: string): Promise<void> => {
  await rig.parts().say(text, conversation)
  await rig.quiet()
}
const agentAt = (desk: FarSide, event: string, text: string) =>
  rig
    .receive(desk.id, message(event, { thread: `thread-${conversation}` }, text))
    .then(() => rig.quiet())
/** Everything that was told there, as somebody who reads it there sees it: what opens a thread first. */
const seenAt = (desk: FarSide) => desk.sent.flatMap((sent) => [...words(sent.before), textOf(sent)])

describe('C10: two desks at once', () => {
  test('both see every entry once, and none its own words', async () => {
    await begin('hello')
    await agentAt(one, 'a1', 'from one')
    await say('thanks')
    await agentAt(two, 'a1', 'from two')
    await rig.parts().agentSays(conversation, { type: 'text', text: 'from the console' })
    await rig.quiet()
    expect(seenAt(one)).toEqual(['hello', 'thanks', 'from two', 'from the console'])
    expect(seenAt(two)).toEqual(['hello', 'from one', 'thanks', 'from the console'])
    expect(words(await rig.parts().log(conversation))).toEqual([
      'hello',
      'from one',
      'thanks',
      'from two',
      'from the console',
    ])
  })

  test('one that is down does not hold up the other', async () => {
    one.script.push(...Array.from({ length: 9 }, () => fails('retry')))
    await begin('hello')
    await say('thanks')
    expect(seenAt(two)).toEqual(['hello', 'thanks'])
    await rig.passing('the other one follows', () => one.sent.length === 11)
    await rig.quiet()
    expect(one.sent.slice(-2).map(textOf)).toEqual(['hello', 'thanks'])
  })
})

describe('C10: from one desk to another', () => {
  beforeEach(async () => {
    desks.splice(1)
    await begin('hello')
    await say('a question')
    await agentAt(one, 'a1', 'an answer')
    // The second one is set up after all of this.
    desks.push(two)
    await rig.restart()
  })

  test('the new one gets the transcript at once, and goes on from there', async () => {
    await choose(['two'])
    expect(two.sent.map(({ thread }) => thread)).toEqual([undefined])
    expect(seenAt(two)).toEqual(['hello', 'a question', 'an answer'])
    await say('after')
    await agentAt(two, 'b1', 'from two')
    expect(seenAt(two)).toEqual(['hello', 'a question', 'an answer', 'after'])
    expect(seenAt(one)).toEqual(['hello', 'a question'])
    expect(words(await rig.parts().log(conversation))).toEqual([
      'hello',
      'a question',
      'an answer',
      'after',
      'from two',
    ])
  })

  test('one that joins gets it too, with the next words at the latest', async () => {
    await say('after')
    expect(seenAt(two)).toEqual(['hello', 'a question', 'an answer', 'after'])
    await choose(undefined)
    expect(two.sent).toHaveLength(1)
  })

  test('one that comes back gets what it missed, once, in its old thread, and not its own words', async () => {
    await choose(['two'])
    const before = one.sent.length
    await say('meanwhile')
    await agentAt(one, 'late', 'a late answer')
    await say('more')
    await choose(['one'])
    await choose(['one'])
    expect(one.sent.slice(before).map(textOf)).toEqual(['meanwhile', 'more'])
    expect(one.sent.at(-1)?.thread).toBe(`thread-${conversation}`)
    await say('and on')
    expect(seenAt(one).slice(-1)).toEqual(['and on'])
  })

  test('all of the site again: who has it all gets nothing twice', async () => {
    await choose(['one'])
    await choose(undefined)
    const before = one.sent.length
    await choose(undefined)
    expect(one.sent).toHaveLength(before)
    await say('to both')
    expect([seenAt(one).at(-1), seenAt(two).at(-1)]).toEqual(['to both', 'to both'])
  })

  test('none: it is in the console only', async () => {
    await choose([])
    const before = [one.sent.length, two.sent.length]
    await say('nobody there')
    expect([one.sent.length, two.sent.length]).toEqual(before)
  })

  test('a desk that is none is refused, by name', async () => {
    await expect(choose(['one', 'three'])).rejects.toThrow('This site has no desk "three".')
  })
})
