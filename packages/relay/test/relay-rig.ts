import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../src/config.ts'
import { parseConfig } from '../src/config.ts'
import { SILENT_LOG } from '../src/log.ts'
import type { Relay, RelayOverrides } from '../src/relay.ts'
import { createRelay } from '../src/relay.ts'
import { SITE } from './gateway-rig.ts'

/** A whole relay on a directory of its own, listening on a free port. */
export interface RelayRig {
  readonly relay: Relay
  readonly config: Config
  readonly url: string
  readonly directory: string
  /** The agents' API, with the key. */
  api(method: string, path: string, body?: unknown): Promise<Answer>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects to be there
  readonly json: any
  readonly headers: Headers
}

export const API_KEY = 'a-key-of-more-than-24-characters'

export async function openRelayRig(
  overrides: RelayOverrides = {},
  environment: Record<string, string> = {},
): Promise<RelayRig> {
  const directory = await mkdtemp(join(tmpdir(), 'homing-relay-'))
  const config = parseConfig({
    HOMING_PORT: '0',
    HOMING_HOST: '127.0.0.1',
    HOMING_DATA: directory,
    HOMING_API_KEY: API_KEY,
    ...environment,
  })
  const relay = await createRelay(config, { log: SILENT_LOG, ...overrides })
  await relay.sites.save(SITE)
  const { port } = await relay.listen()
  const url = `http://127.0.0.1:${port}`

  return {
    relay,
    config,
    url,
    directory,
    api: (method, path, body) =>
      ask(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${API_KEY}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async close() {
      await relay.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status: response.status, text, json, headers: response.headers }
}
