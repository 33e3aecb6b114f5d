import type { ConnectorIo, Finding } from '../connector.ts'
import { recordAt } from '../json-fields.ts'
import { inspect } from '../inspection.ts'
import { createApi } from './tickets.ts'
import type { ZendeskSupportSettings } from './types.ts'

/** Asks Zendesk itself, in the order in which things are set up. */
export async function doctor(
  settings: ZendeskSupportSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const api = createApi(settings, io)
  const { findings, check } = inspect()

  const reached = await check(async () => {
    const role: unknown = recordAt(await api.call('GET', '/api/v2/users/me'), 'user')?.['role']
    // With a wrong token Zendesk answers this one question as to a stranger.
    if (role !== 'agent' && role !== 'admin') throw new Error('Zendesk takes us for a stranger')
    return `Zendesk takes the token, of somebody with the role "${role}".`
  }, 'Check url, email and token: the token is made at Admin Center, Apps and integrations, Zendesk API.')
  if (!reached) return findings

  await check(async () => {
    await api.call('GET', '/api/v2/tickets?external_id=none')
    return 'Tickets can be read.'
  }, "Let the token's user see all tickets.")

  await check(async () => {
    await api.call('GET', `/api/v2/incremental/tickets/cursor?start_time=${startOf(io.now)}`)
    return 'Changes can be read, so nothing is lost with a webhook.'
  }, "Make the token's user an administrator: only those may read what changed when a webhook got lost.")

  findings.push({
    level: 'ok',
    message:
      'Webhooks are checked with the signing secret given here; the webhook is subscribed to "Ticket comment created", "Ticket status changed" and "Attachment linked to comment".',
  })
  return findings
}

function startOf(now: number): number {
  return Math.floor(now / 1000) - 120
}
