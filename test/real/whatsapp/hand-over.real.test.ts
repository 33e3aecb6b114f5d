import { expect, it } from 'vitest'

import { describeEngines } from '../../browsers/engines.ts'
import { STORED, widgetOn } from '../widget.ts'
import { handOverOn, noticeIsThere, noticesOn, partIsThere } from './hand-over-page.ts'
import type { WhatsAppStage } from './whatsapp-stage.ts'
import { NUMBER, openWhatsAppStage, useMetaDescription } from './whatsapp-stage.ts'

const spec = useMetaDescription()
const ANN = '41791112233'
const GOES_ON = 'You can go on in WhatsApp, too.'

/** Visitors may go on in WhatsApp. */
async function openReach(): Promise<WhatsAppStage> {
  const stage = await openWhatsAppStage(spec())
  const settings = { ...stage.meta.settings, number: NUMBER }
  await stage.connect('reach', { type: 'whatsapp', role: 'reach', settings })
  return stage
}

describeEngines('going on in WhatsApp', (open) => {
  it('C12: the code is scanned off the screen, and both ends are one conversation', async () => {
    const { shop, meta, agents } = await openReach()
    const browser = await open()
    const tab = await browser.open(shop.origin)
    const widget = widgetOn(tab)
    await widget.open()
    await widget.send('Is the blue one in stock?')
    await widget.bubble('Is the blue one in stock?', ...STORED)

    const sheet = handOverOn(tab)
    await sheet.open()
    expect(await sheet.title()).toBe('Continue on WhatsApp')
    const scanned = await sheet.scan()
    expect(scanned).toBe(await sheet.link())
    const { host, pathname, searchParams } = new URL(scanned)
    expect(host + pathname).toBe('wa.me/15550001111')
    const ready = searchParams.get('text') ?? ''
    expect(ready).toBe(await sheet.code())

    const phone = meta.phone(ANN, { name: 'Ann' })
    phone.write(ready)
    await sheet.closed()
    await tab.until(noticeIsThere, GOES_ON)
    phone.write('I am on the train now.')
    await widget.bubble('I am on the train now.', ...STORED)
    const conversations = await agents.conversations()
    expect(conversations).toHaveLength(1)
    expect((await agents.log(conversations[0]!.id)).map(({ author }) => author.role)).toEqual(
      Array.from({ length: 3 }, () => 'visitor'),
    )
    expect(await browser.problems()).toEqual([])
  })
})

describeEngines(
  'away from the page',
  (open) => {
    it('C6 C10: answers come to the phone, the page has all of it once, and STOP ends it', async () => {
      const { shop, meta, agents, skip } = await openReach()
      const browser = await open()
      const tab = await browser.open(shop.origin)
      const widget = widgetOn(tab)
      // Nothing was said yet: the conversation begins on the phone.
      await widget.open()
      await handOverOn(tab).open()
      const phone = meta.phone(ANN, { name: 'Ann' })
      phone.write((await handOverOn(tab).code()) ?? '')
      phone.write('Is the blue one in stock?')
      await widget.bubble('Is the blue one in stock?', ...STORED)
      const [conversation] = await agents.conversations()

      // Seen on the page: the phone stays quiet.
      await agents.say(conversation!.id, 'I will have a look.')
      await widget.bubble('I will have a look.')
      await tab.close()
      await agents.say(conversation!.id, 'It is, four of them.')
      expect((await phone.next()).text).toContain('It is, four of them.')
      phone.write('Wonderful!')

      phone.optOut()
      await meta.hooks.settled()
      await agents.say(conversation!.id, 'Shall I keep one?')
      skip(2_000)
      phone.write('START')
      await meta.hooks.settled()
      await agents.say(conversation!.id, 'It is kept.')
      expect((await phone.next()).text).toContain('It is kept.')
      expect(phone.inbox).toHaveLength(2)

      const again = await browser.open(shop.origin)
      const reopened = widgetOn(again)
      await reopened.ensureOpen()
      await reopened.bubble('It is kept.')
      const texts = (await reopened.bubbles()).map(({ text }) => text)
      expect(texts).toEqual([
        'Is the blue one in stock?',
        'I will have a look.',
        'It is, four of them.',
        'Wonderful!',
        'STOP',
        'Shall I keep one?',
        'START',
        'It is kept.',
      ])
      expect(await noticesOn(again)).toEqual([GOES_ON])
      expect(meta.requests.filter(({ refused }) => refused !== undefined)).toEqual([])
      expect(await browser.problems()).toEqual([])
    })

    it('on a phone there is a link to the app, and nothing to scan; Escape leads back', async () => {
      const { shop } = await openReach()
      const tab = await (await open({ size: { width: 390, height: 844 } })).open(shop.origin)
      await tab.devtools('Emulation.setTouchEmulationEnabled', { enabled: true })
      await tab.reload()
      await widgetOn(tab).open()
      const sheet = handOverOn(tab)
      await sheet.open()
      expect(await tab.evaluate(partIsThere, 'qr')).toBe(false)
      expect(await sheet.link()).toContain('https://wa.me/15550001111?text=HM-')
      await tab.press('Escape')
      await sheet.closed()
      // Only the sheet is closed, and the focus is where it was.
      expect(await tab.evaluate(focusedPart)).toBe('reach')
    })
  },
  ['chromium'],
)

function focusedPart(): string | null | undefined {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return root?.activeElement?.getAttribute('part')
}
