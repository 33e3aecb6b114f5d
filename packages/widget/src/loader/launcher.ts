export interface LauncherOptions {
  readonly root: ShadowRoot
  /** What the button says: "Open messages". */
  readonly label: string
  /** "#rrggbb" */
  readonly accent: string
  readonly side: 'start' | 'end'
  /** Distance from the corner, CSS px. */
  readonly offset: { readonly x: number; readonly y: number }
  /** The visitor is about to use it: hover, focus or touch. May be called many times. */
  readonly onIntent: () => void
  readonly onClick: () => void
}

export interface Launcher {
  readonly element: HTMLButtonElement
  setOpen(open: boolean): void
  /** `label` is read after the button's own: "3 unread". No badge for 0. */
  setUnread(count: number, label: string): void
  setLabel(text: string): void
  setAccent(accent: string): void
}

/** Above this the badge says "99+". */
const MOST_SHOWN = 99

/** The speech bubble; the two lines in it turn into a cross when the panel opens. */
const GLYPH = [
  'M7 3.5h10A4.5 4.5 0 0 1 21.5 8v5a4.5 4.5 0 0 1-4.5 4.5h-4.6l-4 3.3c-.6.5-1.4.1-1.4-.7v-2.6A4.5 4.5 0 0 1 2.5 13V8A4.5 4.5 0 0 1 7 3.5Z',
  'M8 8.5h8',
  'M8 12.5h8',
]

export function createLauncher(options: LauncherOptions): Launcher {
  const { root } = options
  const page = root.ownerDocument
  const { style } = root.host as HTMLElement

  const button = page.createElement('button')
  const badge = page.createElement('span')
  const glyph = svg('svg', 'viewBox', '0 0 24 24')
  for (const d of GLYPH) glyph.append(svg('path', 'd', d))
  button.dataset['side'] = options.side
  button.setAttribute('part', 'launcher')
  badge.setAttribute('part', 'launcher-badge')
  button.append(glyph, badge)

  let label = options.label
  let unread = ''
  // The label names the button, so that glyph and badge are never read.
  const say = (): void => button.setAttribute('aria-label', unread ? `${label}, ${unread}` : label)
  const paint = (accent: string): void => style.setProperty('--site', accent)
  const setOpen = (open: boolean): void => button.setAttribute('aria-expanded', String(open))

  style.setProperty('--x', `${options.offset.x}px`)
  style.setProperty('--y', `${options.offset.y}px`)
  paint(options.accent)
  setOpen(false)
  say()
  button.onclick = options.onClick
  button.onpointerenter = button.onfocus = options.onIntent
  button.addEventListener('touchstart', options.onIntent, { passive: true })
  root.append(button)

  return {
    element: button,
    setOpen,
    setUnread(count, text) {
      unread = count ? text : ''
      badge.textContent = count > MOST_SHOWN ? `${MOST_SHOWN}+` : String(count || '')
      say()
    },
    setLabel(text) {
      label = text
      say()
    },
    setAccent: paint,
  }

  function svg(name: string, key: string, value: string): SVGElement {
    const element = page.createElementNS('http://www.w3.org/2000/svg', name)
    element.setAttribute(key, value)
    return element
  }
}
