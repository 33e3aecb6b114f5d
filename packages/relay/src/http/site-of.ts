import { HomingError } from '@homing/core'
import type { Context } from 'hono'
import type { Sites } from '../sites/sites.ts'

/** `?site=pk_…` chooses the site; it may be left out where there is only one. */
export type SiteOf = (context: Context) => Promise<string>

export function createSiteOf(sites: Pick<Sites, 'all'>): SiteOf {
  return async (context) => {
    const wanted = context.req.query('site')
    const all = await sites.all()
    if (wanted !== undefined) {
      if (all.some((site) => site.key === wanted)) return wanted
      throw new HomingError('unknown_site', 'There is no site with this key.')
    }
    const [only, ...others] = all
    if (only && others.length === 0) return only.key
    throw new HomingError('bad_request', 'Say which site: ?site=pk_…')
  }
}
