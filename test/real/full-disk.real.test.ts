import { afterAll, describe, expect, it } from 'vitest'

import type { Ack, Reject, Send } from '../../packages/core/src/index.ts'
import { createMemoryKeyedStore } from '../../packages/core/src/index.ts'
import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { openNodeClient } from '../node-client.ts'
import { newId, words } from '../relay-api.ts'
import { openSmallDisk } from '../small-disk.ts'
import { until } from '../until.ts'
import { openRelay } from './open-relay.ts'

const DISK_BYTES = 4 * 1024 * 1024
const LONG = 'x'.repeat(3_900)

const disk = openSmallDisk(DISK_BYTES, (why) => {
  if (process.env['CI']) throw new Error(why)
  console.info(`Skipped, the relay was not tried on a full disk: ${why}`)
})
afterAll(() => disk?.close())

/** Say one, and wait for what becomes of it. */
async function answerTo(link: RawLink, draft: Send): Promise<Ack | Reject> {
  const answered = new Promise<Ack | Reject>((resolve) =>
    link.hear((frame) => {
      if ((frame.t === 'ack' || frame.t === 'reject') && frame.id === draft.id) resolve(frame)
    }),
  )
  link.say(draft)
  return answered
}

describe.skipIf(!disk)('a full disk', () => {
  it('C1 C2: refuses with `unavailable`, acks nothing it has not stored, and goes on with the space', async () => {
    if (!disk) return
    const { relay, api } = await openRelay({ env: { HOMING_DATA: disk.path } })
    const link = await openRawLink(relay.origin)
    await link.hello()
    const conversation = newId()
    const draft = (n: number): Send => ({
      t: 'send',
      id: newId(),
      conversation,
      n,
      body: words(`${n} ${LONG}`),
    })
    const acked: string[] = []
    const first = draft(1)
    expect(await answerTo(link, first)).toMatchObject({ t: 'ack', seq: 1 })
    acked.push(first.id)

    disk.fill()
    // What the WAL had taken already may still have room; then there is none.
    let refused: Send | undefined
    for (let n = 2; !refused; n++) {
      const next = draft(n)
      const answer = await answerTo(link, next)
      if (answer.t === 'ack') acked.push(next.id)
      else {
        expect(answer).toMatchObject({ code: 'unavailable', retryable: true })
        expect(answer.message).toMatch(/\.$/)
        refused = next
      }
    }
    // Again, and by the other ways in: never an ack, and never the end of the process.
    for (let again = 0; again < 5; again++) {
      expect(await answerTo(link, refused)).toMatchObject({ t: 'reject', code: 'unavailable' })
    }
    const byApi = { id: newId(), body: words(LONG) }
    const answer = await api.say(conversation, byApi)
    expect(answer).toMatchObject({
      status: 503,
      json: { error: { code: 'unavailable', retryable: true } },
    })
    const ready = await api.ask('GET', '/readyz')
    expect(ready.status).toBe(503)
    expect((await api.ask('GET', '/healthz')).status).toBe(200)
    // Reading goes on.
    expect((await api.log(conversation)).map(({ id }) => id)).toEqual(acked)

    // A client of ours keeps what it cannot send.
    const client = await openNodeClient({ relay: relay.origin, store: createMemoryKeyedStore() })
    const own = newId()
    for (let n = 1; n <= 3; n++) await client.say(own, `${n} ${LONG}`)
    expect(client.engine.drafts()).toHaveLength(3)

    disk.free()
    await until('ready', async () => (await api.ask('GET', '/readyz')).status === 200)
    expect(await answerTo(link, refused)).toMatchObject({ t: 'ack', seq: acked.length + 1 })
    expect((await api.say(conversation, byApi)).status).toBe(201)
    expect((await api.log(conversation)).map(({ id }) => id)).toEqual([
      ...acked,
      refused.id,
      byApi.id,
    ])
    await client.until('all of it is sent', (engine) => engine.drafts().length === 0)
    const stored = await api.log(own)
    expect(stored.map(({ body }) => body)).toEqual([1, 2, 3].map((n) => words(`${n} ${LONG}`)))
    expect(stored.map(({ seq }) => seq)).toEqual([1, 2, 3])
    client.drop()
    link.cut()

    await relay.kill9()
    await relay.restart()
    expect(await api.log(own)).toEqual(stored)
    expect(await api.log(conversation)).toHaveLength(acked.length + 2)
    await relay.stop()
  })
})
