import type { Stop } from '@homing/core'

/**
 * The element that carries the widget. It stands on <html>, not in <body>: frameworks replace
 * bodies, and a transform on the body would catch our fixed children. An open root, because a
 * closed one hides from the page's hotkeys that somebody is typing.
 */
export interface Host {
  readonly root: ShadowRoot
  destroy: Stop
}

const TAG = 'homing-widget'
/** A page that throws the element out is answered this often in a second, then it may have its way. */
const MAX_RETURNS = 5
const RETURNS_WINDOW_MS = 1_000

/** Events that the page's own hotkeys would take from somebody who types. */
const KEPT = ['keydown', 'keypress', 'keyup', 'beforeinput', 'input', 'paste', 'copy', 'cut']

export function createHost(document: Document, sheetText: string): Host {
  const element = document.createElement(TAG)
  const root = element.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(sheetText)
  root.adoptedStyleSheets = [sheet]
  // Frameworks that swap the page keep what is marked so.
  element.setAttribute('data-turbo-permanent', '')
  element.id = TAG
  const keep = (event: Event): void => event.stopPropagation()
  for (const name of KEPT) element.addEventListener(name, keep)

  let returns = 0
  const attach = (): void => {
    document.documentElement.append(element)
    // document.write replaces <html> itself, so the document is watched as well.
    for (const place of [document, document.documentElement]) {
      observer.observe(place, { childList: true })
    }
  }
  const observer = new MutationObserver(() => {
    if (element.isConnected) return
    if (++returns > MAX_RETURNS) {
      observer.disconnect()
      return
    }
    setTimeout(() => returns--, RETURNS_WINDOW_MS)
    attach()
  })
  attach()

  return {
    root,
    destroy: () => {
      observer.disconnect()
      element.remove()
    },
  }
}
