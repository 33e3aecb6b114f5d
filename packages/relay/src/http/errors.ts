import type { ErrorResponse } from '@homing/core'
import { ERROR_CODES, HomingError } from '@homing/core'
import type { Context, ErrorHandler } from 'hono'
import type { Log } from '../log.ts'

/** Errors to answers, here and nowhere else. What is not ours is our fault, and is logged. */
export function createErrorHandler(log: Log): ErrorHandler {
  return (error, context) => {
    if (!(error instanceof HomingError)) log.error('request-failed', { cause: error })
    return errorResponse(context, error)
  }
}

export function errorResponse(context: Context, error: unknown): Response {
  const known =
    error instanceof HomingError
      ? error
      : new HomingError('internal', 'Something went wrong in the relay. Try again.')
  const { code, message, retryable, retryAfter } = known
  if (retryAfter !== undefined) {
    context.header('retry-after', String(Math.ceil(retryAfter / 1_000)))
  }
  context.header('cache-control', 'no-store')
  const body: ErrorResponse = {
    error: { code, message, retryable, ...(retryAfter === undefined ? {} : { retryAfter }) },
  }
  return context.json(body, ERROR_CODES[code].status)
}
