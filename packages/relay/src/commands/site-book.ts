import { HomingError } from '@homing/core'
import type { Config } from '../config.ts'
import type { Site } from '../store/store.ts'
import { openStore } from './command.ts'

/**
 * The sites, wherever they are to be had: in the store when no relay runs in its directory, else
 * from the running relay, which alone may write there.
 */
export interface SiteBook {
  all(): Promise<readonly Site[]>
  save(site: Site): Promise<void>
  close(): Promise<void>
}

export async function openSiteBook(config: Config): Promise<SiteBook> {
  try {
    const store = await openStore(config)
    return {
      all: () => store.sites(),
      save: (site) => store.saveSite(site),
      close: () => store.close(),
    }
  } catch (error) {
    if (!(error instanceof HomingError) || error.code !== 'unavailable') throw error
    return askRelay(config, error)
  }
}

function askRelay(config: Config, locked: HomingError): SiteBook {
  const { apiKey } = config
  if (apiKey === undefined) {
    throw new HomingError(
      'unavailable',
      `${locked.message} With HOMING_API_KEY set for both, this command asks the running relay.`,
      { cause: locked },
    )
  }
  // The listening side itself, not the public address, which may lie behind a proxy elsewhere.
  const base = `http://${reachable(config.host)}:${config.port}`
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new HomingError('unavailable', `${locked.message} It does not answer at ${base}.`, {
        cause,
      })
    })
    const value: unknown = await response.json()
    if (response.ok) return value
    const message = (value as { error?: { message?: unknown } }).error?.message
    throw new HomingError('bad_request', `The relay refused: ${String(message)}`)
  }
  return {
    all: async () => ((await ask('GET', '/api/v1/sites')) as { sites: readonly Site[] }).sites,
    save: async (site) => {
      await ask('PUT', `/api/v1/sites/${site.key}`, site)
    },
    close: () => Promise.resolve(),
  }
}

/** Where a relay that listens on this address can be asked from this machine. */
function reachable(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
