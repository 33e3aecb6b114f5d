import { expect, it } from 'vitest'

import { describeEngines } from '../../browsers/engines.ts'
import type { Phone } from '../../../packages/relay/test/whatsapp/phone.ts'
import type { RelayProcess } from '../../relay-process.ts'
import { until } from '../../until.ts'
import type { Widget } from '../widget.ts'
import { STORED, widgetOn } from '../widget.ts'
import { noticeIsThere } from './hand-over-page.ts'
import type { WhatsAppStage } from './whatsapp-stage.ts'
import { MERCHANT, openWhatsAppStage, useMetaDescription } from './whatsapp-stage.ts'

const spec = useMetaDescription()

/** The merchant's own WhatsApp as the helpdesk. */
async function openDesk(): Promise<WhatsAppStage & { readonly mia: Phone }> {
  const stage = await openWhatsAppStage(spec())
  const { meta, connect } = stage
  meta.approve('new_message', 'en_US', 'News from {{1}}')
  await connect('desk', {
    type: 'whatsapp',
    role: 'desk',
    settings: {
      ...meta.settings,
      merchant: MERCHANT,
      templateName: 'new_message',
      templateLanguage: 'en_US',
      templateValues: ['{site}'],
    },
  })
  return { ...stage, mia: meta.phone(MERCHANT, { name: 'Mia' }) }
}

const textsOf = async (widget: Widget): Promise<readonly string[]> =>
  (await widget.bubbles()).map(({ text }) => text)

/** Is there a delivery of which nobody knows whether it arrived? */
async function unknownAt(relay: RelayProcess): Promise<boolean> {
  const metrics = await (await fetch(`${relay.origin}/metrics`)).text()
  return /^homing_deliveries\{state="unknown"\} [1-9]/m.test(metrics)
}

describeEngines(
  'WhatsApp as the desk',
  (open) => {
    it('C10 C12: a closed window is woken; two visitors at once; each answer goes to the one it is for', async () => {
      const { shop, meta, mia } = await openDesk()
      const annsTab = await (await open()).open(shop.origin)
      const bensTab = await (await open()).open(shop.origin)
      const [ann, ben] = [widgetOn(annsTab), widgetOn(bensTab)]

      // Mia has not written for a day: only the template may be sent, once, and the words wait.
      await ann.open()
      await ann.send('Is the blue one in stock?')
      await ann.bubble('Is the blue one in stock?', ...STORED)
      expect(await mia.next()).toMatchObject({ template: 'new_message' })
      await ben.open()
      await ben.send('Do you ship to Bern?')
      await ben.bubble('Do you ship to Bern?', ...STORED)
      mia.write('I am here.')
      const words = [await mia.next(), await mia.next(), await mia.next()]
      const anns = words.find(({ text }) => text.endsWith('\nIs the blue one in stock?'))
      const bens = words.find(({ text }) => text.endsWith('\nDo you ship to Bern?'))
      expect(anns?.text).toMatch(/^#[2-9A-Z]{4} /)
      expect(bens?.text).toMatch(/^#[2-9A-Z]{4} /)
      expect(mia.inbox.filter(({ template }) => template !== undefined)).toHaveLength(1)

      // Quoted, and crosswise.
      mia.write('To Bern, yes.', { quote: bens! })
      mia.write('Four of them.', { quote: anns! })
      await ann.bubble('Four of them.')
      await ben.bubble('To Bern, yes.')

      // Unquoted, while both were active just now: nobody gets it, and Mia is told.
      mia.write('Anything else?')
      const told = await mia.next()
      expect(told.text).toContain('Nothing was sent')
      expect(told.text.match(/^#[2-9A-Z]{4}/gm)).toHaveLength(2)

      // With one of them done, it is clear who is meant.
      mia.write('/done', { quote: anns! })
      await annsTab.until(noticeIsThere, 'Resolved')
      mia.write('Shall I keep one?')
      await ben.bubble('Shall I keep one?')

      await meta.hooks.settled()
      expect(await textsOf(ann)).toEqual(['Is the blue one in stock?', 'Four of them.'])
      expect(await textsOf(ben)).toEqual([
        'Do you ship to Bern?',
        'To Bern, yes.',
        'Shall I keep one?',
      ])
      expect(meta.requests.filter(({ refused }) => refused !== undefined)).toEqual([])
    })

    it('C10: nobody hears whether it arrived: the status that comes later settles it, with one copy', async () => {
      const { shop, relay, meta, mia } = await openDesk()
      mia.write('/list')
      expect((await mia.next()).text).toContain('No conversation is open.')
      const widget = widgetOn(await (await open()).open(shop.origin))
      await widget.open()
      // Meta takes it and never answers, and what it has to tell later is held up, too.
      meta.next('silent')
      meta.hooks.hold()
      await widget.send('Is the blue one in stock?')
      expect((await mia.next()).text).toContain('Is the blue one in stock?')
      await widget.send('Or the green one?')
      await widget.bubble('Or the green one?', ...STORED)
      await until('the time is out', () => unknownAt(relay))
      expect(mia.inbox).toHaveLength(2)

      meta.hooks.release()
      expect((await mia.next()).text).toContain('Or the green one?')
      await meta.hooks.settled()
      expect(mia.inbox).toHaveLength(3)
    })
  },
  // The phone is at the other end; the page's part is the same in each.
  ['chromium'],
)
