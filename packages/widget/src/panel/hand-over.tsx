import type { HandedOverBody, SiteReach } from '@homing/core'
import type { VNode } from 'preact'
import { Component, createRef } from 'preact'

import { fill } from '../locales/fill.ts'
import { entryWords } from './hand-over-words.ts'
import type { View } from './view.ts'

interface HandOverProps {
  readonly view: View
}

type Parts = typeof import('../hand-over/sheet.tsx')

/** `opened`: the sheet of this app lies over the conversation. */
type State =
  | { readonly state: 'closed' }
  | { readonly state: 'opened'; readonly reach: SiteReach; readonly parts: Parts }

/** Below the composer: the apps in which the visitor can go on. What is behind them comes at a click. */
export class HandOver extends Component<HandOverProps, State> {
  override state: State = { state: 'closed' }
  readonly #row = createRef<HTMLDivElement>()

  readonly #open = (reach: SiteReach): void => {
    import('../hand-over/sheet.tsx').then(
      (parts) => this.setState({ state: 'opened', reach, parts }),
      // Offline: the panel says so itself.
      () => {},
    )
  }

  readonly #close = (): void => {
    const { state } = this
    if (state.state === 'closed') return
    this.setState({ state: 'closed' }, () => {
      this.#row.current?.querySelector<HTMLElement>(`[data-reach="${state.reach.type}"]`)?.focus()
    })
  }

  override render({ view }: HandOverProps, state: State): VNode | null {
    const { reaches = [] } = view.settings
    if (reaches.length === 0) return null
    const words = entryWords(view.locale)
    const titleOf = ({ app, binds }: SiteReach): string =>
      fill(binds ? words.goOn : words.write, { app })
    if (state.state === 'opened') {
      const { Sheet } = state.parts
      const { reach } = state
      return <Sheet view={view} reach={reach} title={titleOf(reach)} onClose={this.#close} />
    }
    return (
      <div ref={this.#row} part="reaches">
        {reaches.map((reach) => (
          <button
            key={reach.type}
            part="reach"
            data-reach={reach.type}
            onClick={() => this.#open(reach)}
          >
            {titleOf(reach)}
          </button>
        ))}
      </div>
    )
  }
}

/** The line in the thread, once the visitor has written from there. */
export function handedOverText({ app }: HandedOverBody, locale: string): string {
  return fill(entryWords(locale).handedOver, { app })
}
