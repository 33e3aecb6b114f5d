import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

import { fill } from '../locales/fill.ts'
import { Avatar } from './avatar.tsx'
import { Greeting } from './greeting.tsx'
import { DownIcon } from './icons.tsx'
import type { ScrollKeeper } from './scroll-keeper.ts'
import { keepScroll } from './scroll-keeper.ts'
import { Skeleton } from './skeleton.tsx'
import { ThreadItems } from './thread-items.tsx'
import { useValue } from './use-value.ts'
import type { View } from './view.ts'

/** After a page of messages came at once, so long are they neither announced nor animated, ms. */
const SETTLE_MS = 400

/** One conversation. Made anew for each, so that nothing of the last one's place stays behind. */
export function Thread({ view }: { view: View }): VNode {
  const { state, actions, media } = view
  const log = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const keeper = useRef<ScrollKeeper>(null)
  const placed = useRef(false)
  const [atEnd, setAtEnd] = useState(true)
  /** The thread stands: what comes now is news. */
  const [live, setLive] = useState(false)

  const thread = useValue(state.thread)
  const strings = useValue(state.strings)
  const site = useValue(state.settings).name
  // Not the day line: it stays on top while older messages of its day come in below it.
  const first = thread.items.find(({ kind }) => kind === 'bubble' || kind === 'notice')?.key
  const loading = thread.phase === 'loading'

  const more = (): void => {
    if (state.thread.peek().earlier === 'more') actions.loadEarlier()
  }

  useLayoutEffect(() => {
    if (!log.current || !content.current) return
    const events = { atEnd: setAtEnd, nearStart: more }
    const made = keepScroll(log.current, content.current, events, () => media.calm.peek())
    keeper.current = made
    return made.stop
  }, [])

  useLayoutEffect(() => {
    keeper.current?.changed(first)
    if (placed.current || loading) return
    placed.current = true
    const mark = content.current?.querySelector<HTMLElement>('[part="unread"]')
    if (mark) keeper.current?.showFrom(mark)
  }, [thread])

  const busy = loading || thread.earlier === 'loading'
  useEffect(() => {
    if (busy) {
      setLive(false)
      return
    }
    const timer = setTimeout(() => setLive(true), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [busy])

  const { head } = thread
  const open = useValue(state.open)
  const visible = useValue(media.visible)
  const seen = open && visible && atEnd && head > 0
  useEffect(() => {
    if (seen) actions.seen(head)
  }, [seen, head])

  return (
    <div part="thread">
      <div
        ref={log}
        part="log"
        role="log"
        tabIndex={0}
        aria-label={strings.title}
        aria-live={live ? 'polite' : 'off'}
        aria-busy={busy}
        data-live={live}
      >
        <div ref={content} part="content">
          <div part="items">
            {loading && <Skeleton label={strings.loading} />}
            {thread.earlier !== 'none' && (
              <button
                type="button"
                part="earlier"
                aria-disabled={thread.earlier === 'loading'}
                onClick={more}
              >
                {thread.earlier === 'loading' ? strings.loading : strings.earlier}
              </button>
            )}
            {!loading && thread.earlier === 'none' && (
              <Greeting view={view} hint={thread.phase === 'empty'} />
            )}
            <ThreadItems view={view} />
            {thread.typing && (
              <div part="typing" aria-live="off">
                <Avatar name={thread.typing.name || site} />
                <span part="typing-dots" aria-hidden="true">
                  <i />
                  <i />
                  <i />
                </span>
                <span part="said-by">
                  {fill(strings.typing, { name: thread.typing.name || strings.agent })}
                </span>
              </div>
            )}
            {thread.status === 'resolved' && <p part="resolved">{strings.resolvedHint}</p>}
          </div>
        </div>
      </div>
      {!atEnd && (
        <button type="button" part="latest" onClick={() => keeper.current?.toEnd()}>
          <DownIcon />
          {strings.jumpToLatest}
        </button>
      )}
    </div>
  )
}
