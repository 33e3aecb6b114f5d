import { expect, it } from 'vitest'

import { describeEngines } from '../browsers/engines.ts'
import { openStage } from './stage.ts'
import { INPUT, STORED, widgetOn } from './widget.ts'

/** What the widget says to the relay; the script and its parts still pass. */
const LINK = /^\/v1\//

describeEngines('a conversation', (open) => {
  it('C1 C8: what was sent is stored once, and is there after a reload', async () => {
    const { shop, agents } = await openStage()
    const browser = await open()
    const tab = await browser.open(shop.origin)
    const widget = widgetOn(tab)

    await widget.open()
    await widget.send('Is the blue one in stock?')
    const sent = await widget.bubble('Is the blue one in stock?', ...STORED)
    expect(sent.seq).toBe(1)
    expect(await agents.texts()).toEqual(['Is the blue one in stock?'])

    await tab.reload()
    await widget.ensureOpen()
    expect(await widget.bubble('Is the blue one in stock?', ...STORED)).toMatchObject({
      id: sent.id,
      seq: 1,
    })
    expect(await widget.bubbles()).toHaveLength(1)
    expect(await agents.texts()).toEqual(['Is the blue one in stock?'])
    expect(await browser.problems()).toEqual([])
  })

  it('C2 C8: sent without a network, reloaded, back online: stored exactly once, in order', async () => {
    const { shop, network, agents } = await openStage()
    const tab = await (await open()).open(shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('before')
    await widget.bubble('before', ...STORED)

    network.refusePaths(LINK)
    await widget.send('first without a network')
    await widget.send('second without a network')
    const pending = await widget.bubble('second without a network', 'pending')
    await tab.reload()
    await widget.ensureOpen()
    expect((await widget.bubble('second without a network', 'pending')).id).toBe(pending.id)
    expect(await agents.texts()).toEqual(['before'])

    await network.pass()
    // Nobody clicks or reloads: the back-off alone brings it home.
    const patient = widgetOn(tab.within(30_000))
    const stored = await patient.bubble('second without a network', ...STORED)
    expect(stored).toMatchObject({ id: pending.id, seq: 3 })
    expect(await agents.texts()).toEqual([
      'before',
      'first without a network',
      'second without a network',
    ])
    expect(await widget.bubbles()).toHaveLength(3)
  })

  it('C6: an answer appears in every tab, and is there after a reload', async () => {
    const { shop, agents } = await openStage()
    const browser = await open()
    const one = await browser.open(shop.origin)
    await widgetOn(one).open()
    await widgetOn(one).send('Hello?')
    await widgetOn(one).bubble('Hello?', ...STORED)

    const two = await browser.open(shop.origin)
    await widgetOn(two).ensureOpen()
    await widgetOn(two).bubble('Hello?', ...STORED)
    const [conversation] = await agents.conversations()
    await agents.say(conversation!.id, 'Good morning!')
    expect((await widgetOn(two).bubble('Good morning!')).seq).toBe(2)
    expect((await widgetOn(one).bubble('Good morning!')).seq).toBe(2)

    // The second tab writes, the first one shows it.
    await widgetOn(two).send('From the second tab')
    expect((await widgetOn(one).bubble('From the second tab', ...STORED)).seq).toBe(3)

    for (const tab of [one, two]) {
      await tab.front()
      await tab.reload()
      await widgetOn(tab).ensureOpen()
      await widgetOn(tab).bubble('From the second tab', ...STORED)
      const texts = (await widgetOn(tab).bubbles()).map((bubble) => bubble.text)
      expect(texts).toEqual(['Hello?', 'Good morning!', 'From the second tab'])
    }
    expect(await browser.problems()).toEqual([])
  })

  it('C8: what is being written in one tab is not wiped by what another tab has sent', async () => {
    const { shop } = await openStage()
    const browser = await open()
    const one = await browser.open(shop.origin)
    await widgetOn(one).open()
    await widgetOn(one).send('Hello?')
    await widgetOn(one).bubble('Hello?', ...STORED)
    const two = await browser.open(shop.origin)
    await widgetOn(two).ensureOpen()
    await widgetOn(two).bubble('Hello?', ...STORED)

    await widgetOn(one).send('From the first tab')
    await two.type(INPUT, 'From the second')
    // The first tab takes the text over: whatever it had to tell itself has been told by now.
    await one.until(composerHolds, 'From the second')
    expect(await two.evaluate(composerHolds, 'From the second')).toBe(true)
    await two.press('Enter')
    await widgetOn(one).bubble('From the second', ...STORED)
  })

  it('C9: an answer to a closed panel is counted on the launcher until it is read', async () => {
    const { shop, agents } = await openStage()
    const browser = await open()
    const tab = await browser.open(shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Hello?')
    await widget.bubble('Hello?', ...STORED)
    await widget.close()
    await widget.badge('')

    const [conversation] = await agents.conversations()
    await agents.say(conversation!.id, 'One')
    await widget.badge('1')
    expect(await tab.evaluate(() => document.title)).toBe('A shop')

    // Who looks elsewhere is told by the title.
    await tab.hide()
    await tab.until(() => document.hidden)
    await agents.say(conversation!.id, 'Two')
    await tab.until(() => document.title.includes('2'))
    await tab.front()
    await tab.until(() => document.title === 'A shop')
    await widget.badge('2')

    await tab.reload()
    await widget.badge('2')
    await widget.ensureOpen()
    await widget.bubble('Two')
    await widget.badge('')
  })
})

function composerHolds(text: string): boolean {
  const input = document.querySelector('homing-widget')?.shadowRoot?.querySelector('[part=input]')
  return input instanceof HTMLTextAreaElement && input.value === text
}
