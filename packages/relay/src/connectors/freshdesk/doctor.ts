import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { recordAt, textOf } from '../json-fields.ts'
import { createApi } from './tickets.ts'
import type { FreshdeskSettings } from './types.ts'

/** Asks Freshdesk itself, in the order in which things are set up. */
export async function doctor(
  settings: FreshdeskSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const api = createApi(settings, io)
  const { findings, check } = inspect()

  const reached = await check(async () => {
    const me = await api.call('GET', '/agents/me')
    const name = textOf(recordAt(me, 'contact')?.['name'])
    if (name === undefined) throw new Error('Freshdesk names no agent')
    return `Freshdesk takes the API key, of the agent "${name}".`
  }, 'Check url and apiKey: the key stands in Profile settings, at the right, under View API key.')
  if (!reached) return findings

  await check(async () => {
    await api.call('GET', '/tickets?per_page=1')
    return 'Tickets can be read, so what agents answer is heard.'
  }, 'Give the agent of the key access to all tickets (scope: global).')

  await check(async () => {
    await api.call('GET', '/contacts?unique_external_id=none')
    return 'Contacts can be read, so no ticket is opened twice.'
  }, 'Give the agent of the key a role that sees contacts.')
  return findings
}
