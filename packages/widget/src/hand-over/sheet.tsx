import type { HandOverResponse, SiteReach } from '@homing/core'
import type { VNode } from 'preact'
import { Component } from 'preact'

import { fill } from '../locales/fill.ts'
import type { View } from '../panel/view.ts'
import { Frame } from '../sheet/frame.tsx'
import { askHandOver } from './ask.ts'
import { QrCode } from './qr-code.tsx'
import css from './sheet.css'
import { handOverWords } from './words.ts'

export interface SheetProps {
  readonly view: View
  readonly reach: SiteReach
  readonly title: string
  readonly onClose: () => void
}

/** `waiting`: for the link, which brings the visitor's secret at the first visit. */
type State =
  | { readonly state: 'waiting' | 'asking' | 'failed' }
  | { readonly state: 'ready'; readonly offer: HandOverResponse }

/**
 * In the conversation's place: how to go on in the app. A link where the app is on this very device, a
 * code to scan where it is on another one; and what to send there, in words.
 *
 *   waiting ──secret──▶ asking ──▶ ready ──the phone has written──▶ closed
 *                          │ ▲
 *                          ▼ │ again
 *                        failed
 */
export class Sheet extends Component<SheetProps, State> {
  override state: State = { state: 'waiting' }
  readonly #head = this.props.view.thread.head
  #gone = false

  override componentDidMount(): void {
    this.componentDidUpdate()
  }

  override componentDidUpdate(): void {
    if (this.state.state === 'waiting') this.#ask()
    const { thread } = this.props.view
    const isHere = thread.items.some(
      (item) =>
        item.kind === 'notice' &&
        item.body.type === 'handed_over' &&
        item.body.asks === undefined &&
        item.seq > this.#head,
    )
    if (isHere) this.props.onClose()
  }

  override componentWillUnmount(): void {
    this.#gone = true
  }

  readonly #ask = (): void => {
    const { view, reach } = this.props
    const token = view.actions.secret()
    if (token === undefined || view.screen.name !== 'thread') return
    const { settings, screen } = view
    const { conversation } = screen
    this.setState({ state: 'asking' })
    askHandOver(settings.relay, {
      site: settings.key,
      token,
      conversation,
      reach: reach.type,
    }).then(
      (offer) => this.#gone || this.setState({ state: 'ready', offer }),
      () => this.#gone || this.setState({ state: 'failed' }),
    )
  }

  override render({ view, title, onClose }: SheetProps, state: State): VNode {
    return (
      <Frame part="hand-over" locale={view.locale} {...{ title, css, onClose }}>
        {state.state === 'ready' ? this.#offer(state.offer) : this.#pending(state.state)}
      </Frame>
    )
  }

  #pending(state: 'waiting' | 'asking' | 'failed'): VNode {
    const { strings, locale, connection } = this.props.view
    const words = handOverWords(locale)
    const failed = state === 'failed'
    const offline = state === 'waiting' && connection === 'offline'
    return (
      <output part="hand-over-body">
        <p>{failed ? words.failed : offline ? strings.offline : words.asking}</p>
        {failed && (
          <button part="hand-over-link" onClick={this.#ask}>
            {strings.retry}
          </button>
        )}
      </output>
    )
  }

  #offer({ url, code }: HandOverResponse): VNode {
    const { view, reach } = this.props
    const { app, binds } = reach
    const words = handOverWords(view.locale)
    // On a phone the app is right here; everything else is held up to one.
    const here = view.touch && view.sheet
    return (
      <div part="hand-over-body">
        {!here && <QrCode text={url} label={fill(words.qr, { app })} />}
        <p>{here ? fill(words.tap, { app }) : words.scan}</p>
        <a part="hand-over-link" href={url} target="_blank" rel="noopener noreferrer">
          {fill(words.open, { app })}
        </a>
        <p part="hand-over-note">
          {words.type} <b part="hand-over-code">{code}</b>
        </p>
        <p part="hand-over-note">{binds ? words.answers : words.elsewhere}</p>
      </div>
    )
  }
}
