import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tagOf } from '../conversation/tag.ts'
import type { FarRig } from '../../test/far-rig.ts'
import { fails, message, openFarRig, words } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, textOf } from '../../test/far-side.ts'
import type { Fact } from '../connectors/connector.ts'
import { ACTIVE_MS } from './line.ts'

/** The merchant's own messenger: one chat, on which all conversations meet. */
const LINE = '+49merchant'
let rig: FarRig
let far: FarSide
let notices: string[]
let count: number

beforeEach(async () => {
  notices = []
  count = 0
  far = createFarSide(
    { line: true, takes: ['visitor'], locate: false },
    {
      notice: async (text) => {
        notices.push(text)
        return { externalIds: [] }
      },
    },
  )
  far.script.push(
    ...Array.from({ length: 99 }, () => ({ key }: { key: string }) => ({
      externalIds: [`wamid-${key}`],
    })),
  )
  rig = await openFarRig([far], { page: { url: 'https://shop.test/lamps?id=9', title: 'Lamps' } })
})
afterEach(() => rig.close())

const visitorSays = async (text: string, to?: string): Promise<string> => {
  const { conversation } = await rig.parts().say(text, to)
  await rig.quiet()
  return conversation
}
const merchant = (text: string, quoted?: string, changes = {}): Fact =>
  message(
    `m${++count}`,
    quoted === undefined ? { line: LINE } : { line: LINE, quoted },
    text,
    changes,
  )
const writes = (text: string, quoted?: string) => rig.receive('far', merchant(text, quoted))
const idOf = (conversation: string, number = 1) =>
  `wamid-${far.sent.filter((sent) => sent.conversation === conversation)[number - 1]?.key}`
const answers = async (conversation: string) =>
  words((await rig.parts().log(conversation)).filter(({ author }) => author.role !== 'visitor'))

describe('C12: an answer on a line goes to the conversation it is for', () => {
  test('each text to it says whose it is', async () => {
    const one = await visitorSays('Is it blue?')
    expect(textOf(far.sent[0]!)).toBe(`#${tagOf(one)} · /lamps\nIs it blue?`)
  })

  test('quoted: to the quoted one, with two visitors interleaved', async () => {
    const one = await visitorSays('from one')
    const two = await visitorSays('from two')
    await visitorSays('more from one', one)
    await writes('to one', idOf(one))
    await writes('to two', idOf(two))
    await writes('again to one', idOf(one, 2))
    expect(await answers(one)).toEqual(['to one', 'again to one'])
    expect(await answers(two)).toEqual(['to two'])
    expect(notices).toEqual([])
  })

  test('with a tag: to that one, without the tag; lower case will do', async () => {
    const one = await visitorSays('from one')
    await visitorSays('from two')
    await writes(`#${tagOf(one).toLowerCase()}: to one`)
    expect(await answers(one)).toEqual(['to one'])
  })

  test('unquoted: to the one that was active just now', async () => {
    const one = await visitorSays('from one')
    await rig.pass(ACTIVE_MS)
    const two = await visitorSays('from two')
    await writes('to two')
    expect([await answers(one), await answers(two)]).toEqual([[], ['to two']])
  })

  test('unquoted with two active, or none: nothing is sent, and the list is offered', async () => {
    const one = await visitorSays('from one')
    const two = await visitorSays('from two')
    expect(await writes('to whom?')).toEqual({ status: 200, body: { applied: 0 } })
    await rig.pass(ACTIVE_MS)
    await writes('to nobody')
    expect([await answers(one), await answers(two)]).toEqual([[], []])
    expect(notices).toHaveLength(2)
    for (const notice of notices) {
      expect(notice).toMatch(/^Nothing was sent/)
      for (const each of [one, two]) expect(notice).toContain(`#${tagOf(each)} · /lamps · `)
    }
  })

  test('C11: the same message again is not answered with the list again', async () => {
    await visitorSays('from one')
    await visitorSays('from two')
    const fact = merchant('to whom?')
    await rig.receive('far', fact)
    await rig.receive('far', fact)
    expect(notices).toHaveLength(1)
  })

  test('a wrong tag, or a tag without words, sends nothing and says so', async () => {
    const one = await visitorSays('from one')
    const wrong = tagOf(one) === 'AAAA' ? 'BBBB' : 'AAAA'
    await writes(`#${wrong} hello`)
    await writes(`#${tagOf(one)}`)
    expect(await answers(one)).toEqual([])
    expect(notices.map((each) => each.split(':')[0])).toEqual([
      'Nothing was sent',
      'Nothing was sent',
    ])
  })

  test('a quote of what is none of ours does not decide', async () => {
    const one = await visitorSays('from one')
    await writes('to one', 'wamid-foreign')
    expect(await answers(one)).toEqual(['to one'])
  })

  test('a picture without words goes as well', async () => {
    const one = await visitorSays('from one')
    const media = [{ reference: 'r1', name: 'lamp.png' }]
    await rig.receive('far', merchant('', idOf(one), { media }))
    expect((await rig.parts().log(one)).slice(1).map(({ body }) => body)).toMatchObject([
      { type: 'file', name: 'lamp.png' },
    ])
  })

  test('more than fit a list are still found by their tag', async () => {
    const first = await visitorSays('the first')
    for (let n = 0; n < 14; n++) await rig.parts().say(`words ${n}`)
    await rig.quiet()
    await writes(`#${tagOf(first)} found`)
    expect(await answers(first)).toEqual(['found'])
    await writes('/list')
    expect(notices[0]).toContain('… and 3 more')
  })

  test('one that another desk has is not on the list any more', async () => {
    const one = await visitorSays('from one')
    const two = await visitorSays('from two')
    const elsewhere = { desks: ['other'], entering: [], leaving: ['far'] }
    await rig.parts().store.setDesks(one, elsewhere, rig.clock.now())
    await writes('to two')
    expect(await answers(two)).toEqual(['to two'])
    // What is quoted is meant, though.
    await writes('to one', idOf(one))
    expect(await answers(one)).toEqual(['to one'])
  })
})

describe('words of a line', () => {
  const status = async (conversation: string) =>
    (await rig.parts().store.conversation(conversation))?.status

  test('/list: the open conversations, the one heard of last first', async () => {
    await writes('/list')
    const one = await visitorSays('from one')
    await rig.pass(60_000)
    const two = await visitorSays('from two')
    await writes('/LIST please')
    expect(notices[0]).toMatch(/^No conversation is open/)
    const [title, first, second] = notices[1]?.split('\n') ?? []
    expect(title).toBe('Open conversations:')
    expect(first).toBe(`#${tagOf(two)} · /lamps · 0 min`)
    expect(second).toBe(`#${tagOf(one)} · /lamps · 1 min`)
  })

  test('/list: with those whose words wait, which only a tag answers', async () => {
    far.script.unshift(fails('retry'))
    const one = await visitorSays('from one')
    await writes('hello?')
    await writes('/done')
    await writes('/list')
    expect(await answers(one)).toEqual([])
    expect(await status(one)).toBe('open')
    expect(notices.map((each) => each.split(':')[0])).toEqual([
      'Nothing was sent',
      'Nothing was sent',
      'Open conversations',
    ])
    expect(notices[2]?.split('\n')[1]).toBe(`#${tagOf(one)} · /lamps · 0 min · not shown yet`)
    await writes(`#${tagOf(one)} here I am`)
    expect(await answers(one)).toEqual(['here I am'])
    await rig.passing('it arrived', () => far.sent.length === 2)
    await rig.quiet()
    await writes('/list')
    expect(notices[3]?.split('\n')[1]).toMatch(/\d min$/)
  })

  test('/list: what was given up is still there to be asked for', async () => {
    far.script.unshift(fails('bad-content'))
    const one = await visitorSays('from one')
    await writes('/list')
    expect(notices[0]).toContain(`#${tagOf(one)} · /lamps · 0 min · not shown yet`)
  })

  test('/done: the quoted one, the tagged one, or the one that was active', async () => {
    const one = await visitorSays('from one')
    const two = await visitorSays('from two')
    const three = await visitorSays('from three')
    await writes('/done')
    expect(await Promise.all([one, two, three].map(status))).toEqual(['open', 'open', 'open'])
    expect(notices).toHaveLength(1)
    await writes('/done', idOf(one))
    await writes(`/done #${tagOf(two)}`)
    await writes('/done')
    expect(await Promise.all([one, two, three].map(status))).toEqual([
      'resolved',
      'resolved',
      'resolved',
    ])
    expect(notices).toHaveLength(1)
  })

  test('/done twice is once, and words after it open nothing', async () => {
    const one = await visitorSays('from one')
    const done = merchant('/done', idOf(one))
    await rig.receive('far', done)
    await rig.receive('far', done)
    expect((await rig.parts().log(one)).slice(1).map(({ body }) => body)).toEqual([
      { type: 'status', status: 'resolved' },
    ])
    await writes('to whom?')
    expect(notices).toHaveLength(1)
  })

  test('a notice that cannot be told is no reason to come again', async () => {
    Object.assign(far, { notice: () => Promise.reject(new Error('down')) })
    expect(await writes('/list')).toMatchObject({ status: 200 })
  })
})

test('what was said before is told with the first words that come to the line', async () => {
  const one = await visitorSays('first')
  await rig.parts().agentSays(one, { type: 'text', text: 'an answer' })
  await rig.parts().store.unlink('far', one)
  await visitorSays('second', one)
  await visitorSays('third', one)
  expect(far.sent.slice(1).map(textOf)).toEqual([
    `#${tagOf(one)} · /lamps\nAnn: first\nConsole agent: an answer\n—\nsecond`,
    `#${tagOf(one)} · /lamps\nthird`,
  ])
})
