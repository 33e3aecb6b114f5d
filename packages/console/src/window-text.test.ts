import { expect, it } from 'vitest'

import { lineOf, routeOf } from '../test/connector-rig.ts'
import { NOW } from '../test/desk-rig.ts'
import type { RouteLine } from './conversation-routes.ts'
import { createWhen } from './when.ts'
import { windowOf, windowText } from './window-text.ts'

const when = createWhen(() => NOW, 'en-GB', 'UTC')
const HOUR_MS = 3_600_000

const text = (
  window: RouteLine['window'],
  type = 'whatsapp',
  settings: Readonly<Record<string, unknown>> = {},
): string | undefined => {
  const route = routeOf({ connector: type, type, role: 'reach', window })
  const state = windowOf(route, [lineOf({ id: type, type, settings })])
  return state && windowText(state, type, when)
}
const CLOSED = { open: false, closes: NOW - HOUR_MS, asked: null }

it('Window: open until a time that is read at a glance', () => {
  const open = (hours: number) => ({ open: true, closes: NOW + hours * HOUR_MS, asked: null })
  expect(text(open(1))).toBe('Free text until 15:32')
  expect(text(open(20))).toBe('Free text until tomorrow, 10:32')
  expect(text(open(72))).toBe('Free text until Sun, 14:32')
  expect(text(null)).toBeUndefined()
})

it('Window: closed says what becomes of the next words', () => {
  const template = { templateName: 'news' }
  expect(text(CLOSED, 'whatsapp', template)).toBe('Closed: a template will be sent')
  expect(text(CLOSED, 'whatsapp')).toBe('Closed, and no template is set up')
  expect(text(CLOSED, 'messenger')).toBe('Closed until they write again')
  expect(text({ open: false, closes: null, asked: null }, 'whatsapp', template)).toBe(
    'Closed: a template will be sent',
  )
})

it('Window: a template of the operator’s file is not doubted', () => {
  const route = routeOf({ connector: 'wa', type: 'whatsapp', window: CLOSED })
  const lines = [lineOf({ id: 'wa', type: 'whatsapp', from: 'file', settings: {} })]
  expect(windowOf(route, lines)).toEqual({ state: 'closed', template: undefined })
})

it('Window: asked to write again, and when', () => {
  const asked = { open: false, closes: NOW - HOUR_MS, asked: NOW - 60_000 }
  expect(text(asked)).toBe('Closed: template sent 14:31, waiting for an answer')
})
