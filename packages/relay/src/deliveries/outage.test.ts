import { afterEach, describe, expect, test } from 'vitest'
import type { FarRig } from '../../test/far-rig.ts'
import { openFarRig } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide, textOf } from '../../test/far-side.ts'
import type { Outbound } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import type { Receipt } from '../store/store.ts'

/**
 * A far side that is away for ten minutes while three conversations go on, one of them with an
 * entry that it will never take.
 */
const OUTAGE_MS = 10 * 60_000
const STEP_MS = 5_000
const POISON = 'poison'

let rig: FarRig
afterEach(() => rig.close())

/** What is over there: a shelf of messages, and a line that can be cut. */
interface Shelf {
  readonly there: { readonly key: string; readonly conversation: string; readonly text: string }[]
  /** Up; down: nothing gets through; deaf: what gets through is not answered. */
  line: 'up' | 'down' | 'deaf'
  take(outbound: Outbound): Receipt
}

function createShelf({ idempotent }: { readonly idempotent: boolean }): Shelf {
  const shelf: Shelf = {
    there: [],
    line: 'up',
    take(outbound) {
      if (shelf.line === 'down') throw new SendError('retry', 'it refuses connections')
      const { key, conversation } = outbound
      const text = textOf(outbound)
      if (text.includes(POISON)) throw new SendError('bad-content', 'it does not take this')
      const known = idempotent && shelf.there.some((each) => each.key === key)
      if (!known) shelf.there.push({ key, conversation, text })
      if (shelf.line === 'deaf') throw new SendError('unknown', 'no answer in time')
      return { externalIds: [`far-${key}`], thread: `thread-${conversation}` }
    },
  }
  return shelf
}

function farSideOf(shelf: Shelf, capabilities: Parameters<typeof createFarSide>[0]): FarSide {
  const far = createFarSide(capabilities, {
    reconcile: async ({ key, conversation }) => {
      if (shelf.line !== 'up') throw new SendError('retry', 'it refuses connections')
      const found = shelf.there.find((each) => each.key === key)
      return found
        ? { externalIds: [`far-${key}`], thread: `thread-${conversation}` }
        : ('absent' as const)
    },
  })
  far.script.push(
    ...Array.from({ length: 2_000 }, () => (outbound: Outbound) => shelf.take(outbound)),
  )
  return far
}

/** Three conversations, all through the outage; the second one says what is never taken. */
async function liveThrough(shelf: Shelf): Promise<readonly string[][]> {
  const said: string[][] = [[], [], []]
  const conversations: string[] = []
  const say = async (which: number, text: string): Promise<void> => {
    const { conversation } = await rig.parts().say(text, conversations[which])
    conversations[which] = conversation
    said[which]?.push(text)
  }
  for (const which of [0, 1, 2]) await say(which, `${which}: before`)
  await rig.quiet()
  // The last one before it went away got through, and nobody heard.
  shelf.line = 'deaf'
  for (const which of [0, 1, 2]) await say(which, `${which}: unheard`)
  await rig.quiet()
  shelf.line = 'down'
  for (let passed = 0, n = 0; passed < OUTAGE_MS; passed += STEP_MS) {
    if (passed % 60_000 === 0) {
      n++
      for (const which of [0, 1, 2]) {
        await say(which, which === 1 && n === 4 ? POISON : `${which}: minute ${n}`)
      }
    }
    await rig.pass(STEP_MS)
  }
  shelf.line = 'up'
  await rig.passing(
    'all of it is settled',
    async () => {
      const { deliveries } = await rig.parts().store.figures()
      return deliveries.due + deliveries.claimed + deliveries.unknown === 0
    },
    STEP_MS,
  )
  const arrived = conversations.map((id) =>
    shelf.there.filter(({ conversation }) => conversation === id).map(({ text }) => text),
  )
  return [...arrived, ...said]
}

describe('C10: a far side that is away for ten minutes, three conversations, one poisoned', () => {
  test.each([
    ['that tells copies apart', { idempotent: true, reconcile: false }],
    ['that can be asked', { idempotent: false, reconcile: true }],
  ] as const)(
    'one %s: order kept, nothing lost, nothing doubled',
    async (_, capabilities) => {
      const shelf = createShelf(capabilities)
      const far = farSideOf(shelf, capabilities)
      rig = await openFarRig([far])
      const result = await liveThrough(shelf)
      const [arrived, said] = [result.slice(0, 3), result.slice(3)]
      expect(arrived).toEqual(said.map((texts) => texts.filter((text) => text !== POISON)))
      expect(said.map((texts) => texts.length)).toEqual([12, 12, 12])

      const [parked, ...others] = await rig.parts().store.parked('pk_test')
      expect(others).toEqual([])
      expect(parked).toMatchObject({ seq: 6, reason: 'it does not take this', connector: 'far' })
      // Mended over there: a replay brings it, under its key.
      const before = far.sent.findLast((sent) => textOf(sent) === POISON)
      far.script.splice(0, far.script.length)
      await rig.parts().store.replay(parked?.id ?? '', rig.clock.now())
      rig.parts().deliveries.nudge()
      await rig.quiet()
      expect(textOf(far.sent.at(-1)!)).toBe(POISON)
      expect(far.sent.at(-1)?.key).toBe(before?.key)
      expect(await rig.parked()).toEqual([])
    },
    60_000,
  )

  test('one that can neither: what nobody heard of is left to people, the rest flows in order', async () => {
    const shelf = createShelf({ idempotent: false })
    const far = farSideOf(shelf, { idempotent: false, reconcile: false })
    rig = await openFarRig([far])
    const result = await liveThrough(shelf)
    const [arrived, said] = [result.slice(0, 3), result.slice(3)]
    expect(arrived).toEqual(said.map((texts) => texts.filter((text) => text !== POISON)))
    const parked = await rig.parked()
    expect(parked.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual([2, 2, 2, 6])
    for (const { seq, reason } of parked) {
      if (seq === 2) expect(reason).toContain('may have arrived')
    }
  }, 60_000)

  test('one that tells later: each unknown is settled by its word, with one copy', async () => {
    const shelf = createShelf({ idempotent: false })
    const far = farSideOf(shelf, { idempotent: false, reconcile: false, receipts: true })
    rig = await openFarRig([far])
    const unheard = shelf.take
    const told: string[] = []
    Object.assign(shelf, {
      take: (outbound: Outbound) => {
        if (shelf.line === 'deaf') told.push(outbound.key)
        return unheard(outbound)
      },
    })
    // Its webhooks come when it is back, or within the outage: here after two minutes.
    const words = async (): Promise<void> => {
      for (const key of told.splice(0)) {
        await rig.receive('far', {
          kind: 'receipt',
          event: `sent-${key}`,
          where: { thread: 'x' },
          externalId: `far-${key}`,
          key,
          state: 'delivered',
        })
      }
    }
    const start = rig.clock.now()
    rig.clock.after(120_000, () => void words())
    const result = await liveThrough(shelf)
    expect(rig.clock.now() - start).toBeGreaterThanOrEqual(OUTAGE_MS)
    const [arrived, said] = [result.slice(0, 3), result.slice(3)]
    expect(arrived).toEqual(said.map((texts) => texts.filter((text) => text !== POISON)))
    expect((await rig.parked()).map(({ seq }) => seq)).toEqual([6])
  }, 60_000)
})
