import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { recordAt, textOf } from '../json-fields.ts'
import { createApi } from './api.ts'
import type { IntercomSettings } from './types.ts'

/** Where each of Intercom's regions answers, by its name for it. */
const REGIONS: Readonly<Record<string, string>> = {
  US: 'https://api.intercom.io',
  EU: 'https://api.eu.intercom.io',
  AU: 'https://api.au.intercom.io',
}

/** Asks Intercom itself, in the order in which things are set up. */
export async function doctor(
  settings: IntercomSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const api = createApi(settings, io)
  const { findings, check } = inspect()
  let region: string | undefined

  const reached = await check(async () => {
    const me = await api.call('GET', '/me')
    const app = recordAt(me, 'app')
    region = textOf(app?.['region'])
    if (textOf(recordAt(me)?.['id']) === undefined) throw new Error('Intercom names no admin')
    return `Intercom takes the token, for the workspace "${textOf(app?.['name']) ?? 'of no name'}".`
  }, 'Check url and token: the token stands in the Developer Hub, your app, Configure, Authentication.')
  if (!reached) return findings

  const home = region === undefined ? undefined : REGIONS[region]
  const intercom = Object.values(REGIONS).includes(settings.base)
  if (home !== undefined && intercom && home !== settings.base) {
    findings.push({
      level: 'problem',
      message: `The workspace lives in another region: set url to ${home}.`,
    })
  }

  await check(async () => {
    await api.call('GET', '/conversations?per_page=1')
    return 'Conversations can be read, so nothing is lost with a webhook.'
  }, 'Give the app the rights to read and write users and conversations.')

  findings.push({
    level: 'ok',
    message:
      "Webhooks are checked with the app's client secret given here; subscribe to conversation.admin.replied, conversation.operator.replied, conversation.admin.closed and conversation.admin.opened.",
  })
  return findings
}
