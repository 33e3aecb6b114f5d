import { MAX_TEXT_LENGTH } from '@homing/core'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

import type { Desk } from '../desk.ts'
import type { Row } from '../state.ts'
import { fill, strings } from '../strings.ts'
import { Icon } from './Icon.tsx'

/** Enter sends, Shift + Enter breaks the line; an Enter that ends an IME's composition does neither. */
export function Composer({ desk, row }: { readonly desk: Desk; readonly row: Row }) {
  const [text, setText] = useState(() => desk.actions.kept(row.id))
  const field = useRef<HTMLTextAreaElement>(null)
  const over = text.length - MAX_TEXT_LENGTH
  const sendable = text.trim() !== '' && over <= 0

  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    // Grows with the text; the stylesheet sets the most.
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [text])

  const change = (next: string): void => {
    setText(next)
    desk.actions.typed(row.id, next)
  }

  const send = (): void => {
    if (!sendable) return
    desk.actions.reply(row.id, text)
    change('')
    field.current?.focus()
  }

  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey) return
    // Safari tells the composition's last key only by its old code.
    if (event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    send()
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <div class="composer-box">
        <textarea
          ref={field}
          data-reply
          rows={1}
          dir="auto"
          value={text}
          aria-label={fill(strings.replyTo, { name: row.name })}
          aria-describedby="composer-hint"
          aria-invalid={over > 0}
          placeholder={fill(strings.replyTo, { name: row.name })}
          enterkeyhint="send"
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKey}
        />
        <button
          type="submit"
          class="composer-send"
          aria-label={strings.send}
          aria-disabled={!sendable}
        >
          <Icon name="send" />
        </button>
      </div>
      <p class="composer-hint" id="composer-hint">
        {over > 0 ? (
          <output class="composer-over">{fill(strings.tooLong, { count: over })}</output>
        ) : (
          strings.sendHint
        )}
      </p>
    </form>
  )
}
