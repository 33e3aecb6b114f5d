import type { Trail } from './attempt.ts'

/** What this process remembers of deliveries that are not settled; the oldest is forgotten first. */
export interface Trails {
  of(delivery: string): Trail
  /** It is done, or parked: a replay is a new beginning, but what arrived of it has arrived. */
  end(delivery: string, how: 'done' | 'parked'): void
}

const MAX_TRAILS = 10_000

export function createTrails(): Trails {
  const trails = new Map<string, Trail>()
  return {
    of(delivery) {
      const trail = trails.get(delivery) ?? { leftAt: undefined }
      trails.set(delivery, trail)
      const [oldest] = trails.keys()
      if (trails.size > MAX_TRAILS && oldest !== undefined) trails.delete(oldest)
      return trail
    },
    end(delivery, how) {
      const { arrived } = trails.get(delivery) ?? {}
      if (how === 'parked' && arrived) trails.set(delivery, { arrived, leftAt: undefined })
      else trails.delete(delivery)
    },
  }
}
