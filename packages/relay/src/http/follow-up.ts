import { HomingError } from '@homing/core'
import { Hono } from 'hono'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import { invitationsOf } from '../connectors/invites.ts'
import { splitAddress } from '../connectors/mail-settings.ts'
import type { FollowUps } from '../conversation/follow-up.ts'
import type { Limits } from '../limits/limits.ts'
import type { VisitorRequestsOptions } from './visitor-request.ts'
import { postByVisitor } from './visitor-request.ts'

/**
 * An address for answers that the visitor does not see on the page.
 *
 *   POST /v1/follow-up {"site","token","conversation","address"}  →  204
 */
export interface FollowUpOptions extends VisitorRequestsOptions {
  readonly followUps: FollowUps
  /** The connectors of a site. */
  readonly connectorsOf: (site: string) => readonly ConfiguredConnector[]
  readonly limits: Pick<Limits, 'followUp'>
}

const MAX_ADDRESS_LENGTH = 254

export function followUpRoutes(options: FollowUpOptions): Hono {
  const { followUps, connectorsOf, limits } = options
  const app = new Hono()

  postByVisitor(app, '/v1/follow-up', options, async ({ visitor, text, uuid }, context) => {
    const site = visitor.site.key
    const conversation = uuid('conversation')
    const address = splitAddress(text('address', MAX_ADDRESS_LENGTH))?.join('@')
    if (address === undefined) {
      const message = '"address" must be an e-mail address, such as anna@example.com.'
      throw new HomingError('bad_request', message)
    }
    limits.followUp.demand(`${site} ${visitor.id}`)
    const way = invitationsOf(connectorsOf(site)).find(({ asks }) => asks === 'email')
    if (!way) throw new HomingError('not_found', 'The site sends no mails to visitors.')
    const { connector, app: name } = way
    const of = { site, conversation, visitor: visitor.id }
    if (!(await followUps.leave(of, { connector, app: name, address }))) {
      throw new HomingError('not_found', 'There is no such conversation.')
    }
    return context.body(null, 204)
  })

  return app
}
