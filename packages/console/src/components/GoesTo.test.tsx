import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, describe, expect, it } from 'vitest'

import { lineOf, readyWith, routeOf } from '../../test/connector-rig.ts'
import { createDeskRig, idOf, NOW, rowOf } from '../../test/desk-rig.ts'
import type { DeskRig } from '../../test/desk-rig.ts'
import type { RouteLine } from '../conversation-routes.ts'
import { Frame } from './Frame.tsx'

afterEach(() => act(() => render(null, document.body)))

const HOUR_MS = 3_600_000

async function show(...routes: readonly RouteLine[]): Promise<DeskRig> {
  const rig = createDeskRig()
  const { state } = rig.desk
  state.rows.value = [rowOf(1)]
  state.route.value = { name: 'inbox', conversation: idOf(1), details: true }
  state.thread.value = {
    conversation: idOf(1),
    phase: 'ready',
    items: [],
    earlier: 'none',
    head: 1,
    started: NOW,
  }
  state.connectors.value = readyWith(
    lineOf({ id: 'whatsapp', type: 'whatsapp', settings: { templateName: 'news' } }),
  )
  state.routes.value = { conversation: idOf(1), desks: null, routes }
  await act(() => render(<Frame desk={rig.desk} />, document.body))
  return rig
}

const texts = (selector: string): string[] =>
  [...document.querySelectorAll(selector)].map((element) => element.textContent ?? '')
const boxes = (): HTMLInputElement[] => [
  ...document.querySelectorAll<HTMLInputElement>('.desk-choice input'),
]
const press = (text: string): Promise<void> =>
  act(async () => {
    const found = [...document.querySelectorAll<HTMLElement>('.goes-to button')].find(
      (each) => each.textContent === text,
    )
    if (!found) throw new Error(`No button ${text}`)
    found.click()
    await new Promise((resolve) => setTimeout(resolve))
  })

const REACH = routeOf({
  connector: 'whatsapp~reach',
  type: 'whatsapp',
  role: 'reach',
  thread: '491701234567',
})

describe('where a conversation goes', () => {
  it('has the tag by which people call it on their phones', async () => {
    const rig = await show(routeOf())
    expect(texts('.fact')).not.toContain('Tag#7F3A')
    const routes = { conversation: idOf(1), tag: '7F3A', desks: null, routes: [] }
    await act(() => void (rig.desk.state.routes.value = routes))
    expect(texts('.fact')).toContain('Tag#7F3A')
  })

  it('Window: a visible clock, and a note before one writes into a closed one', async () => {
    const window = { open: true, closes: NOW + HOUR_MS, asked: null }
    const rig = await show(routeOf(), { ...REACH, window })
    expect(texts('.route-name')).toEqual(['Chatwoot', 'WhatsApp'])
    expect(texts('.route-window')).toEqual(['Free text until 15:32'])
    expect(texts('.route-state')).toEqual(['Answered there', '+491701234567'])
    expect(texts('.reach-note')).toEqual([])
    const closed = { ...REACH, window: { open: false, closes: NOW - 1, asked: null } }
    await act(
      () =>
        void (rig.desk.state.routes.value = {
          conversation: idOf(1),
          desks: null,
          routes: [closed],
        }),
    )
    expect(texts('.route-window')).toEqual(['Closed: a template will be sent'])
    expect(texts('.reach-note')[0]).toContain('A template goes first')
  })

  it('Routes: opted out, on the way, refused; nobody known there is not shown', async () => {
    await show(
      routeOf({ waiting: 2, failure: { seq: 4, reason: 'Too long.' } }),
      routeOf({ connector: 'slack', type: 'slack', active: false }),
      { ...REACH, active: false, optedOut: true },
      { ...REACH, connector: 'telegram', type: 'telegram', active: false, thread: null },
    )
    expect(texts('.route-name')).toEqual(['Chatwoot', 'WhatsApp'])
    expect(texts('.route-state')).toEqual([
      'Answered there · 2 on the way',
      'Wants no more messages there',
    ])
    expect(texts('.route-failure')).toEqual(['Message 4 was refused'])
  })

  it('Desks: chosen and saved; all of them is all of the site', async () => {
    const rig = await show(
      routeOf(),
      routeOf({ connector: 'slack', type: 'slack', active: false }),
      REACH,
    )
    await press('Change')
    expect(boxes().map(({ checked }) => checked)).toEqual([true, false])
    await act(() => boxes()[0]?.click())
    await press('Save')
    await press('Change')
    await act(() => boxes()[1]?.click())
    await press('Save')
    await press('Change')
    await act(() => boxes()[0]?.click())
    await act(() => boxes()[1]?.click())
    await press('Cancel')
    expect(rig.calls.filter(([name]) => name === 'setDesks')).toEqual([
      ['setDesks', idOf(1), []],
      ['setDesks', idOf(1), null],
    ])
  })

  it('C12: what is known of another conversation is not shown', async () => {
    const rig = await show(routeOf())
    await act(
      () =>
        void (rig.desk.state.routes.value = {
          conversation: idOf(2),
          desks: null,
          routes: [routeOf()],
        }),
    )
    expect(texts('.goes-to')).toEqual([])
  })
})
