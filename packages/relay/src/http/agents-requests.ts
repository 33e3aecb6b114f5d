import type { Body } from '@homing/core'
import {
  HomingError,
  MAX_TEXT_LENGTH,
  isStatus,
  isText,
  isUuid,
  parseClientFrame,
} from '@homing/core'
import type { Context } from 'hono'
import { bodyTooLarge } from '../conversation/body-size.ts'

/** From the agents' API's requests to typed values. Everything that is wrong names its field. */
export interface EntryRequest {
  readonly id: string
  readonly body: Body
}

export type JsonFields = Readonly<Record<string, unknown>>

export async function readJson(
  context: Context,
  { optional = false }: { readonly optional?: boolean } = {},
): Promise<JsonFields> {
  const text = await context.req.text()
  if (optional && text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new HomingError('bad_request', 'The body is not JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HomingError('bad_request', 'The body must be a JSON object.')
  }
  return value as JsonFields
}

/**
 * Programs may send any well-formed body; one of a type this version does not know needs a
 * fallback, or nobody could read it. Status entries come from PATCH, which checks them.
 */
export function readEntryRequest(conversation: string, fields: JsonFields): EntryRequest {
  const { id, body } = fields
  // The wire's own reader: what a socket would refuse as malformed, this does too.
  const decoded = parseClientFrame({ t: 'send', id, conversation, n: 1, body })
  if (decoded.kind === 'malformed') throw new HomingError(decoded.code, decoded.reason)
  if (decoded.kind !== 'frame' || decoded.frame.t !== 'send')
    throw badRequest('The body is unreadable.')
  const { frame } = decoded
  if (!isUuid(frame.id)) throw badRequest('"id" must be a lower-case UUID.')
  checkBody(frame.body)
  return { id: frame.id, body: frame.body }
}

function checkBody(body: Body): void {
  if (isStatus(body)) throw badRequest('Change the status with PATCH, not with an entry.')
  if (isText(body)) {
    if (body.text.trim() === '') throw badRequest('"body.text" must not be empty.')
    if (body.text.length > MAX_TEXT_LENGTH) {
      throw new HomingError('too_long', `The text has more than ${MAX_TEXT_LENGTH} characters.`)
    }
  } else {
    const fallback = 'fallback' in body ? body.fallback : undefined
    if (typeof fallback !== 'string' || fallback.trim() === '') {
      throw badRequest('"body.fallback" must say in words what this body is.')
    }
  }
  const tooLarge = bodyTooLarge(body)
  if (tooLarge) throw tooLarge
}

/** `null` is undefined: all desks of the site. */
export function readDesks({ desks }: JsonFields): readonly string[] | undefined {
  if (desks === null) return undefined
  const list: readonly unknown[] = Array.isArray(desks) ? desks : [undefined]
  if (list.every((desk) => typeof desk === 'string')) return list
  throw badRequest('"desks" must be a list of connector ids, or null for all of the site.')
}

/** A whole number from a query or a JSON field; undefined when it is not there. */
export function readWhole(
  value: unknown,
  name: string,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (value === undefined) return undefined
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (
    typeof number === 'number' &&
    Number.isSafeInteger(number) &&
    number >= min &&
    number <= max
  ) {
    return number
  }
  throw badRequest(
    `"${name}" must be a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}.`,
  )
}

function badRequest(message: string): HomingError {
  return new HomingError('bad_request', message)
}
