import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, describe, expect, it } from 'vitest'

import { lineOf, readyWith } from '../../test/connector-rig.ts'
import { createDeskRig, idOf, NOW } from '../../test/desk-rig.ts'
import type { DeskRig } from '../../test/desk-rig.ts'
import { parseRoute } from '../route.ts'
import type { Connectors } from '../state.ts'
import { Frame } from './Frame.tsx'

afterEach(() => act(() => render(null, document.body)))

async function show(hash: string, connectors: Connectors, rig = createDeskRig()): Promise<DeskRig> {
  rig.desk.state.route.value = parseRoute(hash)
  rig.desk.state.connectors.value = connectors
  await act(() => render(<Frame desk={rig.desk} />, document.body))
  return rig
}

const one = <Kind extends Element = HTMLElement>(selector: string): Kind => {
  const found = document.querySelector<Kind>(selector)
  if (!found) throw new Error(`No ${selector}`)
  return found
}
const texts = (selector: string): string[] =>
  [...document.querySelectorAll(selector)].map((element) => element.textContent ?? '')
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
/** A click, what its promises bring, and what these begin. */
const clicked = async (element: HTMLElement): Promise<void> => {
  await act(async () => {
    element.click()
    await turn()
  })
  await act(turn)
}
const click = (selector: string): Promise<void> => clicked(one(selector))
const press = (label: string): Promise<void> => clicked(button(label))
const type = (selector: string, text: string): Promise<void> =>
  act(() => {
    const field = one<HTMLInputElement>(selector)
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
  })
const called = (rig: DeskRig, name: string): unknown[][] =>
  rig.calls.filter(([each]) => each === name).map(([, ...values]) => values)
const button = (label: string): HTMLElement => {
  const found = [...document.querySelectorAll<HTMLElement>('button')].find(
    (each) => (each.getAttribute('aria-label') ?? each.textContent) === label,
  )
  if (!found) throw new Error(`No button ${label}`)
  return found
}

describe('list of connectors', () => {
  it('Connectors: each says how it is, why, what it refused, and where its webhooks come', async () => {
    const hold = { until: Number.MAX_SAFE_INTEGER, reason: 'The token is refused.' }
    const rig = await show(
      '#/connectors',
      readyWith(
        lineOf(),
        lineOf({ id: 'wa', type: 'whatsapp', roles: ['desk', 'reach'], hold, parked: 2 }),
        lineOf({ id: 'old', roles: [], problems: ['it cannot be opened'] }),
      ),
    )
    expect(texts('.pill')).toEqual(['Working', 'On hold', 'Not working'])
    expect(texts('.connector-reason')).toEqual(['The token is refused.', 'it cannot be opened'])
    expect(texts('.connector-role')[1]).toBe('Desk and reach')
    expect(one('.connector-parked').getAttribute('href')).toBe('#/deliveries/wa')
    expect(one('.rail .count').textContent).toBe('2 need attention')
    await press('Copy Webhook address, chatwoot')
    expect(called(rig, 'copy')).toEqual([['https://relay.test/v1/hooks/chatwoot']])
    expect(texts('.snippet code')).toEqual([
      '<script async src="https://relay.test/widget/pk_a.js"></script>',
    ])
  })

  it('Connectors: a hold with an end says when', async () => {
    const hold = { until: NOW + 3_600_000, reason: 'It asked for patience.' }
    await show('#/connectors', readyWith(lineOf({ hold })))
    expect(texts('.pill')).toEqual(['On hold until 15:32'])
  })

  it('Gallery: the beginning; found by name, by group and by what one calls it', async () => {
    await show('#/connectors', readyWith())
    expect(texts('.gallery-name')).toEqual(['Chatwoot', 'WhatsApp', 'Twilio'])
    await type('.gallery-search input', 'messenger')
    expect(texts('.gallery-name')).toEqual(['WhatsApp', 'Twilio'])
    await type('.gallery-search input', 'HELPDESK')
    expect(texts('.gallery-name')).toEqual(['Chatwoot'])
    await type('.gallery-search input', 'sms')
    expect(texts('.gallery-name')).toEqual(['Twilio'])
    await type('.gallery-search input', 'pigeon')
    expect(texts('.blank-title')).toEqual(['Nothing is called “pigeon”'])
  })

  it('Connectors: an address that leads nowhere says so', async () => {
    await show('#/connectors/gone', readyWith(lineOf()))
    expect(texts('.blank-title')).toEqual(['This connector is not here'])
  })
})

describe('setting one up', () => {
  it('Form: what is typed is sent, and its page is gone to', async () => {
    const rig = await show('#/connect/chatwoot', readyWith(lineOf()))
    await type('#field-url', ' https://chat.test ')
    await type('#field-token', 'a secret')
    await type('#field-agents', 'Ada\n\nBo')
    await click('#field-copies')
    await click('.form-save')
    expect(called(rig, 'saveConnector')).toEqual([
      [
        'chatwoot-2',
        {
          type: 'chatwoot',
          role: 'desk',
          settings: {
            url: 'https://chat.test',
            token: 'a secret',
            agents: ['Ada', 'Bo'],
            copies: false,
          },
        },
      ],
    ])
    expect(called(rig, 'go')).toEqual([['#/connectors/chatwoot-2']])
  })

  it('Form: every problem of a refused save stands at its field, and the first is gone to', async () => {
    const rig = createDeskRig()
    rig.answers.save = {
      state: 'refused',
      problems: [
        'settings.token: it has a blank',
        'settings.agents: too many',
        'id: "x" is taken',
        'the whole is wrong',
      ],
    }
    await show('#/connect/chatwoot', readyWith(), rig)
    await click('.form-save')
    expect(texts('#field-token-problem')).toEqual(['It has a blank.'])
    expect(texts('#field-agents-problem')).toEqual(['Too many.'])
    expect(texts('#field-id-problem')).toEqual(['"x" is taken.'])
    expect(one('.form-alert').textContent).toContain('4 things need your attention.')
    expect(one('.form-alert').textContent).toContain('The whole is wrong.')
    expect(one('#field-token').getAttribute('aria-invalid')).toBe('true')
    expect(one('#field-token').getAttribute('aria-describedby')).toContain('field-token-problem')
    expect(document.activeElement?.id).toBe('field-token')
    expect(called(rig, 'go')).toEqual([])
  })

  it('Form: a name that another connector has is not sent', async () => {
    const rig = await show('#/connect/chatwoot', readyWith(lineOf()))
    await type('#field-id', 'chatwoot')
    await click('.form-save')
    expect(texts('#field-id-problem')).toEqual(['Another connector has this name.'])
    expect(called(rig, 'saveConnector')).toEqual([])
  })

  it('Form: the webhook’s address follows the name', async () => {
    await show('#/connect/twilio', readyWith())
    await type('#field-id', 'SMS')
    expect(one<HTMLInputElement>('#field-webhook').value).toBe('https://relay.test/v1/hooks/sms')
    expect(texts('.copy-text')).toEqual(['https://relay.test/v1/hooks/sms'])
    await type('#field-webhook', 'https://own.test/')
    await type('#field-id', 'other')
    expect(one<HTMLInputElement>('#field-webhook').value).toBe('https://own.test/')
  })

  it('Roles: explained in plain words where there is a choice', async () => {
    const rig = await show('#/connect/whatsapp', readyWith())
    expect(texts('.role-name')).toEqual(['Desk', 'Reach', 'Desk and reach'])
    expect(texts('.role-hint')[0]).toContain('your own WhatsApp')
    await act(() => {
      one<HTMLInputElement>('#role-both').click()
    })
    await click('.form-save')
    expect(called(rig, 'saveConnector')[0]?.[1]).toMatchObject({ role: 'both' })
    await act(() => render(null, document.body))
    await show('#/connect/chatwoot', readyWith())
    expect(texts('.role-name')).toEqual([])
  })

  it('Secrets: covered while they are typed, and made on demand', async () => {
    const rig = await show('#/connect/chatwoot', readyWith())
    expect(one('#field-token').className).toContain('input-covered')
    await press('Show what was typed: Token')
    expect(one('#field-token').className).not.toContain('input-covered')
    await press('Make one: Word')
    expect(one<HTMLTextAreaElement>('#field-webhookToken').value).toBe('07'.repeat(24))
    expect(one('.secret-made').textContent).toContain('not shown again')
    await click('.form-save')
    expect(called(rig, 'saveConnector')[0]?.[1]).toMatchObject({
      settings: { webhookToken: '07'.repeat(24) },
    })
  })
})

describe('one connector', () => {
  const page = (rig?: DeskRig, change = {}) =>
    show('#/connectors/chatwoot', readyWith(lineOf(change)), rig)

  it('Secrets: a saved one is only said to be set; after a save what was typed is gone', async () => {
    const rig = await page()
    expect(texts('.secret-state')[0]).toContain('Set')
    expect(document.querySelectorAll('[data-secret]')).toHaveLength(0)
    await press('Replace: Token')
    await type('#field-token', 'sesame-open')
    await press('Remove: Word')
    expect(document.body.innerHTML + valuesOnPage()).toContain('sesame-open')
    await click('.form-save')
    expect(called(rig, 'saveConnector')).toEqual([
      [
        'chatwoot',
        expect.objectContaining({
          settings: expect.objectContaining({ token: 'sesame-open', webhookToken: null }),
        }),
      ],
    ])
    expect(document.body.innerHTML + valuesOnPage()).not.toContain('sesame-open')
    expect(document.querySelectorAll('[data-secret]')).toHaveLength(0)
  })

  it('Secrets: a required one can be replaced and not removed, and be kept after all', async () => {
    const rig = await page()
    expect(() => button('Remove: Token')).toThrow()
    await press('Replace: Token')
    await type('#field-token', 'oops')
    await press('Keep the old one: Token')
    await type('#field-url', 'https://new.test/')
    await click('.form-save')
    expect(called(rig, 'saveConnector')[0]?.[1]).toMatchObject({
      settings: { url: 'https://new.test/' },
    })
    expect(JSON.stringify(rig.calls)).not.toContain('oops')
  })

  it('Form: nothing changed is nothing to save; changes can be discarded', async () => {
    const rig = await page()
    await click('.form-save')
    expect(called(rig, 'saveConnector')).toEqual([])
    await type('#field-url', 'https://new.test/')
    await press('Discard changes')
    expect(one<HTMLInputElement>('#field-url').value).toBe('https://chat.test/')
  })

  it('Test: at once, after a save, and when asked; findings say good or bad in words', async () => {
    const rig = createDeskRig()
    rig.answers.findings = [
      { level: 'ok', message: 'The token is taken.' },
      { level: 'problem', message: 'The webhook leads elsewhere.' },
    ]
    await page(rig)
    expect(texts('.finding')).toEqual([
      'Good: The token is taken.',
      'Problem: The webhook leads elsewhere.',
    ])
    rig.answers.findings = undefined
    await press('Test connection')
    expect(texts('.finding')).toEqual(['The test could not be run. Please try again.'])
    await type('#field-url', 'https://new.test/')
    await click('.form-save')
    expect(called(rig, 'examine')).toHaveLength(3)
  })

  it('C10: what it refused is shown, its reach’s too, and a held one is tried again by a replay', async () => {
    const rig = createDeskRig()
    const parked = {
      id: idOf(7),
      connector: 'chatwoot~reach',
      conversation: idOf(1),
      seq: 3,
      attempts: 1,
      reason: 'The token is refused.',
      time: NOW,
    }
    const other = { ...parked, id: idOf(8), connector: 'slack' }
    rig.desk.state.deliveries.value = { state: 'ready', parked: [parked, other] }
    const hold = { until: Number.MAX_SAFE_INTEGER, reason: 'The token is refused.' }
    await page(rig, { hold })
    expect(texts('.parked .connector')).toEqual(['chatwoot~reach'])
    expect(texts('.trouble-reason')).toEqual(['The token is refused.'])
    await press('Try again now')
    expect(called(rig, 'replay')).toEqual([[idOf(7)]])
    await act(() => void (rig.desk.state.route.value = parseRoute('#/deliveries/slack')))
    expect(texts('.parked .connector')).toEqual(['slack'])
  })

  it('Remove: only after asking', async () => {
    const rig = await page()
    await press('Remove this connector')
    expect(one<HTMLDialogElement>('dialog').open).toBe(true)
    expect(one('#remove-title').textContent).toBe('Remove Chatwoot?')
    await press('Cancel')
    expect(one<HTMLDialogElement>('dialog').open).toBe(false)
    expect(called(rig, 'removeConnector')).toEqual([])
    await press('Remove this connector')
    await press('Remove')
    expect(called(rig, 'removeConnector')).toEqual([['chatwoot']])
    expect(called(rig, 'go')).toEqual([['#/connectors']])
  })

  it('Connectors: one of the operator’s file is shown and not changed here', async () => {
    await page(undefined, { from: 'file', settings: {}, secrets: [] })
    expect(document.querySelectorAll('form, .remove')).toHaveLength(0)
    expect(document.body.textContent).toContain('connectors file')
  })

  it('Connectors: one whose settings cannot be used says why, and can be saved as it is', async () => {
    const rig = await page(undefined, { problems: ['the seal’s key is another one'], roles: [] })
    expect(texts('.trouble-reason')).toEqual(['the seal’s key is another one'])
    expect(document.querySelectorAll('.checkup')).toHaveLength(0)
    await click('.form-save')
    expect(called(rig, 'saveConnector')).toHaveLength(1)
  })

  it('XSS: names, reasons, findings and settings are text', async () => {
    const evil = '<img src=x onerror=alert(1)>'
    const rig = createDeskRig()
    rig.answers.findings = [{ level: 'problem', message: evil }]
    await page(rig, {
      settings: { url: evil },
      hold: { until: NOW + 1, reason: evil },
      webhook: evil,
    })
    expect(document.querySelectorAll('img')).toHaveLength(0)
    expect(document.body.textContent?.split(evil).length).toBeGreaterThan(3)
  })
})

/** What stands in fields is no part of the page's text. */
function valuesOnPage(): string {
  return [...document.querySelectorAll<HTMLInputElement>('input, textarea')]
    .map(({ value }) => value)
    .join('\n')
}
