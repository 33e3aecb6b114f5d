import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uuidv7 } from '@homing/core'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import type { NewEntry, Store } from '../src/store/store.ts'

/**
 * What an append costs, with so many under way at once: figures to compare two commits by, on one
 * machine. CPU is the whole process: the caller's thread, the log's thread and the kernel's share.
 * Run: node packages/relay/bench/append.ts [seconds per line] [directory]
 */
const seconds = Number(process.argv[2] ?? 3)
const parent = process.argv[3] ?? tmpdir()
const CONVERSATIONS = 256
const TEXT = 'Is the blue one in stock, and would it still come before Friday? '
const CLAIM_LIMIT = 64
const LEASE_MS = 60_000

/** Drafts of many visitors in turn, each with its own conversation and counter. */
function createDrafts(connectors: readonly string[]): () => NewEntry {
  const counters = Array.from({ length: CONVERSATIONS }, () => 0)
  const conversations = counters.map(() => uuidv7(Date.now(), randomBytes))
  const tokens = counters.map(() => randomBytes(32))
  let turn = 0
  return () => {
    const index = turn++ % CONVERSATIONS
    const n = (counters[index] ?? 0) + 1
    counters[index] = n
    return {
      site: 'pk_bench',
      conversation: conversations[index] ?? '',
      id: uuidv7(Date.now(), randomBytes),
      author: { role: 'visitor', id: `visitor-${index}` },
      body: { type: 'text', text: TEXT },
      time: Date.now(),
      visitor: { tokenHash: tokens[index] ?? new Uint8Array(32), device: 'device', n },
      connectors,
    }
  }
}

/** A worker whose far side takes everything at once. */
async function drain(store: Store, ended: () => boolean): Promise<number> {
  let settled = 0
  for (;;) {
    const claimed = await store.claim('bench', CLAIM_LIMIT, LEASE_MS, Date.now())
    if (claimed.length === 0 && ended()) return settled
    const done = { kind: 'done', receipt: { externalIds: [] } } as const
    await Promise.all(claimed.map((delivery) => store.settle(delivery, done, Date.now())))
    settled += claimed.length
  }
}

async function measure(
  underway: number,
  connectors: readonly string[],
  draining: boolean,
): Promise<string> {
  const directory = mkdtempSync(join(parent, 'homing-bench-'))
  const store = await openSqliteStore({ directory, now: Date.now, randomBytes })
  const next = createDrafts(connectors)
  const start = performance.now()
  const end = start + seconds * 1_000
  const cpu = process.cpuUsage()
  let count = 0
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      await store.append(next())
      count++
    }
  }
  const drained = draining ? drain(store, () => performance.now() >= end) : 0
  await Promise.all(Array.from({ length: underway }, work))
  const elapsed = (performance.now() - start) / 1_000
  const settled = await drained
  const { user, system } = process.cpuUsage(cpu)
  await store.close()
  rmSync(directory, { recursive: true })
  return (
    `${String(underway).padStart(4)} at once, ${connectors.length} queued, ${settled} delivered: ` +
    `${Math.round(count / elapsed)} appends/s, ` +
    `${((user + system) / count).toFixed(1)} µs CPU each ` +
    `(${(system / count).toFixed(1)} in the kernel)`
  )
}

for (const { connectors, draining } of [
  { connectors: [], draining: false },
  { connectors: ['webhook'], draining: false },
  { connectors: ['webhook'], draining: true },
]) {
  for (const underway of [1, 16, 256]) {
    process.stdout.write(`${await measure(underway, connectors, draining)}\n`)
  }
}
