import type { Stop } from '@homing/core'

import { watch } from '../signal.ts'
import { paletteOf } from './colour.ts'
import type { View } from './view.ts'

/** The corner's distance where the site says nothing, CSS px. */
const DEFAULT_OFFSET = { x: 20, y: 20 }
const ATTRIBUTES = ['part', 'data-side', 'data-scheme', 'data-open']

/** Keeps the container's place, scheme and colours in step with the site's settings. */
export function dressFrame({ container, state, media }: View): Stop {
  const set = new Set<string>()
  const paint = (name: string, value: string): void => {
    set.add(name)
    container.style.setProperty(name, value)
  }
  container.setAttribute('part', 'frame')
  const stop = watch([state.settings, state.scheme, state.open, media.dark], () => {
    const { accent, side, offset = DEFAULT_OFFSET } = state.settings.peek().appearance
    const wanted = state.scheme.peek()
    const scheme = wanted === 'auto' ? (media.dark.peek() ? 'dark' : 'light') : wanted
    container.dataset['side'] = side
    container.dataset['scheme'] = scheme
    container.dataset['open'] = String(state.open.peek())
    paint('--offset-x', `${offset.x}px`)
    paint('--offset-y', `${offset.y}px`)
    const palette = paletteOf(accent, scheme)
    paint('--accent', palette.accent)
    paint('--accent-ink', palette.ink)
    paint('--accent-text', palette.text)
    paint('--accent-soft', palette.soft)
  })
  return () => {
    stop()
    for (const name of set) container.style.removeProperty(name)
    for (const name of ATTRIBUTES) container.removeAttribute(name)
  }
}
