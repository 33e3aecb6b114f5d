import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { uuidv7 } from '@homing/core'
import { openSqliteStore } from '../src/store/sqlite-store.ts'

/**
 * A process to be killed: appends as fast as it can and prints "conversation draft-id seq" of each
 * entry once it was acked.
 * Run: node store-writer.ts <directory> <life> <under way> [appends, 0 for ever]
 */
const [directory = '', life = '0', underway = '1', limit = '0'] = process.argv.slice(2)
const store = await openSqliteStore({ directory, now: Date.now, randomBytes })
let left = Number(limit) || Number.POSITIVE_INFINITY

async function write(lane: number): Promise<void> {
  const conversation = `conversation-${lane}`
  const device = `device-${life}`
  for (let n = 1; left > 0; n++) {
    left -= 1
    const draft = uuidv7(Date.now(), randomBytes)
    const { entry } = await store.append({
      site: 'pk_shop',
      conversation,
      id: draft,
      author: { role: 'visitor', id: `visitor-${lane}` },
      body: { type: 'text', text: `${draft} in life ${life}` },
      time: Date.now(),
      visitor: { tokenHash: new Uint8Array(32).fill(lane), device, n },
      connectors: ['desk'],
    })
    // Straight to the pipe: what the parent reads was acked before the process died.
    writeSync(1, `${conversation} ${draft} ${entry?.seq}\n`)
  }
}

writeSync(1, 'ready\n')
await Promise.all(Array.from({ length: Number(underway) }, (_, lane) => write(lane)))
await store.close()
