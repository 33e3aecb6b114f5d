import type { Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { JsonApi } from '../json-api.ts'
import { recordAt, recordsOf } from '../json-fields.ts'
import { visitorName } from '../ticket-text.ts'
import type { ZendeskSupportSettings } from './types.ts'

/**
 * The visitor as a Zendesk end user, made on first sight and known again by the visitor's id.
 * Zendesk looks an e-mail address up among all its users: one that is an agent's must not go
 * there, or the visitor would speak as that agent.
 */
export async function requesterOf(
  outbound: Outbound,
  settings: ZendeskSupportSettings,
  api: JsonApi,
): Promise<number> {
  const email = settings.visitorEmail ? outbound.visitor.email : undefined
  if (email !== undefined && !(await isOfStaff(email, api))) {
    try {
      return await createOrUpdate(outbound, { email }, api)
    } catch (error) {
      // The address is taken, or none: the visitor goes without it.
      if (!(error instanceof SendError) || error.failure !== 'bad-content') throw error
    }
  }
  return createOrUpdate(outbound, {}, api)
}

async function createOrUpdate(
  outbound: Outbound,
  address: { readonly email?: string },
  api: JsonApi,
): Promise<number> {
  const answer = await api.call('POST', '/api/v2/users/create_or_update', {
    body: {
      user: {
        external_id: outbound.visitor.id,
        name: visitorName(outbound),
        skip_verify_email: true,
        ...address,
      },
    },
  })
  const id = recordAt(answer, 'user')?.['id']
  if (typeof id !== 'number') throw new SendError('retry', 'Zendesk named no user')
  return id
}

async function isOfStaff(email: string, api: JsonApi): Promise<boolean> {
  const query = new URLSearchParams({ query: `email:"${email.replace(/["\\]/g, '')}"` })
  const answer = await api.call('GET', `/api/v2/users/search?${query.toString()}`)
  return recordsOf(recordAt(answer)?.['users']).some(({ role }) => role !== 'end-user')
}
