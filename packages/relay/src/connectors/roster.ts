import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '@homing/core'
import type { Log } from '../log.ts'
import type { SavedConnector, Store } from '../store/store.ts'
import { configureConnectors } from './configure.ts'
import type { ConfiguredConnector } from './configured.ts'
import type { Field, Parsed } from './connector.ts'
import { CONNECTOR_TYPES } from './registry.ts'
import type { Seal } from './seal.ts'
import { isRecord } from './settings.ts'

/**
 * The connectors at work: those of the operator's file, and those set up in the console. Whoever
 * holds `connectors` sees changes at once; nothing has to be started anew.
 */
export interface Roster {
  /** By id. A connector that is desk and reach is two of them. */
  readonly connectors: ReadonlyMap<string, ConfiguredConnector>
  ofSite(site: string): readonly ConfiguredConnector[]
  /** Everything that is set up for a site, with its settings but for the secrets. */
  list(site: string): readonly RosterLine[]
  /**
   * Set up or change one. A secret that is left out stays what it was, and null takes it away.
   * Every problem is listed, and then nothing has changed. With other settings than before a far
   * side that refused everything is tried anew.
   */
  save(input: RosterInput): Promise<Parsed<RosterLine>>
  /** False: there is none with this id, of this site, that was set up in the console. */
  remove(id: string, site: string): Promise<boolean>
  /** Called after every change. */
  onChange(listener: () => void): void
}

export interface RosterInput {
  readonly id: string
  readonly site: string
  readonly type: string
  readonly role?: unknown
  readonly settings: unknown
}

export interface RosterLine {
  readonly id: string
  readonly site: string
  readonly type: string
  /** `file`: the operator's file has it, and only there it is changed. */
  readonly from: 'file' | 'console'
  readonly roles: readonly ConfiguredConnector['role'][]
  /** Without secrets; empty for those of the file. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Names of the secrets that are set. */
  readonly secrets: readonly string[]
  /** Why it is not at work: its saved settings cannot be opened, or are no good any more. */
  readonly problems: readonly string[]
}

export interface RosterOptions {
  readonly store: Pick<Store, 'connectors' | 'saveConnector' | 'dropConnector' | 'liftHold'>
  readonly seal: Seal
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'error'>
  /** Those of the operator's file. */
  readonly fixed: readonly ConfiguredConnector[]
}

interface Kept {
  readonly saved: SavedConnector
  readonly settings: Readonly<Record<string, unknown>>
  readonly problems: readonly string[]
}

export async function openRoster(options: RosterOptions): Promise<Roster> {
  const { store, seal, clock, log, fixed } = options
  const connectors = new Map(fixed.map((connector) => [connector.id, connector]))
  const kept = new Map<string, Kept>()
  const listeners: (() => void)[] = []
  const isFixed = (id: string): boolean => fixed.some(({ hook }) => hook === id)

  const configure = ({ id, site, type, role }: SavedConnector, settings: unknown) =>
    configureConnectors([{ id, site, type, role, settings }])

  const unload = (id: string): void => {
    for (const { id: each, hook } of connectors.values()) if (hook === id) connectors.delete(each)
    kept.delete(id)
  }

  const load = (saved: SavedConnector, settings: unknown): readonly string[] => {
    const parsed = configure(saved, settings)
    const problems = parsed.ok ? [] : parsed.problems
    unload(saved.id)
    kept.set(saved.id, { saved, settings: isRecord(settings) ? settings : {}, problems })
    if (parsed.ok) for (const each of parsed.settings) connectors.set(each.id, each)
    return problems
  }

  const open = (saved: SavedConnector): void => {
    // The file wins: who can write it can do everything.
    if (isFixed(saved.id)) return
    try {
      const problems = load(saved, seal.open(saved.sealed, saved.id))
      if (problems.length > 0) log.error('connector-unusable', { connector: saved.id })
    } catch (cause) {
      log.error('connector-unusable', { connector: saved.id, cause })
      const problems = [cause instanceof Error ? cause.message : 'it cannot be opened']
      kept.set(saved.id, { saved, settings: {}, problems })
    }
  }

  const lineOf = ({ saved, settings, problems }: Kept): RosterLine => {
    const { id, site, type } = saved
    const secret = new Set(fieldsOf(type).flatMap((each) => (isSecret(each) ? [each.name] : [])))
    const entries = Object.entries(settings)
    return {
      id,
      site,
      type,
      from: 'console',
      roles: rolesOf(id),
      settings: Object.fromEntries(entries.filter(([name]) => !secret.has(name))),
      secrets: entries.flatMap(([name]) => (secret.has(name) ? [name] : [])),
      problems,
    }
  }

  const rolesOf = (id: string): readonly ConfiguredConnector['role'][] =>
    [...connectors.values()].filter(({ hook }) => hook === id).map(({ role }) => role)

  const fixedLines = (site: string): readonly RosterLine[] =>
    fixed
      .filter((each) => each.site === site && fixed.find(({ hook }) => hook === each.hook) === each)
      .map(({ hook: id, type }) => ({
        id,
        site,
        type,
        from: 'file',
        roles: rolesOf(id),
        settings: {},
        secrets: [],
        problems: [],
      }))

  for (const saved of await store.connectors()) open(saved)

  return {
    connectors,
    ofSite: (site) => [...connectors.values()].filter((each) => each.site === site),
    list: (site) => [
      ...fixedLines(site),
      ...[...kept.values()].filter(({ saved }) => saved.site === site).map(lineOf),
    ],
    async save({ id, site, type, role, settings }) {
      if (isFixed(id)) {
        return { ok: false, problems: [`id: "${id}" is in the operator's file, and changed there`] }
      }
      const before = kept.get(id)
      // Not yours equals not there; but an id is an address, and there is only one of it.
      if (before && before.saved.site !== site) {
        return { ok: false, problems: [`id: "${id}" is taken`] }
      }
      const merged = before?.saved.type === type ? withSecrets(settings, before, type) : settings
      const now = clock.now()
      const parsed = configureConnectors([{ id, site, type, role, settings: merged }])
      if (!parsed.ok) {
        const problems = parsed.problems.map((each) => each.replace(/^connectors\[0\]\./, ''))
        return { ok: false, problems }
      }
      const saved: SavedConnector = {
        id,
        site,
        type,
        role: typeof role === 'string' ? role : (parsed.settings[0]?.role ?? 'desk'),
        sealed: seal.close(merged, id),
        created: before?.saved.created ?? now,
        updated: now,
      }
      await store.saveConnector(saved)
      load(saved, merged)
      // After they are at work: what is let go must not go with the old ones.
      if (!before || !isDeepStrictEqual(before.settings, merged)) {
        for (const each of parsed.settings) await store.liftHold(each.id, now)
      }
      for (const listener of listeners) listener()
      const line = kept.get(id)
      return line
        ? { ok: true, settings: lineOf(line) }
        : { ok: false, problems: ['id: it is gone again'] }
    },
    async remove(id, site) {
      if (kept.get(id)?.saved.site !== site) return false
      await store.dropConnector(id)
      unload(id)
      for (const listener of listeners) listener()
      return true
    },
    onChange: (listener) => void listeners.push(listener),
  }
}

function fieldsOf(type: string): readonly Field[] {
  return CONNECTOR_TYPES.find(({ name }) => name === type)?.fields ?? []
}

const isSecret = ({ kind }: Field): boolean => kind === 'secret'

/** What a form does not show it cannot send back. */
function withSecrets(settings: unknown, { settings: before }: Kept, type: string): unknown {
  if (!isRecord(settings)) return settings
  const secrets = fieldsOf(type).filter(isSecret)
  const missing = secrets.flatMap(({ name }) =>
    isBlank(settings[name]) && before[name] !== undefined ? [[name, before[name]] as const] : [],
  )
  const merged = { ...settings, ...Object.fromEntries(missing) }
  const removed = new Set(secrets.flatMap(({ name }) => (merged[name] === null ? [name] : [])))
  return Object.fromEntries(Object.entries(merged).filter(([name]) => !removed.has(name)))
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
