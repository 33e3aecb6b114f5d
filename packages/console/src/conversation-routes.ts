import type { Clock, Stop } from '@homing/core'

import type { Api } from './api.ts'
import type { Role } from './connector.ts'
import type { ConsoleState } from './state.ts'

/** Where a conversation goes, as the relay's API tells of it. */
export interface ConversationRoutes {
  /** By which people call the conversation on their phones, e.g. "7F3A"; older relays do not say. */
  readonly tag?: string
  /** null: all desks of the site. */
  readonly desks: readonly string[] | null
  readonly routes: readonly RouteLine[]
}

export interface RouteLine {
  readonly connector: string
  /** The connector's entry in the list of connectors. */
  readonly hook: string
  readonly type: string
  readonly role: Role
  /** Is what is said from now on owed there? */
  readonly active: boolean
  readonly thread: string | null
  /** null: free text is taken always, or nobody is known there. */
  readonly window: {
    readonly open: boolean
    readonly closes: number | null
    /** When we asked the person to write again. */
    readonly asked: number | null
  } | null
  readonly optedOut: boolean
  readonly waiting: number
  readonly failure: { readonly seq: number; readonly reason: string } | null
}

/**
 * Keeps `state.routes` that of the conversation on screen. The relay does not tell of windows, so
 * they are asked for: when the conversation grew, and every now and then.
 */
export interface RoutesWatch {
  /** This conversation is on screen, and its log has got to `head`; null: none is. */
  show(conversation: string | null, head: number): void
  /** False: it could not be done. */
  setDesks(conversation: string, desks: readonly string[] | null): Promise<boolean>
  stop: Stop
}

const LOOK_EVERY_MS = 30_000

export function watchRoutes(options: {
  readonly state: Pick<ConsoleState, 'routes'>
  readonly api: Pick<Api, 'routes' | 'setDesks'>
  readonly clock: Pick<Clock, 'after'>
  readonly visible: () => boolean
}): RoutesWatch {
  const { state, api, clock } = options
  let shown: string | null = null
  let seen = 0
  let stopped = false
  let timer: Stop = () => {}
  /** Answers may overtake one another: only the newest question's counts. */
  let asked = 0

  const look = async (): Promise<void> => {
    timer()
    const conversation = shown
    if (stopped || conversation === null) return
    const question = ++asked
    const routes = await api.routes(conversation).catch(() => undefined)
    if (stopped || question !== asked || shown !== conversation) return
    // What is there stays when a look fails: it is old by seconds.
    if (routes) state.routes.value = { conversation, ...routes }
    again()
  }

  const again = (): void => {
    timer()
    timer = clock.after(LOOK_EVERY_MS, () => {
      if (options.visible()) void look()
      else again()
    })
  }

  return {
    show(conversation, head) {
      if (conversation === shown && head === seen) return
      if (conversation !== shown) state.routes.value = null
      shown = conversation
      seen = head
      void look()
    },
    async setDesks(conversation, desks) {
      try {
        await api.setDesks(conversation, desks)
      } catch {
        return false
      }
      await look()
      return true
    },
    stop() {
      stopped = true
      timer()
    },
  }
}
