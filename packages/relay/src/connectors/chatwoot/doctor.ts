import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { textOf } from '../json-fields.ts'
import type { Api } from './api.ts'
import { createApi } from './api.ts'
import type { ChatwootSettings, Row } from './types.ts'

/** Asks Chatwoot itself, in the order in which things are set up. */
export async function doctor(
  settings: ChatwootSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const api = createApi(settings, io)
  const { findings, check } = inspect()
  const reached = await check(async () => {
    const inbox = await api.account('GET', `/inboxes/${settings.inbox}`)
    findings.push(...inboxFindings(inbox, settings))
    return `The token sees the inbox "${textOf(inbox['name']) ?? settings.inbox}".`
  }, "Check url, account, inbox and token: the token is at Chatwoot under Profile Settings → Access Token, and its user must be an administrator or the inbox's collaborator.")
  if (!reached) return findings

  await check(async () => {
    await api.inbox('GET', '')
    return 'The inbox identifier is right.'
  }, "Copy the inbox identifier from the inbox's page Configuration.")

  await check(() => readable(settings, api), 'Let the token read the conversations of the inbox.')

  findings.push({
    level: 'ok',
    message:
      settings.webhookSecrets.length > 0
        ? 'Webhooks must be signed with the secret given here.'
        : 'Webhooks are known by the token in their address: keep it out of sight.',
  })
  return findings
}

async function readable(settings: ChatwootSettings, api: Api): Promise<string> {
  await api.account('GET', `/conversations?inbox_id=${settings.inbox}&status=all&page=1`)
  return 'Conversations can be read, so nothing is lost with a webhook.'
}

/** Administrators see more of an inbox than agents do: what is not told is not judged. */
function inboxFindings(inbox: Row, settings: ChatwootSettings): readonly Finding[] {
  const problems: string[] = []
  const type = textOf(inbox['channel_type'])
  if (type !== undefined && type !== 'Channel::Api') {
    problems.push('This is no API inbox: make one under Settings → Inboxes → Add Inbox → API.')
  }
  const identifier = textOf(inbox['inbox_identifier'])
  if (identifier !== undefined && identifier !== settings.inboxIdentifier) {
    problems.push('The inbox identifier belongs to another inbox.')
  }
  const address = inbox['webhook_url']
  if (address === '' || address === null) {
    problems.push("Set the webhook's address at the inbox, under Settings.")
  } else if (typeof address === 'string' && !address.includes('/v1/hooks/')) {
    problems.push(
      'The webhook of the inbox leads elsewhere: its path must be /v1/hooks/ and the id.',
    )
  }
  if (inbox['hmac_mandatory'] === true && settings.identityKey === '') {
    problems.push('The inbox wants signed identities: give its HMAC token as identityKey.')
  }
  return problems.map((message) => ({ level: 'problem', message }))
}
