import { HomingError } from '@homing/core'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'

/** Refuses a body above the limit, read or announced. A request without one passes: it has nothing to read. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new HomingError('too_large', `A request has at most ${maxBytes} bytes.`)
    },
  })
  return (context, next) => {
    // HTTP/1.1: neither length nor chunks, no body.
    const { headers } = context.req.raw
    const hasBody = headers.has('content-length') || headers.has('transfer-encoding')
    return hasBody ? limit(context, next) : next()
  }
}
