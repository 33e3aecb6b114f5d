import type { SiteReach } from '@homing/core'
import type { VNode } from 'preact'
import { Component, createRef } from 'preact'

import { fill } from '../locales/fill.ts'
import { CheckIcon, MailIcon } from '../panel/later-icons.tsx'
import type { View } from '../panel/view.ts'
import { Frame } from '../sheet/frame.tsx'
import type { Refusal } from './ask.ts'
import { askFollowUp } from './ask.ts'
import css from './sheet.css'
import { followUpWords } from './words.ts'

export interface SheetProps {
  readonly view: View
  readonly reach: SiteReach
  readonly title: string
  readonly onClose: () => void
}

type State =
  | { readonly state: 'editing' | 'saving' }
  | { readonly state: 'failed'; readonly why: Refusal }
  | { readonly state: 'saved'; readonly address: string }

/** Of what does not look so, the relay need not be asked. */
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/
/** Longest address that mail knows, characters. */
const MAX_LENGTH = 254

/**
 * In the conversation's place: where answers go that the visitor does not see on the page. The
 * address is in the field and at the relay, and nowhere else.
 *
 *   editing ──▶ saving ──▶ saved
 *      ▲          │ ▲
 *  typed│         ▼ │ again
 *      └──────── failed
 */
export class Sheet extends Component<SheetProps, State> {
  override state: State = { state: 'editing' }
  readonly #field = createRef<HTMLInputElement>()
  readonly #saved = createRef<HTMLParagraphElement>()
  #gone = false

  override componentDidMount(): void {
    // With an on-screen keyboard half of what is said here would be gone at once.
    if (!this.props.view.touch) this.#field.current?.focus()
  }

  override componentWillUnmount(): void {
    this.#gone = true
  }

  readonly #typed = (): void => {
    if (this.state.state === 'failed') this.setState({ state: 'editing' })
  }

  readonly #save = (event: Event): void => {
    event.preventDefault()
    const { current: field } = this.#field
    if (!field || this.state.state === 'saving') return
    // Of a field for addresses, the browser itself takes the blanks around it away.
    const address = field.value
    if (!ADDRESS.test(address)) return this.#fail('notAddress')
    const { actions, settings, screen } = this.props.view
    const token = actions.secret()
    if (token === undefined || screen.name !== 'thread') return this.#fail('offline')
    const { conversation } = screen
    this.setState({ state: 'saving' })
    void askFollowUp(settings.relay, { site: settings.key, token, conversation, address }).then(
      (why) => {
        if (this.#gone) return
        if (why) this.#fail(why)
        else this.setState({ state: 'saved', address }, () => this.#saved.current?.focus())
      },
    )
  }

  #fail(why: Refusal): void {
    this.setState({ state: 'failed', why }, () => this.#field.current?.focus())
  }

  override render({ view, title, onClose }: SheetProps, state: State): VNode {
    const { locale } = view
    return (
      <Frame part="follow-up" {...{ title, locale, css, onClose }}>
        <span part="follow-up-sign">{state.state === 'saved' ? <CheckIcon /> : <MailIcon />}</span>
        {state.state === 'saved' ? this.#done(state.address) : this.#form(state)}
      </Frame>
    )
  }

  #form(state: Exclude<State, { readonly state: 'saved' }>): VNode {
    const { locale, settings } = this.props.view
    const words = followUpWords(locale)
    const saving = state.state === 'saving'
    return (
      <form part="follow-up-form" noValidate onSubmit={this.#save}>
        <p part="follow-up-use" id="follow-up-use">
          {fill(words.use, { shop: settings.name })}
        </p>
        <label part="follow-up-label" htmlFor="follow-up-address">
          {words.label}
        </label>
        <input
          ref={this.#field}
          part="follow-up-address"
          id="follow-up-address"
          type="email"
          name="email"
          autoComplete="email"
          inputMode="email"
          enterkeyhint="send"
          autoCapitalize="none"
          spellcheck={false}
          maxLength={MAX_LENGTH}
          required
          readOnly={saving}
          aria-invalid={state.state === 'failed' && state.why === 'notAddress'}
          aria-describedby="follow-up-error follow-up-use"
          onInput={this.#typed}
        />
        <p part="follow-up-error" id="follow-up-error" role="alert">
          {state.state === 'failed' && words[state.why]}
        </p>
        <button type="submit" part="follow-up-save" aria-disabled={saving}>
          {saving ? words.saving : words.save}
        </button>
      </form>
    )
  }

  #done(address: string): VNode {
    const words = followUpWords(this.props.view.locale)
    return (
      <p ref={this.#saved} part="follow-up-saved" tabIndex={-1}>
        {fill(words.saved, { address })}
      </p>
    )
  }
}
