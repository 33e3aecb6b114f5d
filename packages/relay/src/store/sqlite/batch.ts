import type { DatabaseSync } from 'node:sqlite'
import { HomingError } from '@homing/core'
import type { ErrorCode } from '@homing/core'
import { isBroken, prepare } from './database.ts'
import type { Job, OperationName, prepareOperations } from './operations.ts'

/** An error as it crosses between threads; a HomingError would arrive without its fields. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly expected?: number
}

export type Answer = { readonly value: unknown } | { readonly failure: Failure }

type Operation = (...values: readonly unknown[]) => unknown

/**
 * Runs what waited together as one transaction.
 *
 *   BEGIN IMMEDIATE ─▶ each write in its savepoint ─▶ COMMIT (one fsync) ─▶ reads ─▶ answers
 *
 * A write that fails falls back to its savepoint and the others go on. A commit that fails takes
 * all writes of the batch with it: none of them is answered as done. Reads come last, so that
 * nobody is ever shown what is not on the disk yet.
 */
export function createBatch(
  db: DatabaseSync,
  operations: Pick<ReturnType<typeof prepareOperations>, 'writes' | 'reads'>,
): (jobs: readonly Job[]) => readonly Answer[] {
  const begin = prepare(db, 'BEGIN IMMEDIATE')
  const beginReading = prepare(db, 'BEGIN')
  const commit = prepare(db, 'COMMIT')
  const rollback = prepare(db, 'ROLLBACK')
  const savepoint = prepare(db, 'SAVEPOINT job')
  const release = prepare(db, 'RELEASE job')
  const rollbackJob = prepare(db, 'ROLLBACK TO job')

  // Names and arguments were checked where the job was made; a message has no types.
  const writes = new Map(Object.entries(operations.writes) as [OperationName, Operation][])
  const reads = new Map(Object.entries(operations.reads) as [OperationName, Operation][])

  const runWrite = (operation: Operation, job: Job): Answer => {
    savepoint.run()
    try {
      const value = operation(...job.values)
      release.run()
      return value instanceof HomingError ? { failure: toFailure(value) } : { value }
    } catch (error) {
      // Then SQLite has rolled back everything, or is about to: it is not this job's affair.
      if (isBroken(error) || !db.isTransaction) throw error
      rollbackJob.run()
      release.run()
      return { failure: toFailure(error) }
    }
  }

  const runWrites = (jobs: readonly Job[], answers: Answer[]): void => {
    try {
      begin.run()
      jobs.forEach((job, index) => {
        const operation = writes.get(job.name)
        if (operation) answers[index] = runWrite(operation, job)
      })
      commit.run()
    } catch (error) {
      if (db.isTransaction) rollback.run()
      const failure = toFailure(error)
      jobs.forEach((job, index) => {
        if (writes.has(job.name)) answers[index] = { failure }
      })
    }
  }

  const runReads = (jobs: readonly Job[], answers: Answer[]): void => {
    beginReading.run()
    jobs.forEach((job, index) => {
      const operation = reads.get(job.name)
      if (!operation) return
      try {
        answers[index] = { value: operation(...job.values) }
      } catch (error) {
        answers[index] = { failure: toFailure(error) }
      }
    })
    commit.run()
  }

  return (jobs) => {
    const answers: Answer[] = []
    if (jobs.some(({ name }) => writes.has(name))) runWrites(jobs, answers)
    if (jobs.some(({ name }) => reads.has(name))) runReads(jobs, answers)
    return answers
  }
}

export function toFailure(error: unknown): Failure {
  if (error instanceof HomingError) {
    const { code, message, expected } = error
    return expected === undefined ? { code, message } : { code, message, expected }
  }
  const reason = error instanceof Error ? error.message : String(error)
  return isBroken(error)
    ? { code: 'unavailable', message: `The log cannot be used right now: ${reason}.` }
    : { code: 'internal', message: `The log failed: ${reason}.` }
}

export function toError(failure: Failure): HomingError {
  const { code, message, expected } = failure
  return new HomingError(code, message, expected === undefined ? {} : { expected })
}
