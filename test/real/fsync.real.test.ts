import { describe, expect, it } from 'vitest'

import type { Send } from '../../packages/core/src/index.ts'
import { MAX_UNACKED } from '../../packages/core/src/index.ts'
import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { newId, words } from '../relay-api.ts'
import type { Call } from '../trace.ts'
import { traceProcess, whyNoTrace } from '../trace.ts'
import { openRelay } from './open-relay.ts'

const missing = whyNoTrace()
if (missing !== undefined) {
  if (process.env['CI']) throw new Error(missing)
  console.info(`Skipped, nobody looked whether the fsync comes before the ack: ${missing}`)
}

const CALLS = ['write', 'writev', 'sendto', 'sendmsg', 'pwrite64', 'pwritev', 'fsync', 'fdatasync']
const VISITORS = 4

/** The life of one draft in the trace, as places in the list of calls. */
interface Way {
  readonly written: Call
  /** The first sync of the WAL that began after it was written. */
  readonly synced: Call
  readonly acked: Call
}

function wayOf(calls: readonly Call[], draft: string): Way {
  const written = calls.find(
    ({ name, file, text }) =>
      name.startsWith('pwrite') && file.endsWith('-wal') && text.includes(draft),
  )
  const synced = calls.find(
    ({ name, file, text, begun }) =>
      written !== undefined &&
      begun > written.returned &&
      /^f(data)?sync$/.test(name) &&
      file.endsWith('-wal') &&
      text.trim().endsWith('= 0'),
  )
  // Quotes are escaped in a trace; frames to a client are not masked, so the id is readable.
  const acked = calls.find(
    ({ file, text }) =>
      isSocket(file) && text.includes(String.raw`\"t\":\"ack\",\"id\":\"${draft}\"`),
  )
  if (!written || !synced || !acked) {
    const found = { written: !!written, synced: !!synced, acked: !!acked }
    throw new Error(`Not in the trace: ${draft} ${JSON.stringify(found)}`)
  }
  return { written, synced, acked }
}

function isSocket(file: string): boolean {
  return /^(?:socket|TCP)/.test(file)
}

async function sendAll(link: RawLink, sends: readonly Send[]): Promise<void> {
  link.say(...sends)
  for (const _ of sends) await link.next('ack')
}

function draftsOf(conversation: string, count: number, from = 1): readonly Send[] {
  return Array.from({ length: count }, (_, index) => ({
    t: 'send',
    id: newId(),
    conversation,
    n: from + index,
    body: words(`words ${index}`),
  }))
}

describe.skipIf(missing !== undefined)('the running relay, as the kernel sees it', () => {
  it('C1: writes a draft, syncs it, and only then writes its ack to the socket', async () => {
    const { relay } = await openRelay()
    const link = await openRawLink(relay.origin)
    await link.hello()
    const trace = await traceProcess(relay.pid, CALLS)
    const drafts = draftsOf(newId(), 12)
    // One after the other: each has a commit of its own.
    for (const draft of drafts) await sendAll(link, [draft])
    const calls = await trace.end()
    link.cut()

    for (const { id } of drafts) {
      const { written, synced, acked } = wayOf(calls, id)
      expect(synced.begun).toBeGreaterThan(written.returned)
      expect(acked.begun).toBeGreaterThan(synced.returned)
    }
    // It was traced and not ended: the relay goes on.
    expect((await fetch(`${relay.origin}/healthz`)).status).toBe(200)
  })

  it('C1: drafts that come together share one fsync, which all of their acks follow', async () => {
    const { relay } = await openRelay()
    const links = await Promise.all(
      Array.from({ length: VISITORS }, () => openRawLink(relay.origin)),
    )
    for (const link of links) await link.hello()
    const trace = await traceProcess(relay.pid, CALLS)
    const drafts = links.map(() => draftsOf(newId(), MAX_UNACKED))
    await Promise.all(links.map((link, index) => sendAll(link, drafts[index] ?? [])))
    const calls = await trace.end()
    for (const link of links) link.cut()

    const acksOf = new Map<Call, number>()
    for (const { id } of drafts.flat()) {
      const { synced, acked } = wayOf(calls, id)
      expect(acked.begun).toBeGreaterThan(synced.returned)
      acksOf.set(synced, (acksOf.get(synced) ?? 0) + 1)
    }
    const acks = VISITORS * MAX_UNACKED
    console.info(
      `${acks} acks after ${acksOf.size} fsyncs, at most ${Math.max(...acksOf.values())} after one.`,
    )
    expect(acksOf.size).toBeLessThan(acks / 2)
  })
})
