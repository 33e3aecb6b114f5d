import type { Clock, Stop } from '@homing/core'
import { HomingError } from '@homing/core'

import type { Api, ConnectorBody } from './api.ts'
import type { Finding } from './connector.ts'
import type { ConsoleState } from './state.ts'

/**
 * The site's connectors, and how they are. The relay does not tell when one is held, so it is
 * asked every now and then.
 */
export interface ConnectorWatch {
  load(): void
  save(id: string, body: ConnectorBody): Promise<SaveOutcome>
  /** False: it could not be done. */
  remove(id: string): Promise<boolean>
  /** undefined: it could not be asked. */
  examine(id: string): Promise<readonly Finding[] | undefined>
  stop: Stop
}

export type SaveOutcome =
  | { readonly state: 'saved' }
  | { readonly state: 'refused'; readonly problems: readonly string[] }
  /** Not for the settings' sake. */
  | { readonly state: 'failed'; readonly reason: string }

const LOOK_EVERY_MS = 30_000

export function watchConnectors(options: {
  readonly site: string
  readonly state: Pick<ConsoleState, 'connectors'>
  readonly api: Pick<
    Api,
    'connectorTypes' | 'connectors' | 'saveConnector' | 'removeConnector' | 'examine'
  >
  readonly clock: Pick<Clock, 'after'>
  readonly visible: () => boolean
}): ConnectorWatch {
  const { state, api, clock, site } = options
  let stopped = false
  let timer: Stop = () => {}
  /** What there is to set up changes with the relay's version only. */
  let types: ReturnType<Api['connectorTypes']> | undefined

  const look = async (): Promise<void> => {
    timer()
    try {
      types ??= api.connectorTypes()
      const [known, lines] = await Promise.all([types, api.connectors(site)])
      if (!stopped) state.connectors.value = { state: 'ready', ...known, lines }
    } catch {
      types = undefined
      // A list that is there stays: it is old by seconds.
      if (!stopped && state.connectors.value.state !== 'ready') {
        state.connectors.value = { state: 'failed' }
      }
    }
    again()
  }

  const again = (): void => {
    timer()
    if (stopped) return
    timer = clock.after(LOOK_EVERY_MS, () => {
      if (options.visible()) void look()
      else again()
    })
  }

  void look()
  return {
    load: () => void look(),
    async save(id, body) {
      try {
        const problems = await api.saveConnector(site, id, body)
        if (problems.length > 0) return { state: 'refused', problems }
      } catch (error) {
        const reason = error instanceof HomingError ? error.message : String(error)
        return { state: 'failed', reason }
      }
      await look()
      return { state: 'saved' }
    },
    async remove(id) {
      try {
        await api.removeConnector(site, id)
      } catch (error) {
        // Gone already is what was wanted.
        if (!(error instanceof HomingError) || error.code !== 'not_found') return false
      }
      await look()
      return true
    },
    async examine(id) {
      const findings = await api.examine(site, id).catch(() => undefined)
      // What the far side said may have lifted or made a hold.
      void look()
      return findings
    },
    stop() {
      stopped = true
      timer()
    },
  }
}
