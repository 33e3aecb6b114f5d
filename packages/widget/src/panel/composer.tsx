import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

import { fill } from '../locales/fill.ts'
import { SendIcon } from './icons.tsx'
import { useValue } from './use-value.ts'
import type { View } from './view.ts'

/** The counter shows from this many characters before the limit on. */
const COUNTER_REACH = 200
/** What a browser that does not set `isComposing` gives as the key of an input method. */
const KEY_CODE_COMPOSING = 229

export function Composer({ view: { state, actions, maxText } }: { view: View }): VNode {
  const field = useRef<HTMLTextAreaElement>(null)
  const composing = useRef(false)
  /** What the field holds; the kept text follows it, and leads only when it changes elsewhere. */
  const [text, setText] = useState(() => state.composer.peek())
  const strings = useValue(state.strings)
  const left = maxText - text.length
  const ready = canSend(text, maxText)

  useLayoutEffect(
    () =>
      state.composer.subscribe((kept) => {
        // Another tab's words must not break into a half-composed character.
        if (!composing.current) setText(kept)
      }),
    [],
  )

  useLayoutEffect(() => {
    if (field.current) fit(field.current)
  }, [text])

  const type = (value: string): void => {
    setText(value)
    actions.typed(value)
  }
  const submit = (): void => {
    const input = field.current
    if (!input || !canSend(input.value, maxText)) return
    const words = input.value.trim()
    // Emptied here and at once: a second Enter before the next drawing must not send twice.
    input.value = ''
    setText('')
    actions.submit(words)
    input.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return
    event.preventDefault()
    submit()
  }

  return (
    <form
      part="composer"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div part="field">
        <textarea
          ref={field}
          part="input"
          rows={1}
          dir="auto"
          enterkeyhint="send"
          aria-label={strings.messageLabel}
          aria-describedby={left < COUNTER_REACH ? 'counter' : undefined}
          aria-invalid={left < 0}
          placeholder={strings.placeholder}
          value={text}
          onInput={(event) => type(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onCompositionStart={() => (composing.current = true)}
          onCompositionEnd={(event) => {
            composing.current = false
            type(event.currentTarget.value)
          }}
        />
        <button
          type="submit"
          part="send"
          aria-label={strings.send}
          aria-disabled={!ready}
          // A press must not take the focus from the field: the on-screen keyboard would go down.
          onMouseDown={(event) => event.preventDefault()}
        >
          <span>
            <SendIcon />
          </span>
        </button>
      </div>
      {left < COUNTER_REACH && (
        <p part="counter" id="counter" role={left < 0 ? 'alert' : undefined} data-over={left < 0}>
          {fill(left < 0 ? strings.tooLong : strings.charactersLeft, { count: Math.abs(left) })}
        </p>
      )}
    </form>
  )
}

function canSend(text: string, maxText: number): boolean {
  return text.length <= maxText && text.trim() !== ''
}

/** Enter that ends a composition chooses a character; it is not meant to send. */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === KEY_CODE_COMPOSING
}

/** As tall as its text; the styles stop it at five lines. */
function fit(field: HTMLTextAreaElement): void {
  field.style.setProperty('height', 'auto')
  field.style.setProperty('height', `${field.scrollHeight}px`)
}
