import { expect } from 'vitest'

import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { ORIGIN, newId, words } from '../relay-api.ts'

/** Somebody honest: every word of his is acked in the end, whatever is refused meanwhile. */
export interface Bystander {
  readonly link: RawLink
  readonly conversation: string
  /** Say something; the time until its ack, ms. */
  say(text: string): Promise<number>
}

export async function openBystander(relay: string, address: string): Promise<Bystander> {
  const link = await openRawLink(relay, ORIGIN, {}, address)
  await link.hello({ device: newId() })
  const conversation = newId()
  let n = 0
  return {
    link,
    conversation,
    async say(text) {
      const begun = performance.now()
      const id = newId()
      link.say({ t: 'send', id, conversation, n: ++n, body: words(text) })
      const ack = await link.next('ack')
      expect(ack.id).toBe(id)
      return performance.now() - begun
    },
  }
}
