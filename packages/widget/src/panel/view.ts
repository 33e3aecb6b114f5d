import type { PanelContext } from '../engine/state.ts'
import type { Media } from './media.ts'

/** What every component is given: the engine's context, and what the panel knows of the window. */
export interface View extends PanelContext {
  readonly media: Media
  /** Milliseconds since 1970, for "Today" and "Yesterday". */
  readonly now: () => number
}
