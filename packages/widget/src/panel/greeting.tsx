import type { VNode } from 'preact'

import type { View } from './view.ts'

/** Stands at the beginning of every conversation; with the hint while there is nothing else. */
export function Greeting({ view: { state }, alone }: { view: View; alone: boolean }): VNode {
  const strings = state.strings.peek()
  const { greeting = strings.greeting } = state.settings.peek().appearance
  return (
    <div part="greeting" data-alone={alone}>
      <p part="greeting-title" dir="auto">
        {greeting}
      </p>
      {alone && <p part="greeting-hint">{strings.emptyHint}</p>}
    </div>
  )
}
