import { HomingError } from '@homing/core'
import type { Context, MiddlewareHandler } from 'hono'

/**
 * Bodies up to a limit. One that is larger is read to its end and thrown away before it is
 * answered: a body that is left unread holds up whatever comes next on the same connection, and a
 * proxy lets many people share one. What is larger still ends the connection, and says so.
 */

/** Thrown away at most, bytes. */
export const MAX_DISCARDED_BYTES = 4 * 1024 * 1024

/** Refuses a body above the limit. A request without one passes: it has nothing to read. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  return async (context, next) => {
    const { raw } = context.req
    // HTTP/1.1: neither length nor chunks, no body.
    const said = raw.headers.get('content-length')
    const chunked = raw.headers.has('transfer-encoding')
    if (said === null && !chunked) return next()
    // Node gives no more than was announced, so that need not be counted here.
    if (!chunked && Number(said) <= maxBytes) return next()
    // A GET has none, whatever its headers say.
    if (!raw.body) return next()
    const body = await readLimited(context, maxBytes)
    if (!body) {
      throw new HomingError('too_large', `A request has at most ${maxBytes} bytes.`)
    }
    context.req.raw = new Request(raw, { method: raw.method, body })
    return next()
  }
}

/** Undefined when there is more. */
export async function readLimited(
  context: Context,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = context.req.raw.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size <= maxBytes) {
      parts.push(value)
    } else if (size <= maxBytes + MAX_DISCARDED_BYTES) {
      parts.length = 0
    } else {
      context.header('connection', 'close')
      break
    }
  }
  return size > maxBytes ? undefined : new Uint8Array(Buffer.concat(parts))
}
