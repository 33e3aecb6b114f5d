import type { VNode } from 'preact'
import { Component, createRef } from 'preact'

import { fill } from '../locales/fill.ts'
import { Avatar } from './avatar.tsx'
import { Greeting } from './greeting.tsx'
import type { ScrollKeeper } from './scroll-keeper.ts'
import { keepScroll } from './scroll-keeper.ts'
import { Skeleton } from './skeleton.tsx'
import { ThreadItems } from './thread-items.tsx'
import type { View } from './view.ts'

/** After a page of messages came at once, so long are they neither announced nor animated, ms. */
const SETTLE_MS = 400

interface ThreadProps {
  readonly view: View
}

interface ThreadPlace {
  /** The reader is at the latest message. */
  readonly atEnd: boolean
  /** The thread stands: what comes now is news. */
  readonly live: boolean
}

/** One conversation. Made anew for each, so that nothing of the last one's place stays behind. */
export class Thread extends Component<ThreadProps, ThreadPlace> {
  override state: ThreadPlace = { atEnd: true, live: false }
  readonly #log = createRef<HTMLDivElement>()
  readonly #content = createRef<HTMLDivElement>()
  #keeper: ScrollKeeper | undefined
  #shown: unknown
  #placed = false
  #busy = true
  #settled: ReturnType<typeof setTimeout> | undefined
  #seen = 0

  override componentDidMount(): void {
    const { current: log } = this.#log
    const { current: content } = this.#content
    if (!log || !content) return
    const events = { atEnd: (atEnd: boolean) => this.setState({ atEnd }), nearStart: this.#more }
    this.#keeper = keepScroll(log, content, events, () => this.props.view.calm)
    this.componentDidUpdate()
  }

  override componentDidUpdate(): void {
    const { thread, open, visible, actions } = this.props.view
    const loading = thread.phase === 'loading'

    if (thread !== this.#shown) {
      this.#shown = thread
      // Not the day line: it stays on top while older messages of its day come in below it.
      this.#keeper?.changed(
        thread.items.find(({ kind }) => kind === 'bubble' || kind === 'notice')?.key,
      )
    }
    if (!this.#placed && !loading) {
      this.#placed = true
      const mark = this.#content.current?.querySelector<HTMLElement>('[part="unread"]')
      if (mark) this.#keeper?.showFrom(mark)
    }

    const busy = loading || thread.earlier === 'loading'
    if (busy !== this.#busy) {
      this.#busy = busy
      clearTimeout(this.#settled)
      if (busy) this.setState({ live: false })
      else this.#settled = setTimeout(() => this.setState({ live: true }), SETTLE_MS)
    }

    const watched = open && visible && this.state.atEnd
    if (watched && thread.head > this.#seen) {
      this.#seen = thread.head
      actions.seen(thread.head)
    }
  }

  override componentWillUnmount(): void {
    this.#keeper?.stop()
    clearTimeout(this.#settled)
  }

  readonly #toEnd = (): void => this.#keeper?.toEnd()

  readonly #more = (): void => {
    const { thread, actions } = this.props.view
    if (thread.earlier === 'more') actions.loadEarlier()
  }

  override render({ view }: ThreadProps, { atEnd, live }: ThreadPlace): VNode {
    const { strings, formats, locale, actions, today } = view
    const { phase, earlier, typing, status, items } = view.thread
    const site = view.settings.name
    const offline = view.connection === 'offline'
    const loading = phase === 'loading'
    const Latest = view.later?.Latest

    return (
      <div part="thread">
        <div
          ref={this.#log}
          part="log"
          role="log"
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keys
          tabIndex={0}
          aria-label={strings.title}
          aria-live={live ? 'polite' : 'off'}
          aria-busy={loading || earlier === 'loading'}
          data-live={live}
        >
          <div ref={this.#content} part="content">
            <div part="items">
              {loading && <Skeleton label={strings.loading} />}
              {earlier !== 'none' && (
                <button part="earlier" aria-disabled={earlier === 'loading'} onClick={this.#more}>
                  {earlier === 'loading' ? strings.loading : strings.earlier}
                </button>
              )}
              {!loading && earlier === 'none' && <Greeting view={view} alone={phase === 'empty'} />}
              <ThreadItems
                {...{ items, strings, formats, locale, site, offline, actions, today }}
                later={view.later}
              />
              {typing && (
                <div part="typing" aria-live="off">
                  <Avatar name={typing.name || site} />
                  <span part="typing-dots" aria-hidden="true">
                    <i />
                    <i />
                    <i />
                  </span>
                  <span part="said-by">
                    {fill(strings.typing, { name: typing.name || strings.agent })}
                  </span>
                </div>
              )}
              {status === 'resolved' && <p part="resolved">{strings.reopen}</p>}
            </div>
          </div>
        </div>
        {!atEnd && Latest && <Latest label={strings.latest} onClick={this.#toEnd} />}
      </div>
    )
  }
}
