import type { Clock } from '@homing/core'
import type { Site, Store } from '../store/store.ts'

/**
 * The sites, read from the store and kept for a moment: a hello must not cost a read, and a site
 * added or changed by another process is to be seen without a restart.
 */
export interface Sites {
  get(key: string): Promise<Site | undefined>
  all(): Promise<readonly Site[]>
  /** Write it, and see it at once. */
  save(site: Site): Promise<void>
}

/** How long a change by another process may go unnoticed, ms. */
export const SITES_TTL_MS = 5_000

export interface SitesOptions {
  readonly store: Pick<Store, 'sites' | 'saveSite'>
  readonly clock: Pick<Clock, 'monotonic'>
}

export function createSites({ store, clock }: SitesOptions): Sites {
  let kept: { readonly at: number; readonly sites: Promise<readonly Site[]> } | undefined

  const all = (): Promise<readonly Site[]> => {
    const now = clock.monotonic()
    if (kept && now - kept.at < SITES_TTL_MS) return kept.sites
    const sites = store.sites()
    const mine = { at: now, sites }
    kept = mine
    // A failed read is not kept: the next one tries again.
    sites.catch(() => {
      if (kept === mine) kept = undefined
    })
    return sites
  }

  return {
    all,
    async get(key) {
      return (await all()).find((site) => site.key === key)
    },
    async save(site) {
      await store.saveSite(site)
      kept = undefined
    },
  }
}
