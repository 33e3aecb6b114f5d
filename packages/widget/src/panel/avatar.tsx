import type { VNode } from 'preact'

import { initialOf } from './message-text.ts'

/** A name's letter in a round field. `online` adds the dot of somebody being there. */
export function Avatar({ name, online }: { name: string; online?: boolean }): VNode {
  return (
    <b part="avatar" aria-hidden="true" data-online={online}>
      {initialOf(name)}
    </b>
  )
}
