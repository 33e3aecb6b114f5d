import type { Stop } from '@homing/core'

/** The same words as in panel.css: below this the panel fills the screen. */
const SHEET = '(max-width: 480px), (max-height: 480px)'
/** Less than this below the visual viewport is the browser's own bars, not a keyboard; CSS px. */
const KEYBOARD_MIN_HEIGHT = 120

/** What the window says at this moment. */
export interface Surroundings {
  /** The panel fills the screen. */
  readonly sheet: boolean
  /** The reader wants less motion. */
  readonly calm: boolean
  /** A finger: focus in a text field brings up an on-screen keyboard. */
  readonly touch: boolean
  /** The page can be seen. */
  readonly visible: boolean
  /** An on-screen keyboard is up. */
  readonly keyboard: boolean
  /** What of the window can be seen, CSS px. */
  readonly top: number
  readonly height: number
}

export function lookAround(window: Window): Surroundings {
  const asks = (query: string): boolean => window.matchMedia(query).matches
  // iOS moves and shrinks only the visual viewport for its keyboard: neither `fixed` nor `dvh` know.
  const { innerHeight } = window
  const seen = window.visualViewport ?? { scale: 1, offsetTop: 0, height: innerHeight }
  const height = seen.height * seen.scale
  return {
    sheet: asks(SHEET),
    calm: asks('(prefers-reduced-motion: reduce)'),
    touch: asks('(pointer: coarse)'),
    visible: !window.document.hidden,
    keyboard: innerHeight - height > KEYBOARD_MIN_HEIGHT,
    // A reader who pinched in wants to see the panel larger, not have it squeezed into the hole.
    top: seen.scale < 1.01 ? seen.offsetTop : 0,
    height,
  }
}

/** Calls back when it may have become another answer. */
export function watchSurroundings(window: Window, changed: () => void): Stop {
  const gone = new AbortController()
  const listen = (target: EventTarget | null, event: string): void =>
    target?.addEventListener(event, changed, { signal: gone.signal })
  listen(window.document, 'visibilitychange')
  // Fires with the window's own `resize` as well.
  listen(window.visualViewport, 'resize')
  listen(window.visualViewport, 'scroll')
  return () => gone.abort()
}
