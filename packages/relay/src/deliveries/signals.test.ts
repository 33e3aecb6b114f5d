import type { Author } from '@homing/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SITE, VISITOR } from '../../test/delivery-parts.ts'
import { createFarSide } from '../../test/far-side.ts'
import { openFarRig } from '../../test/far-rig.ts'
import type { FarRig } from '../../test/far-rig.ts'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Place, Signal } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import { createMetrics } from '../metrics.ts'
import type { Store } from '../store/store.ts'
import type { Signals } from './signals.ts'
import { FAILED_REST_MS, MAX_TOLD_AT_ONCE, TYPING_GAP_MS, createSignals } from './signals.ts'

const ANN: Author = { role: 'visitor', id: VISITOR }
const MIA: Author = { role: 'agent', id: 'mia', name: 'Mia' }

/** What a desk was told, as "far typing on", with where. */
interface Told {
  readonly what: string
  readonly place: Place
}

describe("the visitor's typing and reading, toward desks", () => {
  let rig: FarRig
  let signals: Signals
  let told: Told[]
  let script: (() => Promise<void>)[]
  let connectors: Map<string, ConfiguredConnector>
  let metrics: ReturnType<typeof createMetrics>
  let reads: string[]

  const desk = (id: string, tells: readonly Signal['kind'][] = ['typing', 'read']) =>
    createFarSide(
      { tells },
      {
        id,
        hook: id,
        tell: async (signal, place) => {
          const on = signal.kind === 'typing' ? (signal.on ? ' on' : ' off') : ''
          told.push({ what: `${id} ${signal.kind}${on}`, place })
          await script.shift()?.()
        },
      },
    )

  const listening = (store: Store): Store =>
    new Proxy(store, {
      get(target, name: keyof Store) {
        const value = target[name]
        if (typeof value !== 'function') return value
        return (...given: never[]) => {
          reads.push(name)
          return (value as (...all: never[]) => unknown).apply(target, given)
        }
      },
    })

  beforeEach(async () => {
    told = []
    script = []
    reads = []
    metrics = createMetrics()
    const sides = [desk('far'), desk('near', ['read'])]
    connectors = new Map(sides.map((side) => [side.id, side]))
    rig = await openFarRig(sides)
    const { store, bus } = rig.parts()
    signals = createSignals({
      store: listening(store),
      bus,
      clock: rig.clock,
      connectors,
      metrics,
      fetch: () => Promise.reject(new Error('nobody is asked')),
    })
    signals.start()
  })
  afterEach(async () => {
    await signals.stop()
    await rig.close()
  })

  /** A conversation that the desks have. */
  const talk = async (words = 'hello'): Promise<string> => {
    const { conversation } = await rig.parts().say(words)
    await rig.quiet()
    return conversation
  }
  const type = async (conversation: string, on = true, author = ANN): Promise<void> => {
    const hint = { kind: 'typing', site: SITE, visitor: VISITOR, conversation, author, on } as const
    rig.parts().bus.publish([`visitor:${VISITOR}`, `agents:${SITE}`], hint)
    await rig.quiet()
    await settled()
  }
  const read = async (conversation: string, seq: number, by: 'visitor' | 'agent' = 'visitor') => {
    const hint = { kind: 'read', site: SITE, visitor: VISITOR, conversation, by, seq } as const
    rig.parts().bus.publish([`agents:${SITE}`], hint)
    await settled()
  }
  /** The store answers in order: so many reads, one after the other, are at their end. */
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) await rig.parts().store.figures()
  }
  const whats = (): string[] => told.map(({ what }) => what)

  test('a desk that can show it is told of typing, with the thread; one that cannot is not', async () => {
    const conversation = await talk()
    await type(conversation)
    await type(conversation, false)
    const place = { conversation, thread: `thread-${conversation}`, visitor: VISITOR }
    expect(told).toEqual([
      { what: 'far typing on', place },
      { what: 'far typing off', place },
    ])
    expect(metrics.text()).toContain(
      'homing_signals_total{connector="far",kind="typing",result="told"} 2',
    )
  })

  test("an agent's typing and reading is no news to a desk", async () => {
    const conversation = await talk()
    await type(conversation, true, MIA)
    await read(conversation, 1, 'agent')
    expect(told).toEqual([])
  })

  test('what is nowhere yet is told to nobody, and looked for again after a moment', async () => {
    const conversation = '01890000-0000-7000-8000-00000000cafe'
    await type(conversation)
    await rig.parts().say('hello', conversation)
    await rig.pass(TYPING_GAP_MS)
    await type(conversation)
    expect(told).toEqual([])
    await rig.pass(TYPING_GAP_MS + 1)
    await type(conversation)
    expect(whats()).toEqual(['far typing on'])
  })

  test('a desk that has the conversation no more is not told', async () => {
    const conversation = await talk()
    const change = { desks: ['near'], entering: [], leaving: ['far'] }
    await rig.parts().store.setDesks(conversation, change, rig.clock.now())
    await type(conversation)
    expect(told).toEqual([])
  })

  test('many keystrokes are one call in five seconds, and their end is one', async () => {
    const conversation = await talk()
    for (let i = 0; i < 8; i++) {
      await type(conversation)
      rig.clock.advance(500)
    }
    expect(whats()).toEqual(['far typing on'])
    await type(conversation, false)
    await type(conversation, false)
    await type(conversation)
    expect(whats()).toEqual(['far typing on', 'far typing off'])
    rig.clock.advance(TYPING_GAP_MS)
    await type(conversation)
    expect(whats()).toEqual(['far typing on', 'far typing off', 'far typing on'])
  })

  test('the log is not read for each keystroke', async () => {
    const conversation = await talk()
    for (let i = 0; i < 50; i++) {
      await type(conversation)
      rig.clock.advance(1_000)
    }
    expect(whats().length).toBe(10)
    expect(reads.filter((name) => name === 'thread' || name === 'conversation')).toHaveLength(2)
    expect(reads.filter((name) => name === 'holds')).toHaveLength(10)
  })

  test('a failure is counted, never tried again, and the far side is left alone for a while', async () => {
    const [one, two] = [await talk(), await talk()]
    script.push(() => Promise.reject(new SendError('unknown', 'no answer')))
    await type(one)
    await rig.pass(TYPING_GAP_MS)
    await type(one)
    await type(two)
    expect(whats()).toEqual(['far typing on'])
    expect(metrics.text()).toContain('result="failed"} 1')
    await read(one, 1)
    expect(whats()).toEqual(['far typing on', 'near read'])
    await rig.pass(FAILED_REST_MS)
    await type(two)
    expect(whats().slice(2)).toEqual(['far typing on'])
  })

  test('the far side says how long it wants to be left alone', async () => {
    const conversation = await talk()
    script.push(() =>
      Promise.reject(new SendError('retry', 'slow down', { retryAfter: 2 * FAILED_REST_MS })),
    )
    await type(conversation)
    await rig.pass(FAILED_REST_MS + 1)
    await type(conversation)
    expect(told).toHaveLength(1)
    await rig.pass(FAILED_REST_MS)
    await type(conversation)
    expect(told).toHaveLength(2)
  })

  test('a thread that is gone silences its conversation only', async () => {
    const [one, two] = [await talk(), await talk()]
    script.push(() => Promise.reject(new SendError('thread-gone', 'there is no such thing')))
    await type(one)
    await rig.pass(TYPING_GAP_MS)
    await type(one)
    await type(two)
    expect(told.map(({ place }) => place.conversation)).toEqual([one, two])
  })

  test('a connector that is held is told nothing', async () => {
    const conversation = await talk()
    await rig.parts().store.holdConnector('far', rig.clock.now() + 60_000, 'the token is refused')
    await type(conversation)
    await read(conversation, 1)
    expect(whats()).toEqual(['near read'])
    await rig.pass(60_000)
    await type(conversation)
    expect(whats()).toEqual(['near read', 'far typing on'])
  })

  test('so many at once and no more, and the end does not wait for them', async () => {
    const conversations: string[] = []
    for (let i = 0; i < MAX_TOLD_AT_ONCE + 3; i++) conversations.push(await talk())
    let cut = 0
    for (const _ of conversations) {
      script.push(
        () =>
          new Promise((_resolve, reject) => {
            rig.clock.after(5_000, () => {
              cut++
              reject(new SendError('unknown', 'cut off'))
            })
          }),
      )
    }
    for (const conversation of conversations) await type(conversation)
    expect(told).toHaveLength(MAX_TOLD_AT_ONCE)
    expect(metrics.text()).toContain('result="left-out"} 3')
    rig.clock.advance(5_000)
    await signals.stop()
    expect(cut).toBe(MAX_TOLD_AT_ONCE)
    const [first = ''] = conversations
    await rig.pass(FAILED_REST_MS)
    await type(first)
    expect(told).toHaveLength(MAX_TOLD_AT_ONCE)
  })

  test('that he stopped does not overtake that he began', async () => {
    const conversation = await talk()
    let answered = (): void => {}
    script.push(() => new Promise((resolve) => (answered = resolve)))
    await type(conversation)
    await type(conversation, false)
    expect(whats()).toEqual(['far typing on'])
    answered()
    await settled()
    expect(whats()).toEqual(['far typing on', 'far typing off'])
  })

  test("that he has read is told when only his own words follow, not while somebody else's do", async () => {
    const conversation = await talk()
    await rig.parts().agentSays(conversation, { type: 'text', text: 'hello Ann' })
    await rig.parts().agentSays(conversation, { type: 'text', text: 'still there?' })
    await rig.parts().say('yes', conversation)
    await rig.quiet()
    await read(conversation, 2)
    expect(told).toEqual([])
    await read(conversation, 3)
    expect(whats()).toEqual(['far read', 'near read'])
  })

  test('a connector that comes is told, and one that goes is not', async () => {
    const conversation = await talk()
    const far = connectors.get('far')
    if (!far) throw new Error('there is no connector')
    connectors.clear()
    signals.changed()
    await type(conversation)
    expect(told).toEqual([])
    connectors.set('far', far)
    signals.changed()
    await type(conversation)
    expect(whats()).toEqual(['far typing on'])
  })
})
