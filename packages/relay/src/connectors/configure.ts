import type { ConfiguredConnector } from './configured.ts'
import type { Parsed } from './connector.ts'
import { REGISTRY } from './registry.ts'
import { isRecord } from './settings.ts'

/** In webhook addresses, so only what needs no escaping there. */
const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/

/**
 * The entries of the connectors' file, secrets resolved: `{ id, site, type, role?, settings }`.
 * Lists every problem of every entry. Whether the sites exist is asked at start, of the store.
 */
export function configureConnectors(entries: unknown): Parsed<readonly ConfiguredConnector[]> {
  if (!Array.isArray(entries)) return { ok: false, problems: ['connectors: a list is needed'] }
  const problems: string[] = []
  const connectors: ConfiguredConnector[] = []
  const ids = new Set<string>()
  for (const [index, entry] of (entries as readonly unknown[]).entries()) {
    const parsed = configureOne(entry, ids)
    if (parsed.ok) connectors.push(parsed.settings)
    else problems.push(...parsed.problems.map((problem) => `connectors[${index}].${problem}`))
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings: connectors }
}

/** Connectors of sites that do not exist, as problems. */
export function unknownSites(
  connectors: readonly ConfiguredConnector[],
  sites: Iterable<string>,
): readonly string[] {
  const known = new Set(sites)
  return connectors
    .filter(({ site }) => !known.has(site))
    .map(({ id, site }) => `connector "${id}": there is no site "${site}"`)
}

function configureOne(entry: unknown, ids: Set<string>): Parsed<ConfiguredConnector> {
  if (!isRecord(entry)) return { ok: false, problems: ['entry: an object is needed'] }
  const problems: string[] = []
  const { id, site, type, role = 'desk', settings } = entry
  if (typeof id !== 'string' || !ID.test(id)) {
    problems.push('id: 1 to 64 of a-z, 0-9, "-" and "_" are needed')
  } else if (ids.has(id)) {
    problems.push(`id: "${id}" is used twice`)
  } else {
    ids.add(id)
  }
  if (typeof site !== 'string' || !site.startsWith('pk_')) {
    problems.push('site: the key of a site ("pk_…") is needed')
  }
  if (role !== 'desk') problems.push('role: only "desk" is known')
  const bind = typeof type === 'string' ? REGISTRY.get(type) : undefined
  if (!bind) {
    problems.push(`type: one of ${[...REGISTRY.keys()].join(', ')} is needed`)
    return { ok: false, problems }
  }
  const bound = bind(settings, {
    id: String(id),
    hook: String(id),
    site: String(site),
    role: 'desk',
  })
  if (!bound.ok) problems.push(...bound.problems.map((problem) => `settings.${problem}`))
  return bound.ok && problems.length === 0 ? bound : { ok: false, problems }
}
