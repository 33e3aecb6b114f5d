import type { Clock, Stop } from '@homing/core'

/**
 * Who has a link open. Somebody who left is still there for a moment, so that neither a reload nor
 * the pause between two long-poll requests looks like leaving.
 */
export interface Presence {
  /** One more link of `key`. The returned stop ends it. */
  enter(key: string): Stop
  online(key: string): boolean
  close(): void
}

export const LINGER_MS = 10_000

export interface PresenceOptions {
  readonly clock: Pick<Clock, 'after'>
  readonly changed: (key: string, online: boolean) => void
}

export function createPresence({ clock, changed }: PresenceOptions): Presence {
  interface There {
    links: number
    stopLinger: Stop | undefined
  }
  const there = new Map<string, There>()

  return {
    enter(key) {
      const known = there.get(key)
      const state: There = known ?? { links: 0, stopLinger: undefined }
      state.links++
      state.stopLinger?.()
      state.stopLinger = undefined
      if (!known) {
        there.set(key, state)
        changed(key, true)
      }
      let left = false
      return () => {
        if (left) return
        left = true
        state.links--
        if (state.links > 0 || there.get(key) !== state) return
        state.stopLinger = clock.after(LINGER_MS, () => {
          there.delete(key)
          changed(key, false)
        })
      }
    },

    online: (key) => there.has(key),

    close() {
      for (const state of there.values()) state.stopLinger?.()
      there.clear()
    },
  }
}
