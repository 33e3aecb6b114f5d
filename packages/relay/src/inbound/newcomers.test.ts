import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HAND_OVER_TTL_MS } from '../conversation/hand-over.ts'
import { SITE, VISITOR } from '../../test/delivery-parts.ts'
import type { FarRig } from '../../test/far-rig.ts'
import { PERSON, message, openFarRig, words } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, textOf } from '../../test/far-side.ts'

/** People who write from a messenger: known there, bound by a code, or new. */
let rig: FarRig
let far: FarSide
let count: number

beforeEach(async () => {
  count = 0
  far = createFarSide({ takes: [], echoes: false, locate: false }, { role: 'reach' })
  rig = await openFarRig([far])
})
afterEach(() => rig.close())

const person = (thread: string, text: string, changes = {}) =>
  message(`m${++count}`, { thread }, text, { author: PERSON, ...changes })
const writes = (thread: string, text: string, changes = {}) =>
  rig.receive('far', person(thread, text, changes))
const conversationOf = (thread: string) => rig.parts().store.conversationOf('far', thread)
const logOf = async (conversation: string | undefined) =>
  words(await rig.parts().log(conversation ?? ''))
const onPage = async () => (await rig.parts().say('on the page')).conversation
const codeFor = async (conversation: string, visitor = VISITOR): Promise<string> =>
  (await rig.parts().handOvers.issue({ site: SITE, conversation, visitor })).code

describe('C12: a code takes the conversation along', () => {
  test('it binds the number: both ends see one thread, by one visitor', async () => {
    const conversation = await onPage()
    const code = await codeFor(conversation)
    await writes('+49', `Hello again (${code})`)
    await writes('+49', 'and more')
    expect(await logOf(conversation)).toEqual([
      'on the page',
      'handed_over',
      'Hello again',
      'and more',
    ])
    const authors = (await rig.parts().log(conversation)).map(({ author }) => author.id)
    expect(new Set(authors).size).toBe(1)
    await rig.parts().agentSays(conversation, { type: 'text', text: 'an answer' })
    await rig.quiet()
    expect(far.sent.map((sent) => [sent.thread, textOf(sent)])).toEqual([['+49', 'an answer']])
  })

  test('alone it is no message, and both ends are told that it goes on there', async () => {
    const conversation = await onPage()
    expect(await writes('+49', await codeFor(conversation))).toMatchObject({ status: 200 })
    expect(await logOf(conversation)).toEqual(['on the page', 'handed_over'])
    expect((await rig.parts().log(conversation))[1]).toMatchObject({
      author: { role: 'visitor', id: VISITOR },
      body: { app: 'far', fallback: 'This conversation goes on in far, too.' },
    })
    expect(await conversationOf('+49')).toBe(conversation)
  })

  test('it may be the first that is said: the conversation is that of the page, and the visitor’s', async () => {
    const conversation = '01890000-0000-7000-8000-00000000c0de'
    await writes('+49', `Hello? ${await codeFor(conversation)}`)
    expect(await logOf(conversation)).toEqual(['handed_over', 'Hello?'])
    expect(await rig.parts().store.conversation(conversation)).toMatchObject({
      site: SITE,
      visitor: { id: VISITOR },
    })
    await rig.parts().agentSays(conversation, { type: 'text', text: 'an answer' })
    await rig.quiet()
    expect(far.sent.map((sent) => [sent.thread, textOf(sent)])).toEqual([['+49', 'an answer']])
  })

  test('somebody else’s conversation is not taken along, whoever asked for the code', async () => {
    const conversation = await onPage()
    const code = await codeFor(conversation, '01890000-0000-7000-8000-0000000000ff')
    await writes('+49', `mine now ${code}`)
    expect(await logOf(conversation)).toEqual(['on the page'])
    const own = await conversationOf('+49')
    expect(own).not.toBe(conversation)
    expect(await logOf(own)).toEqual([`mine now ${code}`])
  })

  test('C11: the same message again changes nothing', async () => {
    const conversation = await onPage()
    const fact = person('+49', `Hello ${await codeFor(conversation)}`)
    await rig.receive('far', fact)
    expect(await rig.receive('far', fact)).toEqual({ status: 200, body: { applied: 0 } })
    expect(await logOf(conversation)).toEqual(['on the page', 'handed_over', 'Hello'])
  })

  test('a second person with it gets a conversation of his own', async () => {
    const conversation = await onPage()
    const code = await codeFor(conversation)
    await writes('+49', `mine ${code}`)
    await writes('+50', `no, mine ${code}`)
    expect(await logOf(conversation)).toEqual(['on the page', 'handed_over', 'mine'])
    const other = await conversationOf('+50')
    expect(other).not.toBe(conversation)
    expect(await logOf(other)).toEqual([`no, mine ${code}`])
  })

  test('one that is too old, alone, is a message that somebody can answer', async () => {
    const conversation = await onPage()
    const code = await codeFor(conversation)
    await rig.pass(HAND_OVER_TTL_MS)
    await writes('+49', code)
    const own = await conversationOf('+49')
    expect(own).not.toBe(conversation)
    expect(await logOf(own)).toEqual([code])
  })

  test('another one of a second conversation takes the number along', async () => {
    const one = await onPage()
    const two = await onPage()
    await writes('+49', `one ${await codeFor(one)}`)
    await writes('+49', `two ${await codeFor(two)}`)
    expect([await logOf(one), await logOf(two)]).toEqual([
      ['on the page', 'handed_over', 'one'],
      ['on the page', 'handed_over', 'two'],
    ])
    expect(await rig.parts().store.thread('far', one)).toBeUndefined()
  })

  test('it also says that messages are welcome again', async () => {
    const conversation = await onPage()
    const out = { kind: 'opt', event: 'o', where: { thread: '+49' }, out: true } as const
    await rig.receive('far', out)
    await writes('+49', `Hello ${await codeFor(conversation)}`)
    await rig.parts().agentSays(conversation, { type: 'text', text: 'an answer' })
    await rig.quiet()
    expect(far.sent).toHaveLength(1)
  })

  test.each([
    ['there', onPage],
    ['not there yet', () => Promise.resolve('01890000-0000-7000-8000-00000000c0de')],
  ])(
    'C11: it is taken with the number bound, or not at all; its conversation is %s',
    async (_, of) => {
      const conversation = await of()
      const before = await logOf(conversation)
      const code = await codeFor(conversation)
      const { append } = rig.parts().store
      Object.assign(rig.parts().store, { append: () => Promise.reject(new Error('full')) })
      const fact = person('+49', `Hello ${code}`)
      expect(await rig.receive('far', fact)).toMatchObject({ status: 503 })
      Object.assign(rig.parts().store, { append })
      expect(await rig.receive('far', fact)).toMatchObject({ status: 200 })
      expect(await logOf(conversation)).toEqual([...before, 'handed_over', 'Hello'])
    },
  )
})

describe('a stranger', () => {
  test('gets a conversation of his own, with his name', async () => {
    const contact = { name: 'Björn', email: 'b@mail.test' }
    await writes('+49', 'Hello?', { contact })
    await writes('+49', 'Anybody?', { contact: { name: 'Another' } })
    const own = await conversationOf('+49')
    expect(await logOf(own)).toEqual(['Hello?', 'Anybody?'])
    const found = await rig.parts().store.conversation(own ?? '')
    expect(found).toMatchObject({ site: SITE, status: 'open', visitor: contact })
    await rig.parts().agentSays(own ?? '', { type: 'text', text: 'Yes' })
    await rig.quiet()
    expect(far.sent.map(({ thread }) => thread)).toEqual(['+49'])
  })

  test('C11: two webhooks at once make one', async () => {
    const facts = Array.from({ length: 10 }, (_, n) => person('+49', `words ${n}`))
    await Promise.all(facts.map((fact) => rig.receive('far', fact)))
    expect(await logOf(await conversationOf('+49'))).toHaveLength(10)
    expect((await rig.parts().store.figures()).conversations).toBe(1)
  })

  test('whose number is another one from now on stays the same', async () => {
    await writes('+49', 'Hello?')
    const own = await conversationOf('+49')
    await rig.receive('far', {
      kind: 'moved',
      event: 'moved',
      where: { thread: '+49' },
      thread: '+50',
    })
    await writes('+50', 'me again')
    expect(await logOf(own)).toEqual(['Hello?', 'me again'])
  })

  test('an empty message is none', async () => {
    await writes('+49', ' ')
    expect((await rig.parts().store.figures()).conversations).toBe(0)
  })
})
