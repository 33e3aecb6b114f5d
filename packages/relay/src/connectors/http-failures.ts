import type { SendFailure } from './connector.ts'
import { SendError } from './connector.ts'

/** What an answer or a broken line means for a send. Connectors add what is special about theirs. */

/** Codes of errors before any byte of a request left. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'ADDRESS_REFUSED',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** A rejected fetch: nothing left, or nobody knows. */
export function lineFailure(error: unknown, farSide: string): SendError {
  if (error instanceof SendError) return error
  const code = codeOf(error)
  if (code !== undefined && NOT_SENT.has(code)) {
    return new SendError('retry', `${farSide} cannot be reached (${code})`, { cause: error })
  }
  return new SendError(
    'unknown',
    `${farSide} broke off or did not answer in time (${code ?? 'no answer'})`,
    { cause: error },
  )
}

/** A rejected fetch of a file. One that is too large is so the next time, too. */
export function fileFailure(error: unknown, farSide: string): SendError {
  if (codeOf(error) === 'ANSWER_TOO_LARGE') {
    return new SendError('too-large', `the file at ${farSide} is too large`, { cause: error })
  }
  return lineFailure(error, farSide)
}

/** An answer that is no 2xx. The far side read the request and said what it thinks of it. */
export function answerFailure(response: Response, farSide: string, now: number): SendError {
  const { status } = response
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), now)
  const sentence = `${farSide} answered ${status}`
  if (retryAfter === undefined) return new SendError(failureOf(status), sentence)
  return new SendError(failureOf(status), sentence, { retryAfter })
}

/** Milliseconds from a Retry-After header: seconds or an HTTP date. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

function failureOf(status: number): SendFailure {
  if (status === 410) return 'gone'
  if (status === 401 || status === 403) return 'needs-reauth'
  if (status === 413) return 'too-large'
  if (status === 400 || status === 415 || status === 422) return 'bad-content'
  // 404, 405, redirects: the address is wrong. Somebody will mend it, and the words are still good.
  return 'retry'
}

/** The code sits on the error or, with fetch, on its cause. */
function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const code = (at as { code?: unknown }).code
    if (typeof code === 'string') return code
    if (at instanceof AggregateError) {
      const inner = at.errors.map(codeOf).find((found) => found !== undefined)
      if (inner !== undefined) return inner
    }
  }
  return undefined
}
