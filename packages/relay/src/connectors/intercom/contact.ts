import type { Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { JsonApi } from '../json-api.ts'
import { refusalOf } from '../json-api.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { visitorName } from '../ticket-text.ts'
import type { IntercomSettings } from './types.ts'

/** In the sentence of a conflict stands whom it is with. */
const CONTACT_ID = /\bid=([0-9a-f]{24})\b/

/** The visitor as a contact, made on first sight and known again by the visitor's id. */
export async function contactOf(
  outbound: Outbound,
  settings: IntercomSettings,
  api: JsonApi,
): Promise<string> {
  const { visitor } = outbound
  const known = await findContact(visitor.id, api)
  if (known !== undefined) return known
  const email = settings.visitorEmail ? visitor.email : undefined
  const contact = { role: 'user', external_id: visitor.id, name: visitorName(outbound) }
  try {
    return idOf(await api.call('POST', '/contacts', { body: { ...contact, email } }))
  } catch (error) {
    if (refusalOf(error)?.status !== 409) throw error
    return withoutConflict(contact, error, api)
  }
}

/** Undefined: there is none of that id. */
export async function findContact(externalId: string, api: JsonApi): Promise<string | undefined> {
  try {
    const path = `/contacts/find_by_external_id/${encodeURIComponent(externalId)}`
    return idOf(await api.call('GET', path))
  } catch (error) {
    if (refusalOf(error)?.status === 404) return undefined
    throw error
  }
}

/**
 * Two tries at once made the contact, or somebody archived it, or the address is another
 * contact's: then this one does without, for that one may be anybody.
 */
async function withoutConflict(contact: object, error: unknown, api: JsonApi): Promise<string> {
  const sentences = recordsOf(recordAt(refusalOf(error)?.json)?.['errors'])
    .map(({ message }) => textOf(message))
    .join(' ')
  const other = CONTACT_ID.exec(sentences)?.[1]
  if (other !== undefined && /\barchived\b/i.test(sentences)) {
    await api.call('POST', `/contacts/${other}/unarchive`)
    return other
  }
  return idOf(await api.call('POST', '/contacts', { body: contact }))
}

function idOf(contact: unknown): string {
  const id = textOf(recordAt(contact)?.['id'])
  if (id === undefined) throw new SendError('retry', 'Intercom named no contact')
  return id
}
