import { afterEach, describe, expect, test } from 'vitest'
import type { FarRig } from '../../test/far-rig.ts'
import { fails, openFarRig, words } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, done, textOf } from '../../test/far-side.ts'
import { MAX_TRANSCRIPT_ENTRIES } from './outbound.ts'

/** Which thread an entry goes to, and what goes along with one that opens it. */
let rig: FarRig
afterEach(() => rig.close())

const sentTo = (far: FarSide) =>
  far.sent.map((sent) => [textOf(sent), sent.thread, words(sent.before), sent.omitted] as const)

/** A far side that numbers its threads. */
function numbered(): FarSide['script'][number] {
  let threads = 0
  return (outbound) => ({
    externalIds: [`far-${outbound.key}`],
    thread: outbound.thread ?? `thread-${++threads}`,
  })
}

describe('C10: a new thread', () => {
  test('is opened once, by the first entry, and nothing is told twice', async () => {
    const far = createFarSide()
    rig = await openFarRig([far])
    const { conversation } = await rig.parts().say('one')
    await rig.parts().say('two', conversation)
    await rig.quiet()
    const thread = `thread-${conversation}`
    expect(sentTo(far)).toEqual([
      ['one', undefined, [], 0],
      ['two', thread, [], 0],
    ])
  })

  test('where the far side has no name for it, the transcript is not told again', async () => {
    const far = createFarSide()
    far.script.push(fails('bad-content'), () => ({ externalIds: ['x'] }))
    rig = await openFarRig([far])
    const { conversation } = await rig.parts().say('one')
    await rig.quiet()
    await rig.parts().say('two', conversation)
    await rig.parts().say('three', conversation)
    await rig.quiet()
    expect(sentTo(far).map(([text, , before]) => [text, before])).toEqual([
      ['one', []],
      ['two', []],
      ['three', []],
    ])
  })

  test('poison that should have opened it does not spoil what comes after', async () => {
    const far = createFarSide()
    const refusesPoison: FarSide['script'][number] = (outbound) =>
      [outbound.entry, ...outbound.before].some((entry) => words([entry])[0] === 'poison')
        ? fails('bad-content')()
        : done(outbound)
    far.script.push(...Array.from({ length: 10 }, () => refusesPoison))
    rig = await openFarRig([far])
    const { conversation } = await rig.parts().say('poison')
    for (const text of ['two', 'three']) await rig.parts().say(text, conversation)
    await rig.quiet()
    expect((await rig.parked()).map(({ seq }) => seq)).toEqual([1])
    expect(sentTo(far).map(([text]) => text)).toEqual(['poison', 'two', 'three'])
  })
})

describe('C10: a thread that is gone there', () => {
  test('is opened anew, with everything that was said, and the link goes to the new one', async () => {
    const far = createFarSide()
    const open = numbered()
    far.script.push(open, open, fails('thread-gone'), open, open)
    rig = await openFarRig([far])
    const { parts } = rig
    const { conversation } = await parts().say('one')
    await rig.quiet()
    await parts().agentSays(conversation, { type: 'text', text: 'an answer' })
    await rig.quiet()
    await parts().say('three', conversation)
    await parts().say('four', conversation)
    await rig.quiet()
    expect(sentTo(far)).toEqual([
      ['one', undefined, [], 0],
      ['an answer', 'thread-1', [], 0],
      ['three', 'thread-1', [], 0],
      ['three', undefined, ['one', 'an answer'], 0],
      ['four', 'thread-2', [], 0],
    ])
    expect(far.sent[2]?.key).toBe(far.sent[3]?.key)
    expect(await parts().store.thread('far', conversation)).toBe('thread-2')
    expect(await parts().store.conversationOf('far', 'thread-1')).toBeUndefined()
  })

  test('of a long conversation the newest is told, and how much is left out', async () => {
    const far = createFarSide()
    rig = await openFarRig([far])
    const { conversation } = await rig.parts().say('one')
    await rig.quiet()
    await rig.parts().store.setDesks(conversation, { desks: [], entering: [], leaving: [] }, 1)
    for (let n = 2; n <= MAX_TRANSCRIPT_ENTRIES + 6; n++) {
      await rig.parts().say(`words ${n}`, conversation)
    }
    const all = { desks: undefined, entering: [], leaving: [] }
    await rig.parts().store.setDesks(conversation, all, 1)
    far.script.push(fails('thread-gone'))
    await rig.parts().say('the last', conversation)
    await rig.quiet()
    const last = far.sent.at(-1)
    expect([last?.before.length, last?.omitted]).toEqual([MAX_TRANSCRIPT_ENTRIES, 6])
    expect(words(last?.before ?? [])[0]).toBe('words 7')
  })

  test('once: who refuses the new one too gets no third, and it is shown', async () => {
    const far = createFarSide()
    far.script.push(done, fails('thread-gone'), fails('thread-gone'))
    rig = await openFarRig([far])
    const { conversation } = await rig.parts().say('one')
    await rig.quiet()
    await rig.parts().say('two', conversation)
    await rig.quiet()
    expect(far.sent).toHaveLength(3)
    expect(await rig.parked()).toEqual([{ seq: 2, reason: 'the far side says thread-gone' }])
    await rig.parts().say('three', conversation)
    await rig.quiet()
    expect(sentTo(far).at(-1)).toEqual(['three', undefined, ['one'], 0])
  })

  test('nor one that takes the first part only', async () => {
    const far = createFarSide({ maxText: 10 })
    const open = numbered()
    far.script.push(open, fails('thread-gone'), open, fails('thread-gone'))
    rig = await openFarRig([far])
    const { conversation } = await rig.parts().say('one')
    await rig.quiet()
    await rig.parts().say('first part and second', conversation)
    await rig.quiet()
    expect(far.sent).toHaveLength(4)
    expect((await rig.parked()).map(({ seq }) => seq)).toEqual([2])
  })

  test('of a text in parts the new one gets all', async () => {
    const far = createFarSide({ maxText: 10 })
    const open = numbered()
    far.script.push(open, open, fails('thread-gone'))
    far.script.push(...Array.from({ length: 5 }, () => open))
    rig = await openFarRig([far])
    const { conversation } = await rig.parts().say('one')
    await rig.quiet()
    await rig.parts().say('first part and second', conversation)
    await rig.quiet()
    const texts = sentTo(far).map(([text, thread]) => [text, thread])
    expect(texts).toEqual([
      ['one', undefined],
      ['first part', 'thread-1'],
      ['and second', 'thread-1'],
      ['first part', undefined],
      ['and second', 'thread-2'],
    ])
  })
})

describe('C10: a person who cannot be reached there', () => {
  test('it is parked and said, and the rest flows', async () => {
    const far = createFarSide()
    far.script.push(fails('bad-recipient'))
    rig = await openFarRig([far])
    const { conversation } = await rig.parts().say('one')
    await rig.parts().say('two', conversation)
    await rig.quiet()
    expect(await rig.parked()).toEqual([{ seq: 1, reason: 'the far side says bad-recipient' }])
    expect(far.sent).toHaveLength(2)
  })

  test('what arrived of a text in parts is not told again when the rest is replayed', async () => {
    const far = createFarSide({ maxText: 10 })
    far.script.push(done, fails('bad-content'))
    rig = await openFarRig([far])
    await rig.parts().say('first part and second')
    await rig.quiet()
    const { store, site, deliveries } = rig.parts()
    const [parked] = await store.parked(site)
    await store.replay(parked?.id ?? '', rig.clock.now())
    deliveries.nudge()
    await rig.quiet()
    expect(far.sent.map(textOf)).toEqual(['first part', 'and second', 'and second'])
  })
})
