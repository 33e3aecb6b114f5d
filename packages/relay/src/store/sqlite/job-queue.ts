import { HomingError } from '@homing/core'
import type { FromWorker, ToWorker } from '../sqlite-worker.ts'
import { toError } from './batch.ts'
import type { Job, OperationArguments, OperationName, OperationResult } from './operations.ts'

/** Most jobs in one commit: bounds how long the first of them waits for the last. */
const MAX_BATCH_JOBS = 512
/** Most jobs waiting. Beyond it the disk has fallen behind, and a prompt refusal is kinder. */
const MAX_WAITING_JOBS = 20_000

interface Waiting {
  readonly job: Job
  readonly resolve: (value: unknown) => void
  readonly reject: (error: HomingError) => void
}

/** The log's thread, as far as the queue needs to know: a Worker is one. */
export interface LogThread {
  postMessage(message: ToWorker): void
  on(event: 'message', listener: (message: FromWorker) => void): unknown
  once(event: 'error', listener: (cause: unknown) => void): unknown
  once(event: 'exit', listener: () => void): unknown
}

export interface JobQueue {
  readonly epoch: string
  readonly secret: Uint8Array
  call<Name extends OperationName>(
    name: Name,
    ...values: OperationArguments<Name>
  ): Promise<OperationResult<Name>>
  /** Lets what waits finish, refuses the rest. May be called twice. */
  close(): Promise<void>
}

/**
 * Collects jobs and hands them to the log's thread, one batch at a time.
 *
 *   idle ──first job──▶ gathering ──end of the loop's turn──▶ busy ──answers──▶ idle
 *                                                              ▲        │ jobs came meanwhile
 *                                                              └────────┘
 *   any ──close──▶ closing ──nothing waits──▶ closed          any ──thread died──▶ closed
 */
export function createJobQueue(
  worker: LogThread,
  atEndOfTurn: (flush: () => void) => void = setImmediate,
): Promise<JobQueue> {
  let state: 'idle' | 'gathering' | 'busy' = 'idle'
  let waiting: Waiting[] = []
  let underway: readonly Waiting[] = []
  let refusal: HomingError | undefined
  let closing = false

  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const post = (message: ToWorker): void => worker.postMessage(message)

  const flush = (): void => {
    if (waiting.length === 0) {
      state = 'idle'
      if (closing) post('close')
      return
    }
    state = 'busy'
    underway = waiting.slice(0, MAX_BATCH_JOBS)
    waiting = waiting.slice(MAX_BATCH_JOBS)
    try {
      post(underway.map(({ job }) => job))
    } catch (cause) {
      // Somebody passed what cannot be cloned: a fault of ours, and no reason to stop serving.
      const failed = underway
      underway = []
      for (const one of failed) {
        one.reject(new HomingError('internal', 'A job cannot be handed over.', { cause }))
      }
      flush()
    }
  }

  const settle = (message: FromWorker & { readonly kind: 'answers' }): void => {
    const answered = underway
    underway = []
    message.answers.forEach((answer, index) => {
      const one = answered[index]
      if ('failure' in answer) one?.reject(toError(answer.failure))
      else one?.resolve(answer.value)
    })
    flush()
  }

  const fail = (error: HomingError): void => {
    refusal ??= error
    for (const one of [...underway, ...waiting]) one.reject(error)
    underway = []
    waiting = []
  }

  const call = <Name extends OperationName>(
    name: Name,
    ...values: OperationArguments<Name>
  ): Promise<OperationResult<Name>> =>
    new Promise((resolve, reject) => {
      if (refusal) return reject(refusal)
      if (waiting.length >= MAX_WAITING_JOBS) return reject(overloaded())
      waiting.push({ job: { name, values }, resolve: resolve as (value: unknown) => void, reject })
      if (state !== 'idle') return
      state = 'gathering'
      // After this turn's sockets were read, so that what they brought goes together.
      atEndOfTurn(flush)
    })

  const close = (): Promise<void> => {
    if (!closing && !refusal) {
      closing = true
      refusal = new HomingError('unavailable', 'The log is closing.')
      if (state === 'idle') post('close')
    }
    return exited
  }

  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'ready':
          return resolve({ epoch: message.epoch, secret: message.secret, call, close })
        case 'failed':
          return reject(toError(message.failure))
        case 'answers':
          return settle(message)
      }
    })
    worker.once('error', (cause) => {
      const error = new HomingError('unavailable', "The log's thread died.", { cause })
      fail(error)
      reject(error)
    })
    worker.once('exit', () => {
      fail(new HomingError('unavailable', 'The log is closed.'))
      reject(new HomingError('unavailable', 'The log did not open.'))
    })
  })
}

const overloaded = () =>
  new HomingError('unavailable', 'Too much waits for the disk. Try again in a moment.', {
    retryAfter: 1_000,
  })
