import type { Clock, ResumeResponse } from '@homing/core'
import { HomingError } from '@homing/core'
import { Hono } from 'hono'
import type { Bus } from '../bus/bus.ts'
import type { MailLinks } from '../conversation/mail-links.ts'
import type { Limits } from '../limits/limits.ts'
import type { Store } from '../store/store.ts'
import type { VisitorRequestsOptions } from './visitor-request.ts'
import { postByVisitor } from './visitor-request.ts'

/**
 * A link from a mail was followed: its conversation goes on in this browser, too.
 *
 *   POST /v1/resume {"site","token","code"}  →  {"conversation"}
 *
 * Who this browser is and what else it has stays as it was; the conversation comes to it, and stays
 * with those who had it. It may be asked again, with the same answer.
 */
export interface ResumeOptions extends VisitorRequestsOptions {
  readonly store: Pick<Store, 'admitGuest'>
  readonly mailLinks: Pick<MailLinks, 'readResume'>
  readonly bus: Pick<Bus, 'publish'>
  readonly clock: Pick<Clock, 'now'>
  readonly limits: Pick<Limits, 'mailLink'>
}

export function resumeRoutes(options: ResumeOptions): Hono {
  const { store, mailLinks, bus, clock, limits, peerOf } = options
  const app = new Hono()

  postByVisitor(app, '/v1/resume', options, async ({ visitor, text }, context) => {
    limits.mailLink.demand(peerOf(context).ip)
    const site = visitor.site.key
    const conversation = mailLinks.readResume(text('code'), { site })
    if (
      conversation === undefined ||
      !(await store.admitGuest(conversation, site, visitor.id, clock.now()))
    ) {
      throw new HomingError('not_found', 'This link has ended, or never was one.')
    }
    // The visitor's links hear of it, and say so to the page.
    const hint = { kind: 'changed', site, visitor: visitor.id, conversation } as const
    bus.publish([`visitor:${visitor.id}`], hint)
    return context.json({ conversation } satisfies ResumeResponse)
  })

  return app
}
