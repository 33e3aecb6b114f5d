import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import type { Random, RandomBytes } from '../../packages/core/src/index.ts'
import { HomingError } from '../../packages/core/src/index.ts'
import { seededBytes } from '../../packages/core/test/seeded-random.ts'
import { beginNewLife } from '../../packages/relay/src/store/restore.ts'
import { createSqliteStore, newEpoch } from '../../packages/relay/src/store/sqlite-store.ts'
import type { FromWorker, ToWorker } from '../../packages/relay/src/store/sqlite-worker.ts'
import { createBatch } from '../../packages/relay/src/store/sqlite/batch.ts'
import { createJobQueue } from '../../packages/relay/src/store/sqlite/job-queue.ts'
import type { LogThread } from '../../packages/relay/src/store/sqlite/job-queue.ts'
import { migrate, readMigrations } from '../../packages/relay/src/store/sqlite/migrate.ts'
import { prepareOperations } from '../../packages/relay/src/store/sqlite/operations.ts'
import type { Store } from '../../packages/relay/src/store/store.ts'
import type { Program } from './world.ts'

/**
 * The relay's disk: the real store's queue, batches and SQL on a database in memory, with the
 * thread and the disk's time played by the simulation.
 *
 *   jobs ──to the disk──▶ one transaction ──back──▶ answers
 *
 * A crash on the way there has changed nothing; on the way back all is kept and nobody was told.
 */
export interface LogDisk {
  /** What starts on it is a process of its own. */
  open(program: Program, now: () => number): Promise<Store>
  /** The process is gone. What the disk had not kept is gone with it. */
  crash(): void
  /** Take a backup. */
  backup(): void
  /** Put the oldest backup in the place of the log, under a new epoch. False: there is none. */
  restore(): boolean
  /** While true, nothing more fits. */
  setFull(full: boolean): void
  close(): void
}

/**
 * When the disk has kept what was answered. `full`: always, as the relay demands it of SQLite.
 * `normal`: now and then, as with synchronous=NORMAL. `early`: soon after the answer.
 */
export type Durability = 'full' | 'normal' | 'early'

export interface LogDiskOptions {
  readonly random: Random
  readonly durability?: Durability
  /** Longest time to the disk, and back, ms. */
  readonly latency?: number
}

/** The disk keeps what it has after this long, ms, where it does not keep it at once. */
const KEPT_AFTER_MS = { normal: 5_000, early: 5_000 } as const

const MIGRATIONS = readMigrations()

export function createLogDisk(options: LogDiskOptions): LogDisk {
  const { random, durability = 'full', latency = 8 } = options
  const randomBytes: RandomBytes = seededBytes(random)
  const backups: Uint8Array[] = []
  let db = openMemory()
  let born = false
  let kept: Uint8Array | undefined
  let full = false

  const capacity = (): void => {
    const pages = full ? Number(Object.values(db.prepare('PRAGMA page_count').get() ?? {})[0]) : 0
    db.exec(`PRAGMA max_page_count = ${full ? pages : 1_000_000}`)
  }

  const replace = (image: Uint8Array): void => {
    db.close()
    db = openMemory()
    db.deserialize(image)
    db.exec('PRAGMA foreign_keys = ON')
    capacity()
  }

  return {
    open: async (program, now) => {
      if (!born) {
        migrate(
          db,
          { epoch: newEpoch(randomBytes), secret: randomBytes(32), now: now() },
          MIGRATIONS,
        )
        born = true
      }
      const { writes, reads, identity, endLeases } = prepareOperations(db)
      endLeases()
      const run = createBatch(db, { writes, reads })
      kept = durability === 'full' ? undefined : db.serialize()
      const keep = (): void => {
        if (program.state() !== 'gone') kept = db.serialize()
      }
      if (durability === 'normal') {
        const again = (): void => {
          keep()
          program.after(KEPT_AFTER_MS.normal, again)
        }
        again()
      }
      const thread = createThread(program, (jobs, answer) => {
        if (durability === 'early') {
          answer(run(jobs))
          program.after(random() * KEPT_AFTER_MS.early, keep)
          return
        }
        program.after(random() * latency, () => {
          const answers = run(jobs)
          program.after(random() * latency, () => answer(answers))
        })
      })
      program.after(0, () => thread.emit('message', { kind: 'ready', ...identity() }))
      const queue = await createJobQueue(thread as LogThread, (flush) => program.after(0, flush))
      return createSqliteStore(queue, {
        now,
        randomBytes,
        backup: async (path) => {
          if (existsSync(path)) throw new HomingError('bad_request', 'There is such a file.')
          await writeFile(path, db.serialize())
        },
      })
    },
    crash: () => {
      if (kept) replace(kept)
    },
    backup: () => {
      if (born) backups.push(db.serialize())
    },
    restore: () => {
      const oldest = backups.shift()
      if (!oldest) return false
      replace(oldest)
      beginNewLife(db, newEpoch(randomBytes))
      return true
    },
    setFull: (now) => {
      full = now
      capacity()
    },
    close: () => db.close(),
  }
}

function openMemory(): DatabaseSync {
  return new DatabaseSync(':memory:', { enableForeignKeyConstraints: true })
}

type Jobs = Exclude<ToWorker, 'close'>
type Answers = Extract<FromWorker, { kind: 'answers' }>['answers']

function createThread(
  program: Program,
  work: (jobs: Jobs, answer: (answers: Answers) => void) => void,
): EventEmitter & Pick<LogThread, 'postMessage'> {
  const thread = new EventEmitter()
  const say = (message: FromWorker): void => {
    if (program.state() !== 'gone') thread.emit('message', message)
  }
  const postMessage = (message: ToWorker): void => {
    if (message === 'close') program.after(0, () => thread.emit('exit'))
    else work(message, (answers) => say({ kind: 'answers', answers }))
  }
  return Object.assign(thread, { postMessage })
}
