import type { VNode } from 'preact'

/** Stands in for messages while the store is read; only seen when that takes a while. */
export function Skeleton({ label }: { label: string }): VNode {
  return (
    <output part="skeleton" aria-label={label}>
      <i />
      <i />
      <i data-mine />
      <i />
    </output>
  )
}
