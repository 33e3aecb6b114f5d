import type { HandOverResponse } from '@homing/core'
import { HomingError } from '@homing/core'
import { Hono } from 'hono'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { LinkInvite } from '../connectors/connector.ts'
import { invitationsOf } from '../connectors/invites.ts'
import type { HandOvers } from '../conversation/hand-over.ts'
import { tagOf } from '../conversation/tag.ts'
import type { Limits } from '../limits/limits.ts'
import type { VisitorRequestsOptions } from './visitor-request.ts'
import { postByVisitor } from './visitor-request.ts'

/**
 * Takes a visitor's conversation along to a messenger.
 *
 *   POST /v1/hand-over {"site","token","conversation","reach"}  →  {"url","code","expires"?}
 *
 * Whose the conversation is, or whether there is one, is not looked at: the code is good only for a
 * conversation that is this visitor's when it comes back. So the answer is the same for yours, for
 * somebody else's and for none, and a visitor may take along what he has not begun yet.
 */
export interface HandOverOptions extends VisitorRequestsOptions {
  readonly handOvers: Pick<HandOvers, 'issue'>
  /** The connectors of a site. */
  readonly connectorsOf: (site: string) => readonly ConfiguredConnector[]
  readonly limits: Pick<Limits, 'handOver'>
}

export const HAND_OVER_PATH = '/v1/hand-over'

export function handOverRoutes(options: HandOverOptions): Hono {
  const { handOvers, connectorsOf, limits } = options
  const app = new Hono()

  postByVisitor(app, HAND_OVER_PATH, options, async ({ visitor, text, uuid }, context) => {
    const site = visitor.site.key
    const [conversation, reach] = [uuid('conversation'), text('reach')]
    limits.handOver.demand(`${site} ${visitor.id}`)
    const invitation = invitationsOf(connectorsOf(site)).find(({ type }) => type === reach)
    if (!invitation || invitation.asks)
      throw new HomingError('not_found', 'The site offers no such way.')
    return context.json(await invite(invitation, { site, conversation, visitor: visitor.id }))
  })

  const invite = async (
    { binds, link }: LinkInvite,
    of: Parameters<HandOvers['issue']>[0],
  ): Promise<HandOverResponse> => {
    const tag = tagOf(of.conversation)
    if (!binds) return { url: link({ code: '', tag }), code: `#${tag}` }
    const issued = await handOvers.issue(of)
    return { url: link({ code: issued.code, tag }), ...issued }
  }

  return app
}
