import type { PanelContext, ReadonlyState } from '../engine/state.ts'
import type { Formats } from './format.ts'
import { formatsOf, midnight } from './format.ts'
import type { Surroundings } from './surroundings.ts'

type Shown = { readonly [Name in keyof ReadonlyState]: ReturnType<ReadonlyState[Name]['peek']> }

/** What one drawing of the panel shows: the state and the window at one moment. Never changes. */
export interface View extends Shown, Surroundings, Pick<PanelContext, 'actions' | 'maxText'> {
  readonly formats: Formats
  /** Midnight of the reader's day. */
  readonly today: number
  /** Undefined until it is here. */
  readonly later: Later | undefined
}

export type Later = typeof import('./later.ts')

export function viewOf(
  { state, actions, maxText }: PanelContext,
  around: Surroundings,
  now: number,
  later: Later | undefined,
): View {
  const shown = Object.fromEntries(Object.entries(state).map(([name, part]) => [name, part.peek()]))
  const formats = formatsOf(state.locale.peek())
  const today = midnight(now)
  return { ...(shown as unknown as Shown), ...around, actions, maxText, formats, today, later }
}
