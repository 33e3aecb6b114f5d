import { expect, it } from 'vitest'

import { describeEngines } from '../browsers/engines.ts'
import { openStage } from './stage.ts'
import { STORED, widgetOn } from './widget.ts'

/** Fewer than a visitor may send at once. */
const MESSAGES = 9

describeEngines('a relay that crashes', (open) => {
  it('C1 C2 C4 C7: what was acked is there once, the rest follows in order, without a click', async () => {
    const { shop, relay, agents } = await openStage()
    const tab = await (await open()).open(shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('message 0')
    await widget.bubble('message 0', ...STORED)

    // The page goes on sending while its relay is shot.
    await tab.evaluate((count) => {
      const { homing } = window as unknown as { homing: (verb: string, text: string) => void }
      let n = 0
      const timer = setInterval(() => {
        homing('sendMessage', `message ${++n}`)
        if (n === count) clearInterval(timer)
      }, 100)
    }, MESSAGES)
    await widget.bubble('message 3', ...STORED)
    await relay.kill9()
    const acked = (await widget.bubbles()).filter((bubble) => bubble.state === 'stored')
    expect(acked.length).toBeGreaterThan(3)
    expect(acked.length).toBeLessThan(MESSAGES)
    await widget.bubble(`message ${MESSAGES}`, 'pending')

    await relay.restart()
    await widgetOn(tab.within(10_000)).bubble(`message ${MESSAGES}`, ...STORED)
    const all = Array.from({ length: MESSAGES + 1 }, (_, n) => `message ${n}`)
    expect(await agents.texts()).toEqual(all)
    const [conversation] = await agents.conversations()
    const log = await agents.log(conversation!.id)
    for (const { id, seq } of acked) expect(log[seq - 1]).toMatchObject({ id, seq })
    expect((await widget.bubbles()).map((bubble) => bubble.text)).toEqual(all)
  })

  it('C7: an agent who answers after the crash reaches the open page', async () => {
    const { shop, relay, agents } = await openStage()
    const tab = await (await open()).open(shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Hello?')
    await widget.bubble('Hello?', ...STORED)
    await relay.kill9()
    await relay.restart()
    const [conversation] = await agents.conversations()
    await agents.say(conversation!.id, 'Here again')
    await widgetOn(tab.within(10_000)).bubble('Here again')
  })
})
