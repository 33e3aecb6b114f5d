import type { HandOverResponse } from '@homing/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { refusal, relayAnswers } from '../../test/relay-answers.ts'
import type { Stage } from '../../test/stage.ts'
import { SETTINGS, VISITOR, draft, entry, setStage } from '../../test/stage.ts'

const WHATSAPP = { type: 'whatsapp', app: 'WhatsApp', binds: true }
const OFFER: HandOverResponse = {
  url: 'https://wa.me/15550001111?text=HM-23456789AB',
  code: 'HM-23456789AB',
  expires: 1,
}
const NOTE = { type: 'handed_over', app: 'WhatsApp', fallback: 'It goes on in WhatsApp.' } as const

let stage: Stage
beforeEach(async () => {
  stage = setStage()
  stage.state.settings.value = { ...SETTINGS, reaches: [WHATSAPP] }
  await stage.drawn()
})
afterEach(() => stage.unmount())

async function openSheet(): Promise<void> {
  stage.part('reach')?.click()
  await import('../hand-over/sheet.tsx')
  await answered()
}

async function answered(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve))
  await stage.drawn()
}

const link = (): HTMLAnchorElement | null =>
  stage.root.querySelector<HTMLAnchorElement>('a[part="hand-over-link"]')

describe('going on elsewhere', () => {
  test('is offered for what the site has, and not at all where it has nothing', async () => {
    const telegram = { type: 'telegram', app: 'Telegram', binds: true }
    const button = { type: 'whatsapp-link', app: 'WhatsApp', binds: false }
    stage.state.settings.value = { ...SETTINGS, reaches: [telegram, button] }
    await stage.drawn()
    expect(stage.parts('reach').map((each) => each.textContent)).toEqual([
      'Continue on Telegram',
      'Write to us on WhatsApp',
    ])
    stage.state.settings.value = SETTINGS
    await stage.drawn()
    expect(stage.part('reaches')).toBeNull()
  })

  test('an address can be left once the relay has the conversation, and not before', async () => {
    const email = { type: 'email', app: 'E-mail', binds: false, asks: 'email' } as const
    stage.state.settings.value = { ...SETTINGS, reaches: [WHATSAPP, email] }
    await stage.show({ drafts: [draft('d1', 'Hello?')] })
    expect(stage.parts('reach').map((each) => each.textContent)).toEqual(['Continue on WhatsApp'])
    await stage.show({ entries: [entry(1, VISITOR, 'Hello?')] })
    expect(stage.parts('reach').map((each) => each.textContent)).toEqual([
      'Continue on WhatsApp',
      'Get answers by e-mail',
    ])
    // Once it was left, in whichever browser, it can be another one.
    await stage.show({ entries: [entry(1, VISITOR, 'Hello?'), entry(2, VISITOR, NOTE)] })
    expect(stage.parts('reach')[1]?.textContent).toBe('Get answers by e-mail')
    const left = entry(2, VISITOR, { ...NOTE, app: 'E-mail', asks: 'email' })
    await stage.show({ entries: [entry(1, VISITOR, 'Hello?'), left] })
    expect(stage.parts('reach')[1]?.textContent).toBe('Change the e-mail address')
    stage.state.settings.value = { ...SETTINGS, reaches: [email] }
    await stage.show({ drafts: [draft('d1', 'Hello?')] })
    expect(stage.part('reaches')).toBeNull()
  })

  test('asks for this very conversation, and shows link, picture and code', async () => {
    const asked = relayAnswers(Response.json(OFFER))
    await openSheet()
    expect(asked).toEqual([
      [
        'https://relay.example/v1/hand-over',
        { site: 'pk_test', token: 'a-token', conversation: 'c1', reach: 'whatsapp' },
      ],
    ])
    expect(link()?.href).toBe(OFFER.url)
    expect(link()?.rel).toContain('noopener')
    expect(stage.part('hand-over-code')?.textContent).toBe(OFFER.code)
    expect(stage.part('qr')?.getAttribute('aria-label')).toBe('QR code that opens WhatsApp')
    expect(stage.root.activeElement?.textContent?.trim()).toBe('Continue on WhatsApp')
    expect(stage.part('reaches')).toBeNull()
  })

  test('waits for the visitor’s secret, which the first welcome brings', async () => {
    const asked = relayAnswers(Response.json(OFFER))
    stage.actions.secret.mockReturnValue(undefined)
    await openSheet()
    expect(asked).toEqual([])
    stage.state.connection.value = 'offline'
    await stage.drawn()
    expect(stage.part('hand-over-body')?.textContent).toBe('No connection.')
    stage.actions.secret.mockReturnValue('a-token')
    stage.state.connection.value = 'online'
    await answered()
    expect(link()?.href).toBe(OFFER.url)
  })

  test.each([
    ['nobody answers', new Error('offline')],
    ['the relay refuses', refusal(429, 'rate_limited')],
    ['the link is none', Response.json({ ...OFFER, url: 'javascript:alert(1)' })],
    ['the answer is none', Response.json(null)],
  ])('says so when %s, and tries again', async (_, answer) => {
    const asked = relayAnswers(answer, Response.json(OFFER))
    await openSheet()
    expect(link()).toBeNull()
    expect(stage.part('hand-over-body')?.textContent).toBe('This did not work.Try again')
    stage.part('hand-over-link')?.click()
    await answered()
    expect(asked).toHaveLength(2)
    expect(link()?.href).toBe(OFFER.url)
  })

  test('ends by itself once the phone has written; the thread says that it goes on there', async () => {
    relayAnswers(Response.json(OFFER))
    const words = entry(1, VISITOR, 'Hello?')
    const earlier = entry(2, VISITOR, NOTE)
    await stage.show({ entries: [words, earlier] })
    await openSheet()
    // Left in another tab: nothing of a phone.
    const address = entry(3, VISITOR, { ...NOTE, app: 'E-mail', asks: 'email' })
    await stage.show({ entries: [words, earlier, address] })
    expect(stage.part('hand-over')).not.toBeNull()
    await stage.show({ entries: [words, earlier, address, entry(4, VISITOR, NOTE)] })
    await answered()
    expect(stage.part('hand-over')).toBeNull()
    expect(stage.parts('notice').map((each) => each.textContent)).toEqual([
      'You can go on in WhatsApp, too.',
      'Answers you miss here come to you by e-mail.',
      'You can go on in WhatsApp, too.',
    ])
    expect(stage.root.activeElement).toBe(stage.part('reach'))
    stage.state.locale.value = 'zh-TW'
    await stage.drawn()
    expect(stage.part('notice')?.textContent).toBe('您也可以在 WhatsApp 繼續這個對話。')
  })

  test('Escape and the button lead back, and the panel stays open', async () => {
    relayAnswers(Response.json(OFFER), Response.json(OFFER))
    await openSheet()
    const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true })
    stage.part('hand-over')?.dispatchEvent(escape)
    await stage.drawn()
    expect(stage.part('hand-over')).toBeNull()
    expect(stage.actions.close).not.toHaveBeenCalled()
    await openSheet()
    stage.part('sheet-back')?.click()
    await stage.drawn()
    expect(stage.part('hand-over')).toBeNull()
  })

  test('leaves no style behind', async () => {
    relayAnswers(Response.json(OFFER))
    const before = stage.root.adoptedStyleSheets.length
    await openSheet()
    expect(stage.root.adoptedStyleSheets).toHaveLength(before + 1)
    stage.part('sheet-back')?.click()
    await stage.drawn()
    expect(stage.root.adoptedStyleSheets).toHaveLength(before)
  })
})
