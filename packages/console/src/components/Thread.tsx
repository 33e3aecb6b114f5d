import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

import type { Desk } from '../desk.ts'
import { hrefOf, LIST } from '../route.ts'
import type { Row, ThreadView } from '../state.ts'
import { fill, strings } from '../strings.ts'
import { Avatar } from './Avatar.tsx'
import { Blank } from './Blank.tsx'
import { Composer } from './Composer.tsx'
import { Icon } from './Icon.tsx'
import { ReachNote } from './ReachNote.tsx'
import { ThreadItems } from './ThreadItems.tsx'

/** Closer to the end than this counts as being there, CSS px. */
const AT_END_PX = 48

export function Thread(props: {
  readonly desk: Desk
  readonly conversation: string
  readonly row: Row | undefined
}) {
  const { desk, conversation, row } = props
  const { state } = desk
  const now = state.thread.value
  const thread = now?.conversation === conversation ? now : null

  if (thread?.phase === 'missing' || (!row && state.loaded.value)) {
    return (
      <main class="thread thread-blank">
        <BackLink />
        <Blank icon="inbox" title={strings.missing} hint={strings.missingHint} />
      </main>
    )
  }
  return (
    <main class="thread" aria-label={row && fill(strings.conversationWith, { name: row.name })}>
      <header class="thread-head">
        <BackLink />
        {row ? <Head desk={desk} row={row} /> : null}
      </header>
      <Log desk={desk} conversation={conversation} thread={thread} row={row} />
      <ReachNote desk={desk} conversation={conversation} />
      {row ? <Composer key={conversation} desk={desk} row={row} /> : null}
    </main>
  )
}

function BackLink() {
  return (
    <a class="icon-button only-narrow" href={hrefOf(LIST)} aria-label={strings.backToList}>
      <Icon name="back" />
    </a>
  )
}

function Head({ desk, row }: { readonly desk: Desk; readonly row: Row }) {
  const open = row.status === 'open'
  const details = hrefOf({ name: 'inbox', conversation: row.id, details: true })
  return (
    <>
      <span class="thread-who">
        <h1 class="thread-name" tabIndex={-1} data-focus="thread">
          <bdi>{row.name}</bdi>
        </h1>
        <span class="thread-presence" data-online={row.online}>
          {row.online ? strings.online : strings.offline}
        </span>
      </span>
      <button
        type="button"
        class={open ? 'button button-resolve' : 'button'}
        onClick={() => desk.actions.setStatus(row.id, open ? 'resolved' : 'open')}
      >
        <Icon name={open ? 'check' : 'reopen'} />
        <span class="button-text">{open ? strings.resolve : strings.reopen}</span>
      </button>
      <a class="icon-button only-without-details" href={details} aria-label={strings.details}>
        <Icon name="details" />
      </a>
    </>
  )
}

function Log(props: {
  readonly desk: Desk
  readonly conversation: string
  readonly thread: ThreadView | null
  readonly row: Row | undefined
}) {
  const { desk, conversation, thread, row } = props
  const scroller = useRef<HTMLDivElement>(null)
  const { atEnd, toEnd } = useScroll(scroller, thread)
  const head = thread?.head ?? 0
  const attentive = useAttention()

  useEffect(() => {
    if (head > 0 && atEnd && attentive) desk.actions.seen(conversation, head)
  }, [desk, conversation, head, atEnd, attentive])

  const ready = thread?.phase === 'ready'
  return (
    <div class="log-frame">
      <div
        class="log"
        ref={scroller}
        role="log"
        // New words are said by the frame's own announcer, once, and not with every older page.
        aria-live="off"
        aria-label={strings.messages}
        aria-busy={!ready}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls takes the keys
        tabIndex={0}
      >
        <div class="log-inner">
          {thread?.earlier === 'none' || !thread ? null : (
            <button
              type="button"
              class="button button-quiet log-earlier"
              aria-disabled={thread.earlier === 'loading'}
              onClick={() => desk.actions.loadEarlier(conversation)}
            >
              {thread.earlier === 'loading' ? strings.loading : strings.earlier}
            </button>
          )}
          {ready ? <ThreadItems desk={desk} thread={thread} name={row?.name ?? ''} /> : null}
          {row?.typing ? (
            <div class="typing">
              <Avatar id={row.visitor.id} name={row.visitor.name} />
              <span class="typing-dots" aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
              <span class="hidden">{fill(strings.isTyping, { name: row.name })}</span>
            </div>
          ) : null}
        </div>
      </div>
      {atEnd ? null : (
        <button
          type="button"
          class={row?.unread ? 'to-end to-end-new' : 'to-end'}
          aria-label={strings.toNewest}
          onClick={toEnd}
        >
          <Icon name="down" />
          {row?.unread ? <span>{strings.newBelow}</span> : null}
        </button>
      )}
    </div>
  )
}

/**
 * Stays at the end while the reader is there; otherwise what they read stays where it is, also
 * when older messages come in above it.
 */
function useScroll(
  scroller: { readonly current: HTMLDivElement | null },
  thread: ThreadView | null,
): { readonly atEnd: boolean; readonly toEnd: () => void } {
  const [atEnd, setAtEnd] = useState(true)
  const stick = useRef(true)
  const before = useRef<{ first: string; height: number }>({ first: '', height: 0 })

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const look = (): void => {
      const left = element.scrollHeight - element.scrollTop - element.clientHeight
      stick.current = left < AT_END_PX
      setAtEnd(stick.current)
    }
    // The composer grows, the keyboard comes: the end stays the end.
    const follow = (): void => {
      if (stick.current) element.scrollTop = element.scrollHeight
    }
    element.addEventListener('scroll', look, { passive: true })
    const sizes = new ResizeObserver(follow)
    sizes.observe(element)
    if (element.firstElementChild) sizes.observe(element.firstElementChild)
    return () => {
      element.removeEventListener('scroll', look)
      sizes.disconnect()
    }
  }, [scroller])

  const items = thread?.items
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const first = items?.find((item) => item.kind === 'bubble' || item.kind === 'notice')?.key ?? ''
    const last = items?.at(-1)
    const grown = element.scrollHeight - before.current.height
    const own = last?.kind === 'bubble' && last.mine && last.state === 'pending'
    if (stick.current || own) element.scrollTop = element.scrollHeight
    else if (before.current.first !== '' && first !== before.current.first) {
      element.scrollTop += grown
    }
    before.current = { first, height: element.scrollHeight }
  }, [scroller, items])

  return {
    atEnd,
    toEnd: () => {
      const element = scroller.current
      if (!element) return
      stick.current = true
      element.scrollTo({ top: element.scrollHeight })
      element.focus({ preventScroll: true })
    },
  }
}

/** Is somebody in front of this page? What arrives behind their back is not read. */
function useAttention(): boolean {
  const look = (): boolean => document.visibilityState === 'visible' && document.hasFocus()
  const [attentive, setAttentive] = useState(look)
  useEffect(() => {
    const update = (): void => setAttentive(look())
    document.addEventListener('visibilitychange', update)
    window.addEventListener('focus', update)
    window.addEventListener('blur', update)
    return () => {
      document.removeEventListener('visibilitychange', update)
      window.removeEventListener('focus', update)
      window.removeEventListener('blur', update)
    }
  }, [])
  return attentive
}
