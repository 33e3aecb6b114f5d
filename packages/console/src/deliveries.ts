import type { Clock, Stop } from '@homing/core'

import type { Api } from './api.ts'
import type { ConsoleState } from './state.ts'
import { strings } from './strings.ts'

/** Deliveries that wait for a person. The relay does not tell of them by itself, so they are asked for. */
export interface DeliveryWatch {
  load(): void
  replay(delivery: string): void
  stop: Stop
}

const LOOK_EVERY_MS = 30_000

export function watchDeliveries(options: {
  readonly site: string
  readonly state: Pick<ConsoleState, 'deliveries' | 'notice'>
  readonly api: Pick<Api, 'parked' | 'replay'>
  readonly clock: Pick<Clock, 'after'>
  readonly visible: () => boolean
}): DeliveryWatch {
  const { state, api, clock, site } = options
  let stopped = false
  let timer: Stop = () => {}

  const look = async (): Promise<void> => {
    timer()
    try {
      const parked = await api.parked(site)
      if (!stopped) state.deliveries.value = { state: 'ready', parked }
    } catch {
      // A list that is there stays: it is old by seconds, an error in its place helps nobody.
      if (!stopped && state.deliveries.value.state !== 'ready') {
        state.deliveries.value = { state: 'failed' }
      }
    }
    again()
  }

  const again = (): void => {
    timer()
    if (stopped) return
    timer = clock.after(LOOK_EVERY_MS, () => {
      if (options.visible()) void look()
      else again()
    })
  }

  void look()
  return {
    load: () => void look(),
    replay(delivery) {
      api
        .replay(delivery)
        .catch(() => {
          if (!stopped) state.notice.value = strings.replayFailed
        })
        .finally(() => {
          if (!stopped) void look()
        })
    },
    stop() {
      stopped = true
      timer()
    },
  }
}
