import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FarRig } from '../../test/far-rig.ts'
import { openFarRig } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, textOf } from '../../test/far-side.ts'
import { ON_PAGE_PATIENCE_MS } from './reach.ts'

const NUMBER = '+49170'
let rig: FarRig
let far: FarSide
let online: boolean
let conversation: string

async function open(changes: Parameters<typeof createFarSide>[0] = {}): Promise<void> {
  online = false
  far = createFarSide({ takes: [], echoes: false, ...changes }, { role: 'reach' })
  rig = await openFarRig([far], { online: () => online })
  conversation = (await rig.parts().say('hello')).conversation
  await rig.parts().store.bind('far', conversation, NUMBER)
}
const answer = (text: string) => rig.parts().agentSays(conversation, { type: 'text', text })
const texts = () => far.sent.map(textOf)

beforeEach(() => open())
afterEach(() => rig.close())

describe('C10: whether the visitor’s phone has to ring', () => {
  test('away from the page: it goes there, and only what others say', async () => {
    await answer('one')
    await rig.parts().say('his own words', conversation)
    await rig.parts().agentSays(conversation, { type: 'status', status: 'resolved' })
    await rig.quiet()
    expect(texts()).toEqual(['one'])
    expect(far.sent[0]).toMatchObject({ thread: NUMBER, role: 'reach', before: [] })
  })

  test('who has the page open gets a moment to read it there', async () => {
    online = true
    await answer('one')
    await rig.pass(ON_PAGE_PATIENCE_MS - 10_000, 10_000)
    expect(texts()).toEqual([])
    await rig.parts().store.mark(conversation, 'visitor', 2)
    await rig.pass(20_000, 10_000)
    expect(texts()).toEqual([])
    expect((await rig.parts().store.figures()).deliveries).toMatchObject({ done: 1, due: 0 })
  })

  test('who does not read it within the moment gets it there too', async () => {
    online = true
    await answer('one')
    await rig.pass(ON_PAGE_PATIENCE_MS + 10_000, 10_000)
    expect(texts()).toEqual(['one'])
  })

  test('who leaves the page gets it at the next look', async () => {
    online = true
    await answer('one')
    await rig.pass(20_000, 10_000)
    online = false
    await rig.pass(10_000)
    expect(texts()).toEqual(['one'])
  })

  test('the moment costs no tries', async () => {
    online = true
    await answer('one')
    await rig.pass(50_000, 10_000)
    await rig.parts().deliveries.stop()
    const due = await rig.parts().store.nextDue()
    const [delivery] = await rig.parts().store.claim('test', 1, 1, due ?? 0)
    expect(delivery?.attempts).toBe(0)
  })

  test('who wants no more is left alone: what waited is parked and said', async () => {
    online = true
    await answer('one')
    await rig.quiet()
    await rig.receive('far', {
      kind: 'opt',
      event: 'stop',
      where: { thread: NUMBER },
      out: true,
    })
    await answer('two')
    online = false
    await rig.pass(10_000)
    expect(texts()).toEqual([])
    expect(await rig.parked()).toEqual([
      { seq: 2, reason: 'the person wants no more messages there' },
    ])
    const back = { kind: 'opt', event: 'start', where: { thread: NUMBER }, out: false } as const
    rig.clock.advance(1)
    await rig.receive('far', back)
    await answer('three')
    await rig.quiet()
    expect(texts()).toEqual(['three'])
  })

  test('whose number is another’s now is not written to', async () => {
    online = true
    await answer('one')
    await rig.quiet()
    const other = await rig.parts().say('somebody else')
    await rig.parts().store.bind('far', other.conversation, NUMBER)
    online = false
    await rig.pass(10_000)
    expect(texts()).toEqual([])
    expect((await rig.parked())[0]?.reason).toContain('not there any more')
  })
})

test('C10: what goes together: only what was read on the page is done without a send', async () => {
  await rig.close()
  await open({ gatherMs: 5_000, maxText: 1_000 })
  await answer('read')
  await answer('not read')
  await rig.parts().store.mark(conversation, 'visitor', 2)
  await rig.pass(5_000)
  await rig.pass(5_000)
  expect(texts()).toEqual(['not read'])
})
