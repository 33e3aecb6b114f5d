import { useEffect, useRef, useState } from 'preact/hooks'

import type { Desk } from '../desk.ts'
import { fill, strings } from '../strings.ts'
import { Icon } from './Icon.tsx'

/** How long it says that it was copied, ms. */
const SAID_MS = 2_000

/** Something to be taken elsewhere, to the letter. */
export function CopyField(props: {
  readonly desk: Pick<Desk, 'copy'>
  /** What it is, for the button. */
  readonly what: string
  readonly text: string
}) {
  const { desk, what, text } = props
  const code = useRef<HTMLElement>(null)
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SAID_MS)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = (): void => {
    desk.copy(text).then(
      () => setCopied(true),
      // No clipboard here: marked, it can be copied by hand.
      () => {
        if (code.current) getSelection()?.selectAllChildren(code.current)
      },
    )
  }

  return (
    <div class="copy">
      <code class="copy-text" ref={code}>
        {text}
      </code>
      <button
        type="button"
        class="button button-small copy-button"
        data-copied={copied}
        aria-label={fill(strings.copyWhat, { what })}
        onClick={copy}
      >
        <Icon name={copied ? 'check' : 'copy'} />
        {copied ? strings.copied : strings.copy}
      </button>
      <output class="hidden">{copied ? strings.copied : ''}</output>
    </div>
  )
}
