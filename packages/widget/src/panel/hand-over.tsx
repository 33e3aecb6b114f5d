import type { HandedOverBody, SiteReach } from '@homing/core'
import type { VNode } from 'preact'
import { Component, createRef } from 'preact'

import { fill } from '../locales/fill.ts'
import { entryWords } from './hand-over-words.ts'
import type { View } from './view.ts'

interface HandOverProps {
  readonly view: View
}

type Parts = typeof import('../hand-over/sheet.tsx') | typeof import('../follow-up/sheet.tsx')

/** `opened`: the sheet of this way lies over the conversation. */
type State =
  | { readonly state: 'closed' }
  | { readonly state: 'opened'; readonly reach: SiteReach; readonly parts: Parts }

/**
 * Below the composer: where the visitor can go on, and where answers can go that he misses here.
 * What is behind them comes at a click.
 */
export class HandOver extends Component<HandOverProps, State> {
  override state: State = { state: 'closed' }
  readonly #row = createRef<HTMLDivElement>()

  readonly #open = (reach: SiteReach): void => {
    loadSheet(reach).then(
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
    // An address is left for a conversation that the relay has.
    const begun = view.thread.head > 0
    const reaches = (view.settings.reaches ?? []).filter(({ asks }) => !asks || begun)
    if (reaches.length === 0) return null
    const words = entryWords(view.locale)
    const titleOf = ({ app, binds, asks }: SiteReach): string =>
      asks
        ? words[leftAddress(view) ? 'changeAddress' : 'followUp']
        : fill(words[binds ? 'goOn' : 'write'], { app })
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

/** What a sheet is made of, side by side: one after the other would be a wait at a click. */
async function loadSheet({ asks }: SiteReach): Promise<Parts> {
  const [parts] = await Promise.all([
    asks ? import('../follow-up/sheet.tsx') : import('../hand-over/sheet.tsx'),
    import('../sheet/frame.tsx'),
    import('../sheet/post.ts'),
  ])
  return parts
}

/** As far as what is on screen tells: the address itself is not kept here. */
const leftAddress = ({ thread }: View): boolean =>
  thread.items.some(
    (item) => item.kind === 'notice' && item.body.type === 'handed_over' && item.body.asks,
  )

/** The line in the thread, once the visitor has written from there, or left an address. */
export function handedOverText({ app, asks }: HandedOverBody, locale: string): string {
  const words = entryWords(locale)
  return asks ? words.followedUp : fill(words.handedOver, { app })
}
