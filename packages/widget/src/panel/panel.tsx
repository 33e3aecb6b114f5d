import type { VNode } from 'preact'
import { Component, createRef, render } from 'preact'

import type { PanelContext } from '../engine/state.ts'
import { native } from '../platform/browser.ts'
import { Composer } from './composer.tsx'
import { ConnectionNote } from './connection-note.tsx'
import { keepFocusWithin, moveFocusIn } from './focus.ts'
import { Header } from './header.tsx'
import css from './panel.css'
import { lookAround, watchSurroundings } from './surroundings.ts'
import { Thread } from './thread.tsx'
import type { Later, View } from './view.ts'
import { viewOf } from './view.ts'

/**
 * Shows the state in `context.container` until the returned stop is called, which leaves root and
 * container as they were found. Knows nothing of links, stores and the page around it.
 *
 * Every change of the state draws the panel anew, many changes at once only once. Components just
 * read; a message that looks the same is left alone, so a new one costs one bubble. A binding of
 * signals to components would weigh two kilobytes for the same pictures.
 */
export function mount(context: PanelContext, now: () => number = Date.now): () => void {
  const { root, container, state } = context
  const window = root.ownerDocument.defaultView
  if (!window) return () => {}

  const adopted: CSSStyleSheet[] = []
  const adopt = (text: string): void => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
    adopted.push(sheet)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
  }
  adopt(css)

  let later: Later | undefined
  let drawing: 'done' | 'due' | 'stopped' = 'due'
  const draw = (): void => {
    if (drawing !== 'due') return
    drawing = 'done'
    render(<Panel view={viewOf(context, lookAround(window), now(), later)} />, container)
  }
  const changed = (): void => {
    if (drawing !== 'done') return
    drawing = 'due'
    native('queueMicrotask')(draw)
  }
  draw()
  import('./later.ts').then(
    (parts) => {
      if (drawing === 'stopped') return
      later = parts
      adopt(parts.css)
      changed()
    },
    // Offline: the panel goes on without.
    () => {},
  )
  const stops = Object.values(state).map((part) => part.subscribe(changed))
  stops.push(watchSurroundings(window, changed))

  return () => {
    if (drawing === 'stopped') return
    drawing = 'stopped'
    render(null, container)
    for (const stop of stops) stop()
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((sheet) => !adopted.includes(sheet))
  }
}

interface PanelProps {
  readonly view: View
}

class Panel extends Component<PanelProps> {
  readonly #panel = createRef<HTMLDivElement>()
  /** Where the focus was led to last; undefined while closed. */
  #place: string | undefined

  override componentDidMount(): void {
    this.componentDidUpdate()
  }

  override componentDidUpdate(): void {
    const { view } = this.props
    const place = view.open ? placeOf(view) : undefined
    if (place === this.#place) return
    this.#place = place
    if (place !== undefined && this.#panel.current) moveFocusIn(this.#panel.current, view.touch)
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    const { actions, sheet } = this.props.view
    const panel = this.#panel.current
    if (event.key === 'Escape' && !event.isComposing) actions.close()
    if (event.key === 'Tab' && sheet && panel) keepFocusWithin(panel, event)
  }

  override render({ view }: PanelProps): VNode {
    const { name, appearance } = view.settings
    const place = placeOf(view)
    const { ConversationList: List, HandOver } = view.later ?? {}
    return (
      <div
        part="frame"
        data-side={appearance.side}
        data-scheme={view.scheme}
        data-open={view.open}
        data-keyboard={view.keyboard}
        style={{
          '--top': `${view.top}px`,
          '--height': `${view.height}px`,
        }}
      >
        {/* A native dialog is either modal or takes no focus trap; this one is both, by its size. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of all within */}
        <div
          ref={this.#panel}
          part="panel"
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- see above
          role="dialog"
          aria-label={`${name} · ${view.strings.title}`}
          aria-modal={view.sheet || undefined}
          lang={view.locale}
          dir={view.direction}
          tabIndex={-1}
          onKeyDown={this.#onKeyDown}
        >
          <Header view={view} />
          {place === '' ? (
            List ? (
              <List view={view} />
            ) : (
              <div part="screen" />
            )
          ) : (
            <div part="screen" key={place}>
              <Thread view={view} />
              <ConnectionNote view={view} />
              <Composer view={view} />
              {HandOver && <HandOver view={view} />}
            </div>
          )}
        </div>
      </div>
    )
  }
}

/** The conversation on screen; "" for the list. */
function placeOf({ screen }: View): string {
  return screen.name === 'thread' ? screen.conversation : ''
}
