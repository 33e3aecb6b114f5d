import type { ReadonlySignal, Signal } from '@preact/signals'

import type { Me, SiteName } from './api.ts'
import type { Actions, ConsoleState } from './state.ts'
import type { When } from './when.ts'

/** All that the signed-in screens are given: one site's state, what can be done, who does it. */
export interface Desk {
  readonly state: ConsoleState
  readonly actions: Actions
  readonly when: When
  readonly me: Me
  readonly site: SiteName
  readonly switchSite: (key: string) => void
  readonly signOut: () => void
  /** Single-letter shortcuts can be switched off: they are in the way of speech input. */
  readonly shortcuts: Signal<boolean>
  /** Into the clipboard; rejects where there is none. */
  readonly copy: (text: string) => Promise<void>
  readonly randomBytes: (count: number) => Uint8Array
}

export type DeskSignal = ReadonlySignal<Desk | null>
