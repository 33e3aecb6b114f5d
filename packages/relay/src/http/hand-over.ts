import type { HandOverResponse } from '@homing/core'
import { HomingError, MAX_ID_LENGTH, isUuid } from '@homing/core'
import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Invitation } from '../connectors/invites.ts'
import { invitationsOf } from '../connectors/invites.ts'
import type { HandOvers } from '../conversation/hand-over.ts'
import { tagOf } from '../conversation/tag.ts'
import type { Admit } from '../gateway/admission.ts'
import type { Peer } from '../gateway/reader.ts'
import type { Limits } from '../limits/limits.ts'
import { limitBody } from './limit-body.ts'

/**
 * Takes a visitor's conversation along to a messenger.
 *
 *   POST /v1/hand-over {"site","token","conversation","reach"}  →  {"url","code","expires"?}
 *
 * Whose the conversation is, or whether there is one, is not looked at: the code is good only for a
 * conversation that is this visitor's when it comes back. So the answer is the same for yours, for
 * somebody else's and for none, and a visitor may take along what he has not begun yet.
 */
export interface HandOverOptions {
  readonly admit: Admit
  readonly handOvers: Pick<HandOvers, 'issue'>
  /** The connectors of a site. */
  readonly connectorsOf: (site: string) => readonly ConfiguredConnector[]
  readonly limits: Pick<Limits, 'handOver'>
  readonly peerOf: (context: Context) => Peer
}

export const HAND_OVER_PATH = '/v1/hand-over'

const MAX_REQUEST_BYTES = 4_096

export function handOverRoutes(options: HandOverOptions): Hono {
  const { admit, handOvers, connectorsOf, limits, peerOf } = options
  const app = new Hono()

  app.use(HAND_OVER_PATH, async (context, next) => {
    // The secret is in the body and no cookie is read; which page may ask, its origin decides.
    context.header('access-control-allow-origin', '*')
    context.header('cache-control', 'no-store')
    await next()
  })

  app.options(HAND_OVER_PATH, (context) => {
    context.header('access-control-allow-methods', 'POST')
    context.header('access-control-allow-headers', 'content-type')
    context.header('access-control-max-age', '86400')
    return context.body(null, 204)
  })

  app.post(HAND_OVER_PATH, limitBody(MAX_REQUEST_BYTES), async (context) => {
    const { site, token, conversation, reach } = readRequest(await context.req.text())
    const visitor = await admit({ site, token, device: '' }, peerOf(context))
    if (visitor.role !== 'visitor' || visitor.newToken !== undefined) {
      throw new HomingError('unauthorized', 'Say hello first: nobody has this token.')
    }
    limits.handOver.demand(`${site} ${visitor.id}`)
    const invitation = invitationsOf(connectorsOf(site)).find(({ type }) => type === reach)
    if (!invitation) throw new HomingError('not_found', 'The site offers no such way.')
    return context.json(await invite(invitation, { site, conversation, visitor: visitor.id }))
  })

  const invite = async (
    { binds, link }: Invitation,
    of: Parameters<HandOvers['issue']>[0],
  ): Promise<HandOverResponse> => {
    const tag = tagOf(of.conversation)
    if (!binds) return { url: link({ code: '', tag }), code: `#${tag}` }
    const issued = await handOvers.issue(of)
    return { url: link({ code: issued.code, tag }), ...issued }
  }

  return app
}

function readRequest(
  text: string,
): Readonly<Record<'site' | 'token' | 'conversation' | 'reach', string>> {
  const fields = readObject(text)
  const read = (name: string): string => {
    const value = fields[name]
    if (typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH) return value
    throw new HomingError('bad_request', `"${name}" must be 1 to ${MAX_ID_LENGTH} characters.`)
  }
  const conversation = read('conversation')
  if (!isUuid(conversation)) {
    throw new HomingError('bad_request', '"conversation" must be a lower-case UUID.')
  }
  return { site: read('site'), token: read('token'), conversation, reach: read('reach') }
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
