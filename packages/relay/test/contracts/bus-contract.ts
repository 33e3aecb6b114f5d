import { afterEach, describe, expect, test } from 'vitest'
import type { Bus, Hint } from '../../src/bus/bus.ts'

/** What every Bus does. A hint may be late, so arrival is waited for; whoever must not hear is asked after it. */
export function busContract(name: string, open: () => Promise<Bus>): void {
  describe(`bus contract: ${name}`, () => {
    const opened: Bus[] = []
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((bus) => bus.close()))
    })
    const openBus = async (): Promise<Bus> => {
      const bus = await open()
      opened.push(bus)
      return bus
    }

    const grew = (seq: number): Hint => ({
      kind: 'grew',
      site: 'pk_demo',
      visitor: 'v',
      conversation: 'c',
      seq,
    })

    /** Hints of a topic, and a promise for the next. */
    const listen = (bus: Bus, topic: `visitor:${string}` | `agents:${string}`) => {
      const heard: Hint[] = []
      let wake: () => void = () => {}
      const stop = bus.subscribe(topic, (hint) => {
        heard.push(hint)
        wake()
      })
      const until = async (count: number): Promise<readonly Hint[]> => {
        while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve))
        return heard
      }
      return { heard, stop, until }
    }

    test('a hint reaches whoever listens to one of its topics', async () => {
      const bus = await openBus()
      const visitor = listen(bus, 'visitor:v')
      const agents = listen(bus, 'agents:pk_demo')
      bus.publish(['visitor:v', 'agents:pk_demo'], grew(1))
      expect(await visitor.until(1)).toEqual([grew(1)])
      expect(await agents.until(1)).toEqual([grew(1)])
    })

    test('C12: a hint reaches nobody else', async () => {
      const bus = await openBus()
      const other = listen(bus, 'visitor:w')
      const own = listen(bus, 'visitor:v')
      bus.publish(['visitor:v'], grew(1))
      await own.until(1)
      expect(other.heard).toEqual([])
    })

    test('hints of one publisher come in order', async () => {
      const bus = await openBus()
      const own = listen(bus, 'visitor:v')
      for (let seq = 1; seq <= 20; seq++) bus.publish(['visitor:v'], grew(seq))
      const heard = await own.until(20)
      expect(heard.map((hint) => hint.kind === 'grew' && hint.seq)).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 1),
      )
    })

    test('a stop ends its own subscription, also when it is called twice', async () => {
      const bus = await openBus()
      const first = listen(bus, 'visitor:v')
      const second = listen(bus, 'visitor:v')
      first.stop()
      first.stop()
      bus.publish(['visitor:v'], grew(1))
      expect(await second.until(1)).toHaveLength(1)
      expect(first.heard).toEqual([])
    })

    test('every kind of hint arrives as it was sent', async () => {
      const bus = await openBus()
      const own = listen(bus, 'visitor:v')
      const about = { site: 'pk_demo', visitor: 'v', conversation: 'c' }
      const hints: readonly Hint[] = [
        grew(1),
        { kind: 'changed', ...about },
        { kind: 'read', ...about, by: 'agent', seq: 3 },
        { kind: 'typing', ...about, author: { role: 'agent', id: 'a', name: 'Ada' }, on: true },
        { kind: 'presence', site: 'pk_demo', who: 'agent', visitor: '', online: false },
      ]
      for (const hint of hints) bus.publish(['visitor:v'], hint)
      expect(await own.until(hints.length)).toEqual(hints)
    })

    test('after its close nothing is told and nothing throws', async () => {
      const bus = await openBus()
      const own = listen(bus, 'visitor:v')
      await bus.close()
      bus.publish(['visitor:v'], grew(1))
      expect(own.heard).toEqual([])
      own.stop()
    })
  })
}
