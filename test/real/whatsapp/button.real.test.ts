import { expect, it } from 'vitest'

import { describeEngines } from '../../browsers/engines.ts'
import { tagOf } from '../../../packages/relay/src/conversation/tag.ts'
import { STORED, widgetOn } from '../widget.ts'
import { handOverOn } from './hand-over-page.ts'
import { openWhatsAppStage } from './whatsapp-stage.ts'

describeEngines('WhatsApp as a button', (open) => {
  it('leads to the merchant’s chat, with the tag that finds what was said on the page', async () => {
    const { shop, agents, connect } = await openWhatsAppStage(undefined)
    const settings = { number: '+49 170 1234567', greeting: 'Hello! About' }
    await connect('button', { type: 'whatsapp-link', settings })
    const browser = await open()
    const tab = await browser.open(shop.origin)
    const widget = widgetOn(tab)
    const sheet = handOverOn(tab)
    await widget.open()

    // Also before anything was said.
    await sheet.open()
    expect(await sheet.title()).toBe('Write to us on WhatsApp')
    const first = await sheet.scan()
    const code = await sheet.code()
    expect(new URL(first).searchParams.get('text')).toBe(`Hello! About ${code}`)
    await tab.press('Escape')
    await sheet.closed()

    await widget.send('Is the blue one in stock?')
    await widget.bubble('Is the blue one in stock?', ...STORED)
    const [conversation] = await agents.conversations()
    expect(code).toBe(`#${tagOf(conversation!.id)}`)
    await sheet.open()
    expect(await sheet.link()).toBe(first)
    expect(await browser.problems()).toEqual([])
  })
})
