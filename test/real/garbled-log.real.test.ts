import { appendFile, open, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'

import type { Entry } from '../../packages/core/src/index.ts'
import { createMemoryKeyedStore, isText } from '../../packages/core/src/index.ts'
import { openNodeClient } from '../node-client.ts'
import { newId } from '../relay-api.ts'
import { openRelay } from './open-relay.ts'

/** What a disk may have made of the end of the write-ahead log when the power went. */
const GARBLINGS: Readonly<
  Record<string, { readonly mayLose: boolean; garble(wal: string): Promise<void> }>
> = {
  'noise after the end, from a write that was cut': {
    mayLose: false,
    garble: (wal) =>
      appendFile(wal, Buffer.from(Array.from({ length: 4_000 }, () => Math.random() * 256))),
  },
  'zeros after the end': {
    mayLose: false,
    garble: (wal) => appendFile(wal, Buffer.alloc(20_000)),
  },
  'the last page again, half of it': {
    mayLose: false,
    garble: async (wal) => appendFile(wal, (await readFile(wal)).subarray(-4_120, -2_000)),
  },
  'the last bytes are others': {
    mayLose: true,
    garble: async (wal) => {
      const file = await open(wal, 'r+')
      const { size } = await file.stat()
      await file.write(Buffer.alloc(64, 0xa5), 0, 64, size - 100)
      await file.close()
    },
  },
  'the last page is half there': {
    mayLose: true,
    garble: async (wal) => truncate(wal, (await readFile(wal)).length - 2_000),
  },
  'the last pages are gone': {
    mayLose: true,
    garble: async (wal) => truncate(wal, Math.max(32, (await readFile(wal)).length - 5 * 4_120)),
  },
}

const textOf = ({ body }: Entry): string => (isText(body) ? body.text : body.type)

/**
 * A disk that keeps what it has confirmed loses nothing here. One that does not is outside of what
 * C1 can promise; then the log has to end earlier, whole, and everybody has to agree on it.
 */
it(
  'C1 C3 C6 C7 C8: a garbled end of the log costs nothing that was confirmed, and what a lying disk lost is lost for all alike',
  { timeout: 180_000 },
  async () => {
    const { relay, api } = await openRelay()
    const wal = join(relay.data, 'homing.sqlite-wal')
    const client = await openNodeClient({ relay: relay.origin, store: createMemoryKeyedStore() })
    const conversation = newId()
    const lines: string[] = []
    let n = 0
    for (const [name, { mayLose, garble }] of Object.entries(GARBLINGS)) {
      for (let count = 0; count < 20; count++) await client.say(conversation, `words ${++n}`)
      await client.until('all is acked', ({ drafts }) => drafts().length === 0)
      const before = await api.log(conversation)
      await relay.kill9()
      await garble(wal)
      const pending = `written meanwhile ${n}`
      await client.say(conversation, pending)
      await relay.restart()
      await client.until('it is sent', ({ drafts }) => drafts().length === 0)
      const log = await api.log(conversation)
      await client.until('it has caught up', () => client.texts(conversation).at(-1) === pending)

      // A prefix of what was there, gapless, and then what came again, once.
      const kept = log.slice(0, -1)
      expect(kept, name).toEqual(before.slice(0, kept.length))
      expect(
        log.map(({ seq }) => seq),
        name,
      ).toEqual(log.map((_, index) => index + 1))
      expect(log.map(textOf).at(-1), name).toBe(pending)
      // Who began anew was given the end of it.
      const shown = client.texts(conversation)
      expect(shown, name).toEqual(log.map(textOf).slice(-shown.length))
      const lost = before.length - kept.length
      if (!mayLose) expect(lost, name).toBe(0)
      lines.push(`  ${name}: ${lost} of ${before.length} lost`)
    }
    expect(client.faults).toEqual([])
    console.info(`Acked entries that a garbled end cost:\n${lines.join('\n')}`)
    client.drop()
  },
)
