import type { VNode } from 'preact'
import { Component, createRef } from 'preact'

import { SendIcon } from './icons.tsx'
import type { View } from './view.ts'

/** The counter shows from this many characters before the limit on. */
const COUNTER_REACH = 200
/** What a browser that does not set `isComposing` gives as the key of an input method. */
const KEY_CODE_COMPOSING = 229

interface ComposerProps {
  readonly view: View
}

export class Composer extends Component<ComposerProps> {
  readonly #field = createRef<HTMLTextAreaElement>()
  #composing = false
  /** The session's text when last looked at: what is new in it was written in another tab. */
  #kept = ''
  #text = ''
  #fitted: string | undefined

  override componentDidMount(): void {
    this.componentDidUpdate()
  }

  /** As tall as its text; the styles stop it at five lines. */
  override componentDidUpdate(): void {
    const field = this.#field.current
    if (!field || this.#fitted === this.#text) return
    this.#fitted = this.#text
    field.style.setProperty('height', 'auto')
    field.style.setProperty('height', `${field.scrollHeight}px`)
  }

  readonly #type = (event: { readonly currentTarget: HTMLTextAreaElement }): void => {
    this.#text = event.currentTarget.value
    this.props.view.actions.typed(this.#text)
    this.setState({})
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    // Enter that ends a composition chooses a character; it is not meant to send.
    const composing = event.isComposing || event.keyCode === KEY_CODE_COMPOSING
    if (event.key === 'Enter' && !event.shiftKey && !composing) this.#submit(event)
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault()
    const field = this.#field.current
    const { actions, maxText } = this.props.view
    if (!field || !canSend(field.value, maxText)) return
    const words = field.value.trim()
    // Emptied here and at once: a second Enter before the next drawing must not send twice.
    field.value = this.#text = ''
    actions.submit(words)
    field.focus()
    this.setState({})
  }

  override render({ view }: ComposerProps): VNode {
    const { strings, maxText, composer: kept } = view
    // Another tab's words must not break into a half-composed character.
    if (kept !== this.#kept && !this.#composing) this.#text = this.#kept = kept
    const left = maxText - this.#text.length
    const Counter = view.later?.Counter

    return (
      <form part="composer" onSubmit={this.#submit}>
        <div part="field">
          <textarea
            ref={this.#field}
            part="input"
            rows={1}
            dir="auto"
            enterkeyhint="send"
            aria-label={strings.placeholder}
            aria-describedby="counter"
            aria-invalid={left < 0}
            placeholder={strings.placeholder}
            value={this.#text}
            onInput={this.#type}
            onKeyDown={this.#onKeyDown}
            onCompositionStart={() => (this.#composing = true)}
            onCompositionEnd={(event) => {
              this.#composing = false
              this.#type(event)
            }}
          />
          <button
            type="submit"
            part="send"
            aria-label={strings.send}
            aria-disabled={!canSend(this.#text, maxText)}
            // A press must not take the focus from the field: the on-screen keyboard would go down.
            onMouseDown={(event) => event.preventDefault()}
          >
            <SendIcon />
          </button>
        </div>
        {left < COUNTER_REACH && Counter && <Counter left={left} strings={strings} />}
      </form>
    )
  }
}

function canSend(text: string, maxText: number): boolean {
  return text.length <= maxText && text.trim() !== ''
}
