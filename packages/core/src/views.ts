import type { Clock, Stop } from './clock.ts'
import { TYPING_TTL_MS } from './constants.ts'
import type { ConversationView } from './conversation-log.ts'
import { withTyping } from './conversation-log.ts'
import type { Author } from './protocol.ts'

/** The conversations that are shown, and who is writing in them right now. */
export interface Views {
  all(): readonly ConversationView[]
  get(id: string): ConversationView | undefined
  /** Take over a view, and say so where it is another one. */
  show(view: ConversationView): void
  /** Somebody writes, for as long as that is worth showing; undefined: not any more. */
  typing(id: string, author: Author | undefined): void
  /** Forget all of them. */
  drop(): void
  stop(): void
}

export function createViews(clock: Clock, changed: (conversation: string) => void): Views {
  const views = new Map<string, ConversationView>()
  const typists = new Map<string, Stop>()

  const show = (view: ConversationView): void => {
    if (views.get(view.id) === view) return
    views.set(view.id, view)
    changed(view.id)
  }

  const stop = (): void => {
    for (const end of typists.values()) end()
    typists.clear()
  }

  return {
    all: () => [...views.values()],
    get: (id) => views.get(id),
    show,
    typing: (id, author) => {
      const view = views.get(id)
      if (!view) return
      typists.get(id)?.()
      show(withTyping(view, author))
      if (!author) return
      typists.set(
        id,
        clock.after(TYPING_TTL_MS, () => {
          const later = views.get(id)
          if (later) show(withTyping(later, undefined))
        }),
      )
    },
    drop: () => {
      stop()
      const known = [...views.keys()]
      views.clear()
      known.forEach(changed)
    },
    stop,
  }
}
