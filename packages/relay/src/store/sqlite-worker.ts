import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { createBatch, toFailure } from './sqlite/batch.ts'
import type { Answer, Failure } from './sqlite/batch.ts'
import { DATABASE_FILE, openDatabase } from './sqlite/database.ts'
import { syncPath } from './sqlite/files.ts'
import { lockDirectory } from './sqlite/lock.ts'
import { migrate } from './sqlite/migrate.ts'
import type { Birth } from './sqlite/migrate.ts'
import { prepareOperations } from './sqlite/operations.ts'
import type { Job } from './sqlite/operations.ts'
import { assertRestored } from './sqlite/restore-marker.ts'

/**
 * The log's own thread: the only one that touches the file, and the only one that waits for the
 * disk. A message in is what waited meanwhile, a message out the answers to it, in order.
 */
export interface WorkerSettings {
  readonly directory: string
  readonly birth: Birth
}

export type ToWorker = readonly Job[] | 'close'

export type FromWorker =
  | { readonly kind: 'ready'; readonly epoch: string; readonly secret: Uint8Array }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }

function serve(port: MessagePort, { directory, birth }: WorkerSettings): void {
  const post = (message: FromWorker): void => port.postMessage(message)
  try {
    const { run, identity, close } = openLog(directory, birth)
    port.on('message', (message: ToWorker) => {
      if (message === 'close') {
        close()
        port.close()
      } else post({ kind: 'answers', answers: run(message) })
    })
    post({ kind: 'ready', ...identity })
  } catch (error) {
    post({ kind: 'failed', failure: toFailure(error) })
    port.close()
  }
}

function openLog(directory: string, birth: Birth) {
  if (mkdirSync(directory, { recursive: true, mode: 0o700 })) syncPath(dirname(directory))
  const unlock = lockDirectory(directory)
  let db: DatabaseSync | undefined
  const close = (): void => {
    db?.close()
    unlock()
  }
  try {
    assertRestored(directory)
    db = openDatabase(join(directory, DATABASE_FILE))
    migrate(db, birth)
    const { writes, reads, identity, endLeases } = prepareOperations(db)
    // The lock says that nobody else is here: a lease is a dead process's and need not run out.
    endLeases()
    return { run: createBatch(db, { writes, reads }), identity: identity(), close }
  } catch (error) {
    close()
    throw error
  }
}

if (parentPort) serve(parentPort, workerData as WorkerSettings)
