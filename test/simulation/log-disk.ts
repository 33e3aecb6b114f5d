import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { Random, RandomBytes } from '../../packages/core/src/index.ts'
import { HomingError } from '../../packages/core/src/index.ts'
import { seededBytes } from '../../packages/core/test/seeded-random.ts'
import { MORNING } from '../../packages/core/test/virtual-clock.ts'
import { beginNewLife } from '../../packages/relay/src/store/restore.ts'
import { createSqliteStore, newEpoch } from '../../packages/relay/src/store/sqlite-store.ts'
import type { FromWorker, ToWorker } from '../../packages/relay/src/store/sqlite-worker.ts'
import { createBatch } from '../../packages/relay/src/store/sqlite/batch.ts'
import { createJobQueue } from '../../packages/relay/src/store/sqlite/job-queue.ts'
import type { LogThread } from '../../packages/relay/src/store/sqlite/job-queue.ts'
import { prepare } from '../../packages/relay/src/store/sqlite/database.ts'
import { migrate } from '../../packages/relay/src/store/sqlite/migrate.ts'
import type { Birth } from '../../packages/relay/src/store/sqlite/migrate.ts'
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
  /**
   * Put the oldest backup in the place of the log, under a new epoch, and tell what was in the log
   * and is no more. Undefined: there is no backup.
   */
  restore(): readonly string[] | undefined
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

/** Every run's log is born alike; to build the same tables anew each time would take its time. */
const NEWBORN = newborn()

export function createLogDisk(options: LogDiskOptions): LogDisk {
  const { random, durability = 'full', latency = 8 } = options
  const randomBytes: RandomBytes = seededBytes(random)
  const backups: Uint8Array[] = []
  let db = openMemory()
  /** What can be asked of `db`, by whichever process. */
  let operations: ReturnType<typeof prepareOperations> | undefined
  let born = false
  let kept: Uint8Array | undefined
  let full = false

  const capacity = (): void => {
    const pages = full ? Number(Object.values(db.prepare('PRAGMA page_count').get() ?? {})[0]) : 0
    db.exec(`PRAGMA max_page_count = ${full ? pages : 1_000_000}`)
  }

  const replace = (image: Uint8Array): void => {
    db.close()
    db = openMemory(image)
    operations = undefined
    capacity()
  }

  return {
    open: async (program, now) => {
      if (!born) {
        db = openMemory(NEWBORN)
        bear(db, { epoch: newEpoch(randomBytes), secret: randomBytes(32), now: now() })
        born = true
      }
      operations ??= prepareOperations(db)
      const { writes, reads, identity, endLeases } = operations
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
      if (!oldest) return undefined
      const before = draftsIn(db)
      replace(oldest)
      beginNewLife(db, newEpoch(randomBytes))
      const left = new Set(draftsIn(db))
      return before.filter((id) => !left.has(id))
    },
    setFull: (now) => {
      full = now
      capacity()
    },
    close: () => db.close(),
  }
}

function openMemory(image?: Uint8Array): DatabaseSync {
  const db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true })
  if (image) {
    db.deserialize(image)
    db.exec('PRAGMA foreign_keys = ON')
  }
  // A run asks few of the things that a relay can be asked: what is not asked is not prepared.
  const prepareNow = db.prepare.bind(db)
  db.prepare = (sql) => {
    let statement: StatementSync | undefined
    const prepared = (): StatementSync => (statement ??= prepareNow(sql))
    return {
      get: (...values: SQLInputValue[]) => prepared().get(...values),
      all: (...values: SQLInputValue[]) => prepared().all(...values),
      run: (...values: SQLInputValue[]) => prepared().run(...values),
    } as StatementSync
  }
  return db
}

const draftsIn = (db: DatabaseSync): readonly string[] =>
  db
    .prepare('SELECT id FROM entries')
    .all()
    .map(({ id }) => String(id))

function newborn(): Uint8Array {
  const db = openMemory()
  migrate(db, { epoch: newEpoch(seededBytes(() => 0)), secret: new Uint8Array(32), now: MORNING })
  const image = db.serialize()
  db.close()
  return image
}

/** Make it one of its own. */
function bear(db: DatabaseSync, { epoch, secret, now }: Birth): void {
  const set = prepare(db, 'UPDATE meta SET value = ? WHERE name = ?')
  set.run(epoch, 'epoch')
  set.run(secret, 'secret')
  prepare(db, 'UPDATE migrations SET time = ?').run(now)
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
