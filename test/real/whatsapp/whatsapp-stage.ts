import { afterAll, beforeAll, onTestFinished } from 'vitest'

import { SYSTEM_CLOCK } from '../../../packages/relay/src/clock.ts'
import { findSpec, startSpecMock } from '../../../packages/relay/test/spec-mock.ts'
import type { SpecMock } from '../../../packages/relay/test/spec-mock.ts'
import { startWhatsAppSimulator } from '../../../packages/relay/test/whatsapp-simulator.ts'
import type { WhatsAppSimulator } from '../../../packages/relay/test/whatsapp-simulator.ts'
import { connect, openStage } from '../stage.ts'
import type { Stage } from '../stage.ts'

/**
 * The stage of a journey with WhatsApp at its other end: phones in the test's hands, and before
 * them Meta's own description, where it is at hand, which refuses what Meta would.
 */
export interface WhatsAppStage extends Stage {
  readonly meta: WhatsAppSimulator
  /** Set a connector up as the console does. */
  connect(id: string, connector: object): Promise<void>
  /** Phones' clocks go on by so long: WhatsApp tells times in whole seconds. */
  skip(ms: number): void
}

/** The business's number, as everybody may know it. */
export const NUMBER = '+1 555 000 1111'
export const MERCHANT = '4917012345678'

/** Call at the top of a file: Meta's description takes seconds to read, so one serves all its tests. */
export function useMetaDescription(): () => SpecMock | undefined {
  const description = findSpec('whatsapp-cloud.json')
  let mock: SpecMock | undefined
  beforeAll(async () => {
    if (description.state === 'found') {
      mock = await startSpecMock({ description: description.path })
    }
  })
  afterAll(() => mock?.close())
  return () => mock
}

export async function openWhatsAppStage(spec: SpecMock | undefined): Promise<WhatsAppStage> {
  let ahead = 0
  const clock = { now: () => SYSTEM_CLOCK.now() + ahead }
  const meta = await startWhatsAppSimulator({ clock, ...(spec ? { spec } : {}) })
  onTestFinished(() => meta.close())
  const stage = await openStage(undefined, { HOMING_ALLOW_PRIVATE: '127.0.0.1' })
  const { relay } = stage
  return {
    ...stage,
    meta,
    async connect(id, connector) {
      await connect(relay, id, connector)
      await meta.register(`${relay.origin}/v1/hooks/${id}`)
    },
    skip(ms) {
      ahead += ms
    },
  }
}
