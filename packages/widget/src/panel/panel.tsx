import type { VNode } from 'preact'
import { render } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

import type { PanelContext } from '../engine/state.ts'
import { Composer } from './composer.tsx'
import { ConnectionNote } from './connection-note.tsx'
import { ConversationList } from './conversation-list.tsx'
import { keepFocusWithin, moveFocusIn } from './focus.ts'
import { dressFrame } from './frame.ts'
import { Header } from './header.tsx'
import { watchMedia } from './media.ts'
import css from './panel.css'
import { Thread } from './thread.tsx'
import { useValue } from './use-value.ts'
import type { View } from './view.ts'
import { watchViewport } from './viewport.ts'

/**
 * Shows the state in `context.container` until the returned stop is called, which leaves root and
 * container as they were found. Knows nothing of links, stores and the page around it.
 */
export function mount(context: PanelContext, now: () => number = Date.now): () => void {
  const { root, container } = context
  const window = root.ownerDocument.defaultView
  if (!window) return () => {}

  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
  const media = watchMedia(window)
  const view: View = { ...context, media, now }
  const stops = [dressFrame(view), watchViewport(container, window), media.stop]
  render(<Panel view={view} />, container)

  return () => {
    render(null, container)
    for (const stop of stops.splice(0)) stop()
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet)
  }
}

export function Panel({ view }: { view: View }): VNode {
  const { state, actions, media } = view
  const panel = useRef<HTMLDivElement>(null)
  const strings = useValue(state.strings)
  const screen = useValue(state.screen)
  const { name } = useValue(state.settings)
  const locale = useValue(state.locale)
  const direction = useValue(state.direction)
  const open = useValue(state.open)
  const sheet = useValue(media.sheet)
  const place = screen.name === 'thread' ? screen.conversation : ''

  useEffect(() => {
    if (open && panel.current) moveFocusIn(panel.current, media.touch.peek())
  }, [open, place])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && !event.isComposing) actions.close()
    if (event.key === 'Tab' && sheet && panel.current) keepFocusWithin(panel.current, event)
  }

  return (
    <div
      ref={panel}
      part="panel"
      role="dialog"
      aria-label={`${name} · ${strings.title}`}
      aria-modal={sheet || undefined}
      lang={locale}
      dir={direction}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <Header view={view} />
      {screen.name === 'list' ? (
        <ConversationList view={view} />
      ) : (
        <div part="screen" key={place}>
          <Thread view={view} />
          <ConnectionNote view={view} />
          <Composer view={view} />
        </div>
      )}
    </div>
  )
}
