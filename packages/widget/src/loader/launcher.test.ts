import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { inkOn } from './ink.ts'
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
    ink: '#fff',
    side: 'end',
    offset: { x: 20, y: 24 },
    onIntent,
    onClick,
  })
})
afterEach(() => launcher.destroy())

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

test('leaves nothing behind', () => {
  expect(root.adoptedStyleSheets).toHaveLength(1)
  launcher.destroy()
  launcher.destroy()
  expect(root.childNodes).toHaveLength(0)
  expect(root.adoptedStyleSheets).toHaveLength(0)
})

test.each([
  ['#a8482b', '#fff'],
  ['#ffd21f', '#000'],
  ['#000000', '#fff'],
  ['#767676', '#fff'],
  ['#777777', '#000'],
])('the glyph on %s is %s', (accent, ink) => {
  expect(inkOn(accent)).toBe(ink)
})
