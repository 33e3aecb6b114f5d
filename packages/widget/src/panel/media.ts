import type { Stop } from '@homing/core'

import type { ReadonlySignal } from '../signal.ts'
import { signal } from '../signal.ts'

/** The same words as in panel.css: below this the panel fills the screen. */
const SHEET = '(max-width: 480px), (max-height: 480px)'

/** What the panel asks the window about, kept current. */
export interface Media {
  /** The panel fills the screen. */
  readonly sheet: ReadonlySignal<boolean>
  readonly dark: ReadonlySignal<boolean>
  /** The reader wants less motion. */
  readonly calm: ReadonlySignal<boolean>
  /** A finger: focus in a text field brings up an on-screen keyboard. */
  readonly touch: ReadonlySignal<boolean>
  /** The page can be seen. */
  readonly visible: ReadonlySignal<boolean>
  readonly stop: Stop
}

export function watchMedia(view: Window): Media {
  const stops: Stop[] = []

  const watch = (
    target: EventTarget,
    event: string,
    ask: () => boolean,
  ): ReadonlySignal<boolean> => {
    const answer = signal(ask())
    const changed = (): void => {
      answer.value = ask()
    }
    target.addEventListener(event, changed)
    stops.push(() => target.removeEventListener(event, changed))
    return answer
  }
  const query = (text: string): ReadonlySignal<boolean> => {
    const list = view.matchMedia(text)
    return watch(list, 'change', () => list.matches)
  }
  const page = view.document
  return {
    sheet: query(SHEET),
    dark: query('(prefers-color-scheme: dark)'),
    calm: query('(prefers-reduced-motion: reduce)'),
    touch: query('(pointer: coarse)'),
    visible: watch(page, 'visibilitychange', () => page.visibilityState === 'visible'),
    stop() {
      for (const stop of stops.splice(0)) stop()
    },
  }
}
