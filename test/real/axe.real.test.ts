import axe from 'axe-core'
import type { AxeResults } from 'axe-core'
import { expect, it, onTestFinished } from 'vitest'

import type { Tab } from '../browsers/browser.ts'
import { describeEngines } from '../browsers/engines.ts'
import { OWNER_PASSWORD } from '../relay-process.ts'
import { openRow, signIn } from './console-page.ts'
import { openFarSides } from './far-sides.ts'
import { settled } from './settled.ts'
import { BUTTON, connect, openStage } from './stage.ts'
import { HOST, STORED, widgetOn } from './widget.ts'

const LOOKS = (['light', 'dark'] as const).flatMap((scheme) =>
  [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ].map((size) => ({ scheme, size, width: size.width })),
)

describeEngines(
  'accessibility',
  (open) => {
    it.each(LOOKS)('of the widget, $scheme at $width', async ({ scheme, size }) => {
      const { shop, agents, relay } = await openStage()
      await connect(relay, 'button', BUTTON)
      const tab = await (await open({ scheme, size })).open(shop.origin)
      const widget = widgetOn(tab)
      const check = async (screen: string): Promise<void> => {
        // Colours are judged once they are what they will be.
        await settled(tab)
        expect(await faults(tab, HOST), screen).toEqual([])
      }
      await tab.until((host) => document.querySelector(host) !== null, HOST)
      await check('launcher')
      await widget.open()
      await check('empty')
      await widget.send('Do you mend old lamps? See https://example.com/lamp')
      await widget.bubble('Do you mend old lamps? See https://example.com/lamp', ...STORED)
      const [conversation] = await agents.conversations()
      await agents.say(conversation!.id, 'We do, and gladly. Which one is it?')
      await widget.bubble('We do, and gladly. Which one is it?')
      await check('thread')
      await tab.click(`${HOST} >>> [part=reach]`)
      await tab.until(partIsThere, 'qr')
      await check('going on elsewhere')
      await tab.press('Escape')
      await agents.setStatus(conversation!.id, 'resolved')
      await tab.until(partIsThere, 'resolved')
      await check('resolved thread')
      await tab.click(`${HOST} >>> [part=back]`)
      await tab.until(partIsThere, 'row')
      await check('list')
    })

    it.each(LOOKS)('of the console, $scheme at $width', async ({ scheme, size }) => {
      const { shop, agents, network } = await openStage()
      const browser = await open({ scheme, size })
      const visitor = await browser.open(shop.origin)
      await widgetOn(visitor).open()
      await widgetOn(visitor).send('Is the blue one in stock?')
      await widgetOn(visitor).bubble('Is the blue one in stock?', ...STORED)
      const [conversation] = await agents.conversations()
      await agents.say(conversation!.id, 'It is, four of them.')

      const tab = await browser.open(`${network.origin}/console`)
      const check = async (screen: string): Promise<void> => {
        await settled(tab)
        expect(await faults(tab, 'html'), screen).toEqual([])
      }
      await tab.until(() => document.querySelector('#password') !== null)
      await check('sign-in')
      await signIn(tab)
      await check('inbox')
      await openRow(tab, 'It is, four of them.')
      await check('thread')
      await tab.goto(`${network.origin}/console#/deliveries`)
      await check('deliveries')
    })

    it.each(LOOKS)('of the console’s connectors, $scheme at $width', async ({ scheme, size }) => {
      const far = await openFarSides()
      onTestFinished(() => far.close())
      const { shop, network, relay } = await openStage(undefined, far.env)
      const tab = await (await open({ scheme, size })).open(`${network.origin}/console`)
      const go = async (hash: string, sign: string): Promise<void> => {
        await tab.goto(`${network.origin}/console${hash}`)
        await tab.until((selector) => document.querySelector(selector) !== null, sign)
        await settled(tab)
        expect(await faults(tab, 'html'), `${hash} ${sign}`).toEqual([])
      }
      await tab.type('#password', OWNER_PASSWORD)
      await tab.press('Enter')
      await tab.until(() => document.querySelector('.rail') !== null)
      await go('#/connectors', '.gallery-card')
      await go('#/connect/telegram', '.role')
      await tab.click('.form-save')
      await go('#/connect/telegram', '[aria-invalid="true"]')

      await far.setUpChatwoot(relay)
      await far.setUpSlack(relay)
      await far.setUpWhatsApp(relay)
      const visitor = await (await open()).open(shop.origin)
      await widgetOn(visitor).open()
      await widgetOn(visitor).send('Do you mend old lamps?')
      await widgetOn(visitor).bubble('Do you mend old lamps?', ...STORED)
      await far.untilHeld(relay)
      await go('#/connectors', '.connector-reason')
      await go('#/connectors/chatwoot', '.finding')
      await go('#/connectors/slack', '.trouble')
      await tab.evaluate(() => document.querySelector<HTMLElement>('.button-danger')?.click())
      await go('#/connectors/slack', 'dialog[open]')
      const row = await tab.until(
        () => document.querySelector<HTMLElement>('.parked-who')?.getAttribute('href') ?? undefined,
      )
      await go(`${row}/details`, '.route')
      await tab.click('.goes-to-head button')
      await go(`${row}/details`, '.desk-choice')
    })

    it('a planted fault would have been found', async () => {
      const { shop } = await openStage()
      const tab = await (await open()).open(shop.origin)
      await widgetOn(tab).open()
      await tab.evaluate((host) => {
        const root = document.querySelector(host)?.shadowRoot
        root?.querySelector('[part=send]')?.removeAttribute('aria-label')
      }, HOST)
      expect((await faults(tab, HOST)).map((fault) => fault.split(':')[0])).toContain('button-name')
    })
  },
  // The rules read the document, not the engine.
  ['chromium'],
)

/** Serious and critical faults below an element, each with the rule, its impact and the places. */
async function faults(tab: Tab, include: string): Promise<readonly string[]> {
  // The library's text becomes the body of a function, so that no policy of the page is in its way.
  // oxlint-disable-next-line typescript/no-implied-eval -- it is made here and called there
  await tab.evaluate(new Function(axe.source) as () => void)
  const results = (await tab.evaluate(async (selector) => {
    const { axe: engine } = window as unknown as { axe: { run(at: object): Promise<AxeResults> } }
    return engine.run({ include: [selector] })
  }, include)) as AxeResults
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, impact, nodes }) =>
        `${id}: ${impact}: ${nodes.map(({ target, failureSummary }) => `${String(target)} ${failureSummary}`).join(' | ')}`,
    )
}

function partIsThere(part: string): boolean {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return root?.querySelector(`[part="${part}"]`) != null
}
