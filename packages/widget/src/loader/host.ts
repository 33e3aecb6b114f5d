import type { Stop } from '@homing/core'

/**
 * The element that carries the widget. It stands on <html>, not in <body>: frameworks replace
 * bodies, and a transform on the body would catch our fixed children. Only while the page has a
 * modal it is in there, for a modal makes all the rest inert, or takes the focus from it. An open
 * root, because a closed one hides from the page's hotkeys that somebody is typing.
 */
export interface Host {
  readonly root: ShadowRoot
  destroy: Stop
}

const TAG = 'homing-widget'
/** A page that throws the element out is answered this often in a second, then it may have its way. */
const MAX_RETURNS = 5
const RETURNS_WINDOW_MS = 1_000

/** What keeps the visitor to itself; also what fills the screen. The last one is on top. */
const MODAL = ':modal, [aria-modal=true]'
/** When a modal may have come or gone. */
const STIRS = ['toggle', 'close', 'focusin']

/** Events that the page's own hotkeys would take from somebody who types. */
const KEYS = ['keydown', 'keypress', 'keyup'] as const
const KEPT = [...KEYS, 'beforeinput', 'input', 'paste', 'copy', 'cut']

/** `erased`: the page wrote itself anew, and that took every listener from the widget. */
export function createHost(document: Document, sheetText: string, erased: Stop): Host {
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

  // Any listener that tells whether the others are still there.
  element.onkeydown = keep

  // Some hotkeys listen in the capture phase. So keys are taken at the window, and the widget gets
  // copies, which do not leave it; what the browser does by itself it does for the real ones.
  const guard = (event: KeyboardEvent): void => {
    if (event.target !== element || !event.isTrusted) return
    event.stopImmediatePropagation()
    const { type, key, keyCode, shiftKey, isComposing } = event
    // Not a KeyboardEvent: one engine lets those out whether they are composed or not.
    const copy = new Event(type, { bubbles: true, cancelable: true })
    Object.assign(copy, { key, keyCode, shiftKey, isComposing })
    if (!event.composedPath()[0]?.dispatchEvent(copy)) event.preventDefault()
  }
  for (const name of KEYS) addEventListener(name, guard, true)

  let returns = 0
  const settle = (): void => {
    const { documentElement } = document
    const home =
      Array.from(document.querySelectorAll(MODAL)).findLast((modal) => modal.checkVisibility()) ??
      documentElement
    if (element.parentNode === home) return
    const guest = home !== documentElement
    element.popover = null
    // Where an engine cannot move it, what is written in it stays, but not the focus.
    const move = element.isConnected && 'moveBefore' in home ? 'moveBefore' : 'insertBefore'
    ;(home as ParentNode & { moveBefore: Node['insertBefore'] })[move](element, null)
    if (guest) {
      // In the top layer, no transform or overflow of the modal has a hold on it.
      element.popover = 'manual'
      element.showPopover()
    }
    observer.disconnect()
    // document.write replaces <html> itself, so the document is watched as well; and a modal goes
    // in any way that a page can think of.
    for (const place of [document, documentElement]) {
      observer.observe(place, { childList: true, attributes: guest, subtree: guest })
    }
  }
  const observer = new MutationObserver(() => {
    if (!element.onkeydown) return erased()
    if (!element.isConnected) {
      if (++returns > MAX_RETURNS) {
        observer.disconnect()
        return
      }
      setTimeout(() => returns--, RETURNS_WINDOW_MS)
    }
    settle()
  })
  const stirred = (): void => {
    if (element.isConnected) settle()
  }
  for (const name of STIRS) document.addEventListener(name, stirred, true)
  settle()

  return {
    root,
    destroy: () => {
      for (const name of STIRS) document.removeEventListener(name, stirred, true)
      for (const name of KEYS) removeEventListener(name, guard, true)
      observer.disconnect()
      element.remove()
    },
  }
}
