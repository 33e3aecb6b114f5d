import type { ConfiguredConnector } from './configured.ts'
import type { Parsed, RouteRole } from './connector.ts'
import type { ConnectorType } from './registry.ts'
import { CONNECTOR_TYPES } from './registry.ts'
import { isRecord } from './settings.ts'

/** In webhook addresses, so only what needs no escaping there. */
const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** Ends the id of the reach of an entry that is desk and reach: no entry can be called so. */
const REACH_OF_BOTH = '~reach'

/**
 * The entries of the connectors' file, secrets resolved: `{ id, site, type, role?, settings }`.
 * `role` is desk, reach or both; both are two connectors with one webhook, the entry's id.
 * Lists every problem of every entry. Whether the sites exist is asked at start, of the store.
 */
export function configureConnectors(entries: unknown): Parsed<readonly ConfiguredConnector[]> {
  if (!Array.isArray(entries)) return { ok: false, problems: ['connectors: a list is needed'] }
  const problems: string[] = []
  const connectors: ConfiguredConnector[] = []
  const ids = new Set<string>()
  for (const [index, entry] of (entries as readonly unknown[]).entries()) {
    const parsed = configureOne(entry, ids)
    if (parsed.ok) connectors.push(...parsed.settings)
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

function configureOne(entry: unknown, ids: Set<string>): Parsed<readonly ConfiguredConnector[]> {
  if (!isRecord(entry)) return { ok: false, problems: ['entry: an object is needed'] }
  const problems: string[] = []
  const { id, site, type, role, settings } = entry
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
  const found = CONNECTOR_TYPES.find(({ name }) => name === type)
  if (!found) {
    const names = CONNECTOR_TYPES.map(({ name }) => name).join(', ')
    problems.push(`type: one of ${names} is needed`)
    if (role !== undefined && !isRole(role)) problems.push('role: "desk", "reach" or "both"')
    return { ok: false, problems }
  }
  const roles = rolesOf(role, found)
  if (roles.length === 0) problems.push(`role: ${found.name} can be ${choicesOf(found)}`)
  const bound: ConfiguredConnector[] = []
  // Without a role the settings are read all the same, for what else is wrong.
  for (const [index, each] of (roles.length === 0 ? found.capabilities.roles : roles).entries()) {
    const made = found.bind(settings, {
      id: index === 0 ? String(id) : `${String(id)}${REACH_OF_BOTH}`,
      hook: String(id),
      site: String(site),
      role: each,
    })
    if (made.ok) bound.push(made.settings)
    else if (index === 0) problems.push(...made.problems.map((problem) => `settings.${problem}`))
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings: bound }
}

function isRole(role: unknown): boolean {
  return role === 'desk' || role === 'reach' || role === 'both'
}

/** The desk first, whose id is the entry's. Empty: it cannot be that. */
function rolesOf(role: unknown, { capabilities }: ConnectorType): readonly RouteRole[] {
  const { roles } = capabilities
  if (role === undefined) return roles.includes('desk') ? ['desk'] : roles
  const wanted = (['desk', 'reach'] as const).filter((each) => role === each || role === 'both')
  return wanted.every((each) => roles.includes(each)) ? wanted : []
}

function choicesOf({ capabilities: { roles } }: ConnectorType): string {
  const [only] = roles
  return roles.length === 1 ? `"${only}" only` : '"desk", "reach" or "both"'
}
