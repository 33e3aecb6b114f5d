import type { Stop } from '@homing/core'

/** Less than this below the visual viewport is the browser's own bars, not a keyboard; CSS px. */
const KEYBOARD_MIN_HEIGHT = 120

/**
 * Tells the panel's styles how much of the window can be seen: `--view-top` and `--view-height`,
 * and `data-keyboard` while an on-screen keyboard is up. iOS moves and shrinks only the visual
 * viewport for its keyboard, so neither `fixed` nor `dvh` can know.
 */
export function watchViewport(target: HTMLElement, view: Window): Stop {
  const visual = view.visualViewport
  if (!visual) return () => {}

  const tell = (): void => {
    // A reader who pinched in wants to see the panel larger, not have it squeezed into the hole.
    const pinched = visual.scale > 1.01
    const height = visual.height * visual.scale
    target.style.setProperty('--view-top', `${pinched ? 0 : visual.offsetTop}px`)
    target.style.setProperty('--view-height', `${height}px`)
    target.toggleAttribute('data-keyboard', view.innerHeight - height > KEYBOARD_MIN_HEIGHT)
  }
  tell()
  visual.addEventListener('resize', tell)
  visual.addEventListener('scroll', tell)
  return () => {
    visual.removeEventListener('resize', tell)
    visual.removeEventListener('scroll', tell)
    target.style.removeProperty('--view-top')
    target.style.removeProperty('--view-height')
    target.removeAttribute('data-keyboard')
  }
}
