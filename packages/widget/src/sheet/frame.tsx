import type { ComponentChildren, VNode } from 'preact'
import { Component, createRef } from 'preact'

import frameCss from './frame.css'
import { sheetWords } from './words.ts'

export interface FrameProps {
  /** The sheet's name in the DOM contract. */
  readonly part: string
  readonly title: string
  readonly locale: string
  /** The styles of what is in it; they go with it. */
  readonly css: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** What lies in the conversation's place for a while: a title, something to do, and the way back. */
export class Frame extends Component<FrameProps> {
  readonly #section = createRef<HTMLElement>()
  readonly #style = new CSSStyleSheet()

  override componentDidMount(): void {
    const { current: section } = this.#section
    const root = section?.getRootNode()
    this.#style.replaceSync(frameCss + this.props.css)
    if (root instanceof ShadowRoot) root.adoptedStyleSheets.push(this.#style)
    section?.querySelector('h3')?.focus()
  }

  override componentWillUnmount(): void {
    const root = this.#section.current?.getRootNode()
    if (root instanceof ShadowRoot) {
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((each) => each !== this.#style)
    }
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.isComposing) return
    // Only this closes, and not the panel with it.
    event.stopPropagation()
    this.props.onClose()
  }

  override render({ part, title, locale, onClose, children }: FrameProps): VNode {
    return (
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of all within
      <section
        ref={this.#section}
        part={part}
        aria-labelledby="sheet-title"
        onKeyDown={this.#onKeyDown}
      >
        <h3 id="sheet-title" tabIndex={-1}>
          {title}
        </h3>
        {children}
        <button part="sheet-back" onClick={onClose}>
          {sheetWords(locale).back}
        </button>
      </section>
    )
  }
}
