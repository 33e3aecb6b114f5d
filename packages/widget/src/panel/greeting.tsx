import type { VNode } from 'preact'

import type { View } from './view.ts'

/** Stands at the beginning of every conversation; with the hint while there is nothing else. */
export function Greeting({ view, alone }: { view: View; alone: boolean }): VNode {
  const { greeting = view.strings.greeting } = view.settings.appearance
  return (
    <div part="greeting" data-alone={alone}>
      <p part="greeting-title" dir="auto">
        {greeting}
      </p>
      {alone && <p part="greeting-hint">{view.strings.hint}</p>}
    </div>
  )
}
