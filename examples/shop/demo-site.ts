import type { Relay } from '@homing/relay'

type Site = Awaited<ReturnType<Relay['sites']['all']>>[number]

/** The key in the script tag of every page of the shop. */
export const DEMO_SITE = 'pk_demo'

/**
 * The shop's site as it has to be written; undefined when it is there and knows these origins.
 * What somebody changed about it stays: only origins are added, as a demo may move to another port.
 */
export function demoSite(known: Site | undefined, origins: readonly string[]): Site | undefined {
  if (known === undefined) {
    return {
      key: DEMO_SITE,
      name: 'Halfpast',
      origins: [...new Set(origins)],
      appearance: {
        accent: '#2d3cc0',
        side: 'end',
        scheme: 'auto',
        greeting: 'Which room shall we light?',
      },
    }
  }
  const missing = origins.filter((origin) => !known.origins.includes(origin))
  if (missing.length === 0) return undefined
  return { ...known, origins: [...known.origins, ...new Set(missing)] }
}
