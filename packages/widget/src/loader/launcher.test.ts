import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { Launcher } from './launcher.ts'
import { createLauncher } from './launcher.ts'

let root: ShadowRoot
let launcher: Launcher
const onIntent = vi.fn()
const onClick = vi.fn()

beforeEach(() => {
  vi.clearAllMocks()
  const host = document.createElement('div')
  document.body.append(host)
  root = host.attachShadow({ mode: 'open' })
  launcher = createLauncher({
    root,
    label: 'Open messages',
    accent: '#a8482b',
    side: 'end',
    offset: { x: 20, y: 24 },
    onIntent,
    onClick,
  })
})
afterEach(() => root.host.remove())

test('is a button that says what it does and whether the panel is open', () => {
  const { element } = launcher
  expect(element.getAttribute('aria-label')).toBe('Open messages')
  expect(element.getAttribute('aria-expanded')).toBe('false')
  launcher.setOpen(true)
  launcher.setLabel('Close messages')
  expect(element.getAttribute('aria-label')).toBe('Close messages')
  expect(element.getAttribute('aria-expanded')).toBe('true')
})

test('counts the unread, in the badge and in words', () => {
  const badge = root.querySelector('[part="launcher-badge"]')
  launcher.setUnread(3, '3 unread')
  expect(badge?.textContent).toBe('3')
  expect(launcher.element.getAttribute('aria-label')).toBe('Open messages, 3 unread')
  launcher.setUnread(100, '100 unread')
  expect(badge?.textContent).toBe('99+')
  launcher.setUnread(0, '0 unread')
  expect(badge?.textContent).toBe('')
  expect(launcher.element.getAttribute('aria-label')).toBe('Open messages')
})

test.each(['pointerenter', 'focus', 'touchstart'])(
  '%s is an intent, and only a click is one',
  (name) => {
    launcher.element.dispatchEvent(new Event(name))
    expect(onIntent).toHaveBeenCalledOnce()
    expect(onClick).not.toHaveBeenCalled()
    launcher.element.click()
    expect(onClick).toHaveBeenCalledOnce()
  },
)

test('the site’s colour and corner stand on the host, for all that is drawn within', () => {
  const { style } = root.host as HTMLElement
  expect(style.getPropertyValue('--site')).toBe('#a8482b')
  expect([style.getPropertyValue('--x'), style.getPropertyValue('--y')]).toEqual(['20px', '24px'])
  launcher.setAccent('#ffd21f')
  expect(style.getPropertyValue('--site')).toBe('#ffd21f')
})
