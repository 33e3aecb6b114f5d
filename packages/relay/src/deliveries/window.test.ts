import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FarRig } from '../../test/far-rig.ts'
import { PERSON, fails, message, openFarRig } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, textOf } from '../../test/far-side.ts'
import type { Outbound } from '../connectors/connector.ts'
import type { Receipt } from '../store/store.ts'
import { WOKEN_PATIENCE_MS } from './window.ts'

const HOUR_MS = 3_600_000
const WINDOW_MS = 24 * HOUR_MS
const NUMBER = '+49170'

let rig: FarRig
let far: FarSide
let woken: Outbound[]
let wakes: ((outbound: Outbound) => Promise<Receipt>)[]
let conversation: string

/** A visitor with a phone, from which he has just written. */
async function open(changes: Parameters<typeof createFarSide>[0] = {}): Promise<void> {
  far = createFarSide(
    { windowMs: WINDOW_MS, takes: [], reconcile: false, locate: false, echoes: false, ...changes },
    {
      role: 'reach',
      wake: async (outbound) => {
        woken.push(outbound)
        return (await wakes.shift()?.(outbound)) ?? { externalIds: [] }
      },
    },
  )
  rig = await openFarRig([far])
  conversation = (await rig.parts().say('hello')).conversation
  await rig.parts().store.bind('far', conversation, NUMBER)
  await personWrites('w0')
}

const personWrites = (event: string, time = rig.clock.now()) =>
  rig.receive(
    'far',
    message(event, { thread: NUMBER }, `from the phone ${event}`, { author: PERSON, time }),
  )
const answer = (text: string) => rig.parts().agentSays(conversation, { type: 'text', text })
const texts = () => far.sent.map(textOf)

beforeEach(() => {
  woken = []
  wakes = []
})
afterEach(() => rig.close())

describe('a window for free text', () => {
  test('open: answers go', async () => {
    await open()
    await rig.pass(WINDOW_MS - 1)
    await answer('in time')
    await rig.quiet()
    expect(texts()).toEqual(['in time'])
    expect(woken).toEqual([])
  })

  test('C10: closed by our clock: asked once to write, then all goes in order, nothing is eaten', async () => {
    await open()
    await rig.pass(WINDOW_MS)
    await answer('one')
    await rig.quiet()
    await answer('two')
    await rig.quiet()
    await rig.pass(3 * HOUR_MS, HOUR_MS)
    expect(texts()).toEqual([])
    expect(woken.map(textOf)).toEqual(['one'])
    expect(woken[0]).toMatchObject({ role: 'reach', thread: NUMBER })
    await personWrites('w1')
    await rig.quiet()
    expect(texts()).toEqual(['one', 'two'])
    expect(woken).toHaveLength(1)
    expect(await rig.parked()).toEqual([])
  })

  test('C10: closed by the far side’s word, whatever our clock says', async () => {
    await open()
    far.script.push(fails('needs-template'))
    await answer('one')
    await answer('two')
    await rig.quiet()
    expect(woken.map(textOf)).toEqual(['one'])
    await personWrites('w1', rig.clock.now() + 1_000)
    await rig.quiet()
    expect(texts()).toEqual(['one', 'one', 'two'])
    expect(far.sent[1]?.key).toBe(far.sent[0]?.key)
  })

  test('a late word from before does not ask the person twice', async () => {
    await open()
    await rig.pass(HOUR_MS)
    far.script.push(fails('needs-template'), fails('needs-template'))
    await answer('one')
    await rig.quiet()
    await personWrites('late', rig.clock.now() - HOUR_MS / 2)
    await rig.quiet()
    expect(woken).toHaveLength(1)
    await personWrites('w2')
    await rig.quiet()
    expect(texts().at(-1)).toBe('one')
    expect((await rig.parts().store.figures()).deliveries.done).toBe(1)
  })

  test('a second time: it is closed again, and the person is asked again', async () => {
    await open()
    await rig.pass(WINDOW_MS)
    await answer('one')
    await rig.quiet()
    await personWrites('w1')
    await rig.quiet()
    far.script.push(fails('needs-template'))
    wakes.push(async () => fails('retry')())
    await answer('two')
    await rig.passing('it is asked again', () => woken.length === 3)
    await rig.quiet()
    // A template that could not be sent is no template: nobody waits a day for its answer.
    const due = await rig.parts().store.nextDue()
    expect(due).toBeGreaterThan(rig.clock.now() + WOKEN_PATIENCE_MS - HOUR_MS)
    expect(await rig.parked()).toEqual([])
  })

  test('and again, when the window that was opened so has closed by our clock', async () => {
    await open()
    await rig.pass(WINDOW_MS)
    await answer('one')
    await rig.quiet()
    await personWrites('w1')
    await rig.quiet()
    await rig.pass(WINDOW_MS)
    await answer('two')
    await rig.quiet()
    expect(woken.map(textOf)).toEqual(['one', 'two'])
    expect(await rig.parked()).toEqual([])
  })

  test('C10: a day without an answer: parked, and said', async () => {
    await open()
    await rig.pass(WINDOW_MS)
    await answer('one')
    await answer('two')
    await rig.quiet()
    await rig.pass(WOKEN_PATIENCE_MS - 1)
    expect(await rig.parked()).toEqual([])
    await rig.pass(1)
    const parked = await rig.parked()
    expect(parked.map(({ seq }) => seq)).toEqual([3, 4])
    for (const { reason } of parked) expect(reason).toContain('did not answer the template')
    expect(woken).toHaveLength(1)
  })

  test('C10: without a template it is parked with the reason', async () => {
    await open()
    await rig.pass(WINDOW_MS)
    wakes.push(async () => fails('needs-template')())
    await answer('one')
    await rig.quiet()
    const [parked] = await rig.parked()
    expect(parked?.reason).toMatch(/window .* closed, .*the far side says needs-template/)
    expect(texts()).toEqual([])
  })

  test('C10: credentials that are refused with the template hold the connector, and say so', async () => {
    await open()
    await rig.pass(WINDOW_MS)
    wakes.push(async () => fails('needs-reauth')())
    await answer('one')
    await rig.quiet()
    expect((await rig.parked())[0]?.reason).toContain('mend the credentials')
  })

  test('C10: waiting costs no try', async () => {
    await open()
    await rig.pass(WINDOW_MS)
    await answer('one')
    for (let n = 0; n < 5; n++) {
      await rig.quiet()
      await rig.parts().store.release('far', conversation, rig.clock.now())
    }
    await rig.quiet()
    await rig.parts().deliveries.stop()
    const due = await rig.parts().store.nextDue()
    const [delivery] = await rig.parts().store.claim('test', 1, 1, due ?? 0)
    expect(delivery?.attempts).toBe(0)
  })

  test('C10: who writes while he is being asked is answered at once', async () => {
    await open()
    await rig.pass(WINDOW_MS)
    wakes.push(async () => {
      await personWrites('w1', rig.clock.now() + 1)
      return { externalIds: [] }
    })
    await answer('one')
    const start = rig.clock.now()
    await rig.passing('it is answered', () => far.sent.length === 1)
    expect(rig.clock.now() - start).toBeLessThan(60_000)
  })

  test('what the far side wants is parked where no window opens again', async () => {
    await open({ windowMs: 0 })
    far.script.push(fails('needs-template'))
    await answer('one')
    await rig.quiet()
    expect((await rig.parked())[0]?.reason).toContain('takes no free text')
  })
})

describe('one line, one window', () => {
  test('C10: several conversations wait for one person, who is asked once', async () => {
    far = createFarSide(
      { windowMs: WINDOW_MS, line: true, takes: ['visitor'], echoes: false },
      {
        wake: async (outbound) => {
          woken.push(outbound)
          await new Promise((resolve) => setImmediate(resolve))
          return { externalIds: [] }
        },
      },
    )
    rig = await openFarRig([far])
    for (const text of ['one', 'two', 'three']) await rig.parts().say(text)
    await rig.quiet()
    expect(woken).toHaveLength(1)
    await rig.receive('far', message('m1', { line: 'merchant' }, '/list'))
    await rig.quiet()
    expect(far.sent).toHaveLength(3)
  })
})
