import type { VNode } from 'preact'

import { CloseIcon } from './icons.tsx'
import { useValue } from './use-value.ts'
import type { View } from './view.ts'

/** What the reader should know of link and browser, said once and quietly above the composer. */
export function ConnectionNote({ view: { state, actions } }: { view: View }): VNode {
  const strings = useValue(state.strings)
  const notice = useValue(state.notice)
  const offline = useValue(state.connection) === 'offline'
  const durable = useValue(state.durable)
  const link = offline
    ? strings[durable ? 'offline' : 'offlineNotKept']
    : durable
      ? undefined
      : strings.notKept
  return (
    <div part="notes" role="status">
      {notice !== null && (
        <p part="note" data-kind="notice">
          <span>{notice}</span>
          <button
            type="button"
            part="dismiss"
            aria-label={strings.dismiss}
            onClick={() => actions.dismissNotice()}
          >
            <CloseIcon />
          </button>
        </p>
      )}
      {link !== undefined && (
        <p part="note" data-kind={offline ? 'offline' : 'not-kept'}>
          <span>{link}</span>
        </p>
      )}
    </div>
  )
}
