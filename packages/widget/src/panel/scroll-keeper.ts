import type { Stop } from '@homing/core'

/**
 * Keeps a log's place: at the end for as long as the reader is there, else on what they read,
 * also when older entries come in above it. Knows nothing of messages.
 */
export interface ScrollKeeper {
  /** The content changed; call it before the browser paints. `first` names what is on top now. */
  changed(first: string | undefined): void
  /** Show this from its top on, and do not follow the end. */
  showFrom(element: HTMLElement): void
  toEnd(): void
  readonly stop: Stop
}

export interface ScrollEvents {
  /** The reader came to the end, or left it. */
  atEnd(is: boolean): void
  /** The top is near: what is older may be fetched. */
  nearStart(): void
}

/** Closer to the end than this counts as the end, CSS px. */
const END_SLACK = 48
/** Closer to the top than this asks for more, CSS px. */
const START_REACH = 320
/** How long the log glides when something is added at its end, ms. */
const GLIDE_MS = 260

/** `content` is all that the log holds; its one child is what glides. */
export function keepScroll(
  log: HTMLElement,
  content: HTMLElement,
  on: ScrollEvents,
  calm: () => boolean,
): ScrollKeeper {
  let follows = true
  let top: string | undefined
  /** Content's and window's height when last looked at. */
  let height = 0
  let view = 0

  const measure = (): boolean => {
    const same = height === log.scrollHeight && view === log.clientHeight
    height = log.scrollHeight
    view = log.clientHeight
    return !same
  }
  /** The layout changed under the reader: who follows the end still does. */
  const settle = (): boolean => {
    const changed = measure()
    if (changed && follows) log.scrollTop = height
    return changed
  }
  const setFollows = (is: boolean): void => {
    if (is === follows) return
    follows = is
    on.atEnd(is)
  }
  const onScroll = (): void => {
    // A scroll event may come before the news that the composer grew; it is not the reader's.
    if (settle()) return
    setFollows(log.scrollHeight - log.scrollTop - log.clientHeight < END_SLACK)
    if (log.scrollTop < START_REACH) on.nearStart()
  }
  // The log shrinks with a growing composer or keyboard, the content grows with a late font.
  const resized = new ResizeObserver(settle)

  // A window that shrinks and grows back within a frame leaves only a moved log behind.
  const onResize = (): void => {
    if (follows) log.scrollTop = log.scrollHeight
  }
  const window = log.ownerDocument.defaultView

  window?.addEventListener('resize', onResize)
  log.addEventListener('scroll', onScroll, { passive: true })
  resized.observe(log)
  resized.observe(content)

  return {
    changed(first) {
      const grown = log.scrollHeight - height
      const before = log.scrollTop
      if (follows) {
        log.scrollTop = log.scrollHeight
        // Only what was really scrolled glides; a short log just has a line more.
        const moved = log.scrollTop - before
        if (top === first && moved > 0 && moved === grown && !calm()) glide(moved)
      } else if (top !== first && grown > 0) {
        log.scrollTop = before + grown
      }
      top = first
      measure()
    },
    showFrom(element) {
      if (log.scrollHeight - element.offsetTop <= log.clientHeight) return
      log.scrollTop = element.offsetTop
      setFollows(false)
    },
    toEnd() {
      log.scrollTo({ top: log.scrollHeight, behavior: calm() ? 'auto' : 'smooth' })
    },
    stop() {
      window?.removeEventListener('resize', onResize)
      log.removeEventListener('scroll', onScroll)
      resized.disconnect()
    },
  }

  function glide(by: number): void {
    content.firstElementChild?.animate?.(
      [{ transform: `translateY(${by}px)` }, { transform: 'none' }],
      {
        duration: GLIDE_MS,
        easing: 'cubic-bezier(.2,.8,.2,1)',
      },
    )
  }
}
