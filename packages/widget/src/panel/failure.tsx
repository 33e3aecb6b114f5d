import type { VNode } from 'preact'

import type { Strings } from '../locales/en.ts'
import { AlertIcon } from './later-icons.tsx'
import type { MessageProps } from './message.tsx'

/** The same words can never pass: there is nothing to try again. */
const TOO_LONG = /^too_(long|large)$/

/** Why a message was refused, and what can be done about it. */
export function Failure({ id, failed, strings, actions }: MessageProps): VNode {
  const code = failed?.code ?? ''
  return (
    <div part="failure">
      <p part="failure-reason">
        <AlertIcon />
        <span>
          <b>{strings.failed}</b> · {reasonOf(code, strings)}
        </span>
      </p>
      {!TOO_LONG.test(code) && (
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

function reasonOf(code: string, strings: Strings): string {
  if (TOO_LONG.test(code)) return strings.failedTooLong
  return code === 'rate_limited' ? strings.failedTooMany : strings.failedOther
}
