import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

import type { RelayApi } from '../relay-api.ts'
import { SITE, createRelayApi } from '../relay-api.ts'
import type { RelayOptions, RelayProcess } from '../relay-process.ts'
import { startRelay } from '../relay-process.ts'
import { WEBHOOK_SECRET } from '../webhook-sender.ts'

export interface OpenRelay {
  readonly relay: RelayProcess
  readonly api: RelayApi
}

/** Ids of the webhook connectors of `openRelayWithWebhooks` begin so. */
export const HOOK = 'hook'

/** A relay process of the running test's own, with the test site; gone with the test. */
export async function openRelay(options: RelayOptions = {}): Promise<OpenRelay> {
  const relay = await startRelay({ program: 'wide', ...options })
  onTestFinished(() => relay.stop())
  const api = createRelayApi(relay)
  await api.addSite(SITE)
  return { relay, api }
}

/** The same with a webhook connector to each of these addresses: `hook`, `hook-2`, … */
export async function openRelayWithWebhooks(...urls: readonly string[]): Promise<OpenRelay> {
  const directory = await mkdtemp(join(tmpdir(), 'homing-connectors-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'connectors.json')
  const connectors = urls.map((url, index) => ({
    id: index === 0 ? HOOK : `${HOOK}-${index + 1}`,
    site: SITE,
    type: 'webhook',
    settings: { url, secrets: [WEBHOOK_SECRET] },
  }))
  await writeFile(file, JSON.stringify(connectors))
  return openRelay({ env: { HOMING_CONNECTORS: file, HOMING_ALLOW_PRIVATE: '127.0.0.1' } })
}
