import type { Stop } from '@homing/core'

const KEYS = ['keydown', 'keypress', 'keyup'] as const

/**
 * Keeps keys that are pressed in the widget from the page's hotkeys, those of the capture phase
 * too: they are taken at the window, and the widget gets copies that do not leave its tree. What
 * the browser does by itself, such as writing the letter, it does for the real ones. Listeners that
 * the page set at the window itself come first, and hear them.
 */
export function guardKeys(window: Window): Stop {
  const guard = (event: KeyboardEvent): void => {
    const host = event.target
    if (!event.isTrusted || !(host instanceof Element) || host.id !== 'homing-widget') return
    const { key, code, location, keyCode, repeat, isComposing } = event
    const { shiftKey, ctrlKey, altKey, metaKey } = event
    event.stopImmediatePropagation()
    const copy = new KeyboardEvent(event.type, {
      key,
      code,
      location,
      keyCode,
      repeat,
      isComposing,
      shiftKey,
      ctrlKey,
      altKey,
      metaKey,
      bubbles: true,
      cancelable: true,
    })
    if (!event.composedPath()[0]?.dispatchEvent(copy)) event.preventDefault()
  }
  for (const name of KEYS) window.addEventListener(name, guard, true)
  return () => {
    for (const name of KEYS) window.removeEventListener(name, guard, true)
  }
}
