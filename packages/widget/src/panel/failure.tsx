import type { VNode } from 'preact'

import { failureWords } from './failure-words.ts'
import { AlertIcon } from './later-icons.tsx'
import type { MessageProps } from './message.tsx'

/** The same words can never pass: there is nothing to try again. */
const TOO_LONG = /^too_(long|large)$/

/** Why a message was refused, or given up on its way, and what can be done about it. */
export function Failure({ id, seq, failed, strings, locale, actions }: MessageProps): VNode {
  const code = failed?.code ?? ''
  const words = failureWords(locale)
  const tooLong = TOO_LONG.test(code)
  // The relay has it: whatever becomes of it is up to the people there.
  if (seq !== undefined) {
    return (
      <div part="failure">
        <Reason what={words.undelivered} why={tooLong ? words.tooLongThere : words.refusedThere} />
      </div>
    )
  }
  const other = code === 'rate_limited' ? words.tooMany : words.notAccepted
  return (
    <div part="failure">
      <Reason what={strings.failed} why={tooLong ? words.tooLong : other} />
      {!tooLong && (
        <button part="retry" onClick={() => actions.retry(id)}>
          {strings.retry}
        </button>
      )}
      <button part="discard" onClick={() => actions.discard(id)}>
        {strings.discard}
      </button>
    </div>
  )
}

function Reason({ what, why }: { readonly what: string; readonly why: string }): VNode {
  return (
    <p part="failure-reason">
      <AlertIcon />
      <span>
        <b>{what}</b> · {why}
      </span>
    </p>
  )
}
