import type { VNode } from 'preact'

import { CloseIcon } from './icons.tsx'
import type { View } from './view.ts'

/** What the reader should know of link and browser, said once and quietly above the composer. */
export function ConnectionNote({ view }: { view: View }): VNode {
  const { strings, notice, connection, durable, actions } = view
  const offline = connection === 'offline'
  const link = `${offline ? strings.offline : ''} ${durable ? '' : strings.notKept}`.trim()
  return (
    <output part="notes">
      {notice && (
        <p part="note" data-kind="notice">
          <span>{notice}</span>
          <button part="dismiss" aria-label={strings.dismiss} onClick={actions.dismissNotice}>
            <CloseIcon />
          </button>
        </p>
      )}
      {link && (
        <p part="note" data-kind={offline ? 'offline' : 'not-kept'}>
          <span>{link}</span>
        </p>
      )}
    </output>
  )
}
