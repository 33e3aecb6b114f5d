import type { VNode } from 'preact'

import { CloseIcon } from './icons.tsx'
import { noticeWords } from './notice-words.ts'
import type { View } from './view.ts'

/** What failed and the reader should know, until he has read it. */
export function Notice({ view }: { view: View }): VNode | null {
  const { notice, locale, actions } = view
  if (!notice) return null
  return (
    <p part="note" data-kind="notice">
      <span>{notice}</span>
      <button
        part="dismiss"
        aria-label={noticeWords(locale).dismiss}
        onClick={actions.dismissNotice}
      >
        <CloseIcon />
      </button>
    </p>
  )
}
