import { HomingError, MAX_ID_LENGTH, isUuid } from '@homing/core'
import type { Context, Hono } from 'hono'
import type { Admit } from '../gateway/admission.ts'
import type { Peer, VisitorReader } from '../gateway/reader.ts'
import { limitBody } from './limit-body.ts'
import { openToPages } from './open-to-pages.ts'

/**
 * What a page asks for beside its link: a POST of a JSON object with the site and the visitor's
 * secret. Which page may ask, its origin decides, as it does for a hello.
 */
export interface VisitorRequest {
  readonly visitor: VisitorReader
  /** 1 to MAX_ID_LENGTH characters, unless told otherwise; else `bad_request`. */
  text(field: string, maxLength?: number): string
  /** A text that is a UUID. */
  uuid(field: string): string
}

export interface VisitorRequestsOptions {
  readonly admit: Admit
  readonly peerOf: (context: Context) => Peer
}

const MAX_REQUEST_BYTES = 4_096

/** Adds the address to an app: a POST, and what a browser asks before it. */
export function postByVisitor(
  app: Hono,
  path: string,
  { admit, peerOf }: VisitorRequestsOptions,
  answer: (request: VisitorRequest, context: Context) => Promise<Response>,
): void {
  openToPages(app, path)
  app.post(path, limitBody(MAX_REQUEST_BYTES), async (context) => {
    const fields = readObject(await context.req.text())
    const text = (field: string, maxLength = MAX_ID_LENGTH): string => {
      const value = fields[field]
      if (typeof value === 'string' && value !== '' && value.length <= maxLength) return value
      throw new HomingError('bad_request', `"${field}" must be 1 to ${maxLength} characters.`)
    }
    const uuid = (field: string): string => {
      const value = text(field)
      if (isUuid(value)) return value
      throw new HomingError('bad_request', `"${field}" must be a lower-case UUID.`)
    }
    const claim = { site: text('site'), token: text('token'), device: '' }
    const visitor = await admit(claim, peerOf(context))
    if (visitor.role !== 'visitor' || visitor.newToken !== undefined) {
      throw new HomingError('unauthorized', 'Say hello first: nobody has this token.')
    }
    return answer({ visitor, text, uuid }, context)
  })
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new HomingError('bad_request', 'The body is not JSON.')
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw new HomingError('bad_request', 'The body must be a JSON object.')
}
