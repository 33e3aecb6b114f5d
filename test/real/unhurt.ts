import { expect } from 'vitest'

import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { rawPoll } from '../raw-poll.ts'
import type { RelayApi } from '../relay-api.ts'
import { newId, words } from '../relay-api.ts'
import type { RelayProcess } from '../relay-process.ts'

/**
 * It is the same process as before, it has nothing to complain of, and serves as ever: somebody
 * writes, is answered, and reads both over the other transport.
 */
export async function expectUnhurt(relay: RelayProcess, api: RelayApi, pid: number): Promise<void> {
  expect(relay.pid).toBe(pid)
  expect(relay.output()).not.toContain('"level":"error"')
  const link = await openRawLink(relay.origin)
  const { token = null } = await link.hello({ device: newId() })
  const conversation = newId()
  link.say({ t: 'send', id: newId(), conversation, n: 1, body: words('is anybody there?') })
  await link.next('ack')
  await api.say(conversation, { id: newId(), body: words('yes') })
  await link.next('entries')
  const { frames } = await rawPoll(relay, [], { hello: { token } })
  const entries = frames.find((frame) => frame.t === 'entries')
  expect(entries?.entries.map(({ body }) => body)).toEqual([
    words('is anybody there?'),
    words('yes'),
  ])
  link.cut()
}
