/**
 * Codes a person or a program can act on. `retryable` says whether the very same request may
 * succeed later; it is part of the code's meaning, so it is listed with it.
 */
export const ERROR_CODES = {
  /** The frame or request cannot be read; the sentence names the field and the fix. */
  bad_request: { status: 400, retryable: false },
  /** Larger than MAX_FRAME_BYTES, or a body over its limit. */
  too_large: { status: 413, retryable: false },
  /** Text over MAX_TEXT_LENGTH. */
  too_long: { status: 422, retryable: false },
  /** No site has this key. */
  unknown_site: { status: 404, retryable: false },
  /** The page's origin is not on the site's list. */
  origin_not_allowed: { status: 403, retryable: false },
  /** A token, key or session that is missing, wrong or expired. */
  unauthorized: { status: 401, retryable: false },
  /** Not there, or not yours: the two are the same answer. */
  not_found: { status: 404, retryable: false },
  /** The id is known with another body. */
  id_conflict: { status: 409, retryable: false },
  /** A send whose counter skips one; `expected` tells the next. */
  out_of_order: { status: 409, retryable: true },
  /** A frame that needs a hello first. */
  hello_first: { status: 400, retryable: false },
  /** Too many requests; `retryAfter` in milliseconds. */
  rate_limited: { status: 429, retryable: true },
  /** The log cannot take it now (disk full, store closed). Nothing was stored. */
  unavailable: { status: 503, retryable: true },
  /** Our fault. */
  internal: { status: 500, retryable: true },
} as const satisfies Record<string, { status: number; retryable: boolean }>

export type ErrorCode = keyof typeof ERROR_CODES

/** The one error class. `message` is a sentence for people and never holds a visitor's words. */
export class HomingError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean
  /** Milliseconds to wait before a retry, where that is known. */
  readonly retryAfter: number | undefined
  /** With `out_of_order`: the counter that would be taken next. */
  readonly expected: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryAfter?: number; expected?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HomingError'
    this.code = code
    this.retryable = ERROR_CODES[code].retryable
    this.retryAfter = options.retryAfter
    this.expected = options.expected
  }
}
