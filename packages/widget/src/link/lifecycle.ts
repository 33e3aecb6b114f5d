import type { Stop } from '@homing/core'

/** What happens to a page that a conversation has to live through. */
export interface LifecycleEvents {
  /** Looked at again, back online, back from the cache: the link may be dead, look now. */
  woke(): void
  /** About to be frozen or left: a page with an open socket may not go into the back-forward cache. */
  slept(): void
  /** Looked at, or not. */
  visible(visible: boolean): void
  /** A single-page shop went to another of its pages. */
  moved(): void
}

export function watchLifecycle(window: Window, document: Document, events: LifecycleEvents): Stop {
  const undo: Stop[] = []
  const on = (target: EventTarget, name: string, listener: () => void): void => {
    target.addEventListener(name, listener)
    undo.push(() => target.removeEventListener(name, listener))
  }
  const look = (): void => {
    const visible = document.visibilityState === 'visible'
    events.visible(visible)
    if (visible) events.woke()
  }
  on(document, 'visibilitychange', look)
  on(document, 'resume', events.woke)
  on(document, 'freeze', events.slept)
  on(window, 'pageshow', events.woke)
  on(window, 'pagehide', events.slept)
  on(window, 'online', events.woke)
  on(window, 'focus', events.woke)
  // The page's history functions are its own: where there is no event, the next way back tells.
  const navigation = (window as { readonly navigation?: EventTarget }).navigation
  if (navigation) on(navigation, 'currententrychange', events.moved)
  else on(window, 'popstate', events.moved)
  return () => {
    for (const stop of undo.splice(0)) stop()
  }
}
