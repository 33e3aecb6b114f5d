import { onTestFinished } from 'vitest'

import type { RelayApi } from '../relay-api.ts'
import { SITE, createRelayApi } from '../relay-api.ts'
import type { RelayOptions, RelayProcess } from '../relay-process.ts'
import { startRelay } from '../relay-process.ts'

export interface OpenRelay {
  readonly relay: RelayProcess
  readonly api: RelayApi
}

/** A relay process of the running test's own, with the test site; gone with the test. */
export async function openRelay(options: RelayOptions = {}): Promise<OpenRelay> {
  const relay = await startRelay({ program: 'wide', ...options })
  onTestFinished(() => relay.stop())
  const api = createRelayApi(relay)
  await api.addSite(SITE)
  return { relay, api }
}
