import type { VNode } from 'preact'

import { useValue } from './use-value.ts'
import type { View } from './view.ts'

/** Stands at the beginning of every conversation; with the hint while there is nothing else. */
export function Greeting({ view: { state }, hint }: { view: View; hint: boolean }): VNode {
  const strings = useValue(state.strings)
  const { greeting = strings.greeting } = useValue(state.settings).appearance
  return (
    <div part="greeting" data-alone={hint}>
      <p part="greeting-title" dir="auto">
        {greeting}
      </p>
      {hint && <p part="greeting-hint">{strings.emptyHint}</p>}
    </div>
  )
}
