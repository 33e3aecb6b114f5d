import type { VNode } from 'preact'

import type { View } from './view.ts'

/** What the reader should know of link and browser, said once and quietly above the composer. */
export function ConnectionNote({ view }: { view: View }): VNode {
  const { strings, connection, durable, later } = view
  const Notice = later?.Notice
  const offline = connection === 'offline'
  const link = `${offline ? strings.offline : ''} ${durable ? '' : strings.notKept}`.trim()
  return (
    <output part="notes">
      {Notice && <Notice view={view} />}
      {link && (
        <p part="note" data-kind={offline ? 'offline' : 'not-kept'}>
          <span>{link}</span>
        </p>
      )}
    </output>
  )
}
