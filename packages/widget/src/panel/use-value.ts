import type { ReadonlySignal } from '@preact/signals-core'
import { useLayoutEffect, useState } from 'preact/hooks'

/**
 * A signal's value; the component is drawn again when it changes. These few lines are all that
 * the panel needs between signals and Preact; the ready-made binding weighs a kilobyte more.
 */
export function useValue<T>(source: ReadonlySignal<T>): T {
  const [, redraw] = useState(() => source.peek())
  useLayoutEffect(() => source.subscribe((value) => redraw(() => value)), [source])
  return source.peek()
}
