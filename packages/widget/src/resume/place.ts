import type { Session } from '../engine/session.ts'
import type { WidgetState } from '../engine/state.ts'

/**
 * The screen while nobody knows yet which conversation it will be: a thread that is loading. Who
 * has gone on meanwhile, to the list or to words that are sent, is left where he is.
 */
export interface Place {
  /** Nothing to read yet. */
  wait(): void
  /** To the conversation. */
  lead(conversation: string): void
  /** Where it was before. */
  leave(): void
}

export function holdPlace(state: WidgetState, { actions, prefill }: Session): Place {
  const before = state.screen.peek()
  actions.newConversation()
  const place = state.screen.peek()

  const isHeld = (): boolean => {
    const screen = state.screen.peek()
    if (screen.name !== 'thread' || place.name !== 'thread') return false
    const { conversation } = screen
    const used = state.conversations.peek().some(({ id }) => id === conversation)
    return conversation === place.conversation && !used
  }

  /** Words that were begun meanwhile go along. */
  function go(move: () => void): void {
    if (!isHeld()) return
    const words = state.composer.peek()
    if (words !== '') actions.typed('')
    move()
    if (words !== '' && state.composer.peek() === '') prefill(words)
  }

  return {
    wait: () => {
      if (isHeld()) state.thread.value = { ...state.thread.peek(), phase: 'loading' }
    },
    lead: (conversation) => go(() => actions.openConversation(conversation)),
    leave: () =>
      go(() => {
        if (before.name === 'thread') actions.openConversation(before.conversation)
        else actions.showList()
      }),
  }
}
