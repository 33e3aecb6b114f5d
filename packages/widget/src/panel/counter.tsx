import type { VNode } from 'preact'

import type { Strings } from '../locales/en.ts'
import { fill } from '../locales/fill.ts'

/** How many characters are left, or too many. */
export function Counter({ left, strings }: { left: number; strings: Strings }): VNode {
  return (
    <p part="counter" id="counter" role={left < 0 ? 'alert' : undefined} data-over={left < 0}>
      {fill(left < 0 ? strings.tooLong : strings.left, { count: Math.abs(left) })}
    </p>
  )
}
