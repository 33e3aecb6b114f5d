import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uuidv7 } from '@homing/core'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import type { NewEntry } from '../src/store/store.ts'

/**
 * What an append costs, with so many under way at once: figures to compare two commits by, on one
 * machine. CPU is the whole process: the caller's thread, the log's thread and the kernel's share.
 * Run: node packages/relay/bench/append.ts [seconds per line] [directory]
 */
const seconds = Number(process.argv[2] ?? 3)
const CONVERSATIONS = 256
const TEXT = 'Is the blue one in stock, and would it still come before Friday? '

const directory = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'homing-bench-'))
const store = await openSqliteStore({ directory, now: Date.now, randomBytes })

const writers = Array.from({ length: CONVERSATIONS }, (_, index) => ({
  visitor: `visitor-${index}`,
  tokenHash: randomBytes(32),
  conversation: uuidv7(Date.now(), randomBytes),
  n: 0,
}))
let turn = 0

function nextEntry(connectors: readonly string[]): NewEntry {
  const writer = writers[turn++ % CONVERSATIONS]!
  writer.n += 1
  return {
    site: 'pk_bench',
    conversation: writer.conversation,
    id: uuidv7(Date.now(), randomBytes),
    author: { role: 'visitor', id: writer.visitor },
    body: { type: 'text', text: TEXT },
    time: Date.now(),
    visitor: { tokenHash: writer.tokenHash, device: 'device', n: writer.n },
    connectors,
  }
}

async function measure(underway: number, connectors: readonly string[]): Promise<void> {
  const end = performance.now() + seconds * 1_000
  const start = performance.now()
  const cpu = process.cpuUsage()
  let count = 0
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      await store.append(nextEntry(connectors))
      count++
    }
  }
  await Promise.all(Array.from({ length: underway }, work))
  const elapsed = (performance.now() - start) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    `${String(underway).padStart(4)} at once, ${connectors.length} deliveries: ` +
      `${Math.round(count / elapsed)} appends/s, ` +
      `${((user + system) / count).toFixed(1)} µs CPU each ` +
      `(${(system / count).toFixed(1)} of it in the kernel)`,
  )
}

for (const connector of [[], ['webhook']]) {
  for (const underway of [1, 16, 256]) await measure(underway, connector)
}
await store.close()
rmSync(directory, { recursive: true })
