import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { createApi } from './api.ts'
import type { ZendeskMessagingSettings } from './types.ts'

/** What the webhook must be told of; without the others something is only missing. */
const NEEDED = ['conversation:message', 'switchboard:releaseControl']
const WANTED = [
  'conversation:typing',
  'conversation:read',
  'conversation:message:delivery:failure',
  'user:merge',
]

/** Asks Zendesk itself, in the order in which things are set up. */
export async function doctor(
  settings: ZendeskMessagingSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const api = createApi(settings, io)
  const { findings, check } = inspect()

  const reached = await check(async () => {
    const app = recordAt(await api.call('GET', ''), 'app')
    if (recordAt(app, 'settings')?.['multiConvoEnabled'] === false) {
      const message = 'Turn on multiple conversations: each conversation here is one there.'
      findings.push({ level: 'problem', message })
    }
    return `The key opens the app "${textOf(app?.['displayName']) ?? settings.app}".`
  }, "Check url, app, keyId and secret: the key must be the app's own.")
  if (!reached) return findings

  if (settings.integration === '') {
    const message = "The webhook is not looked at: give the integration's id to have it checked."
    return [...findings, { level: 'ok', message }]
  }
  await check(async () => {
    const path = `/integrations/${encodeURIComponent(settings.integration)}/webhooks`
    const webhooks = recordsOf(recordAt(await api.call('GET', path))?.['webhooks'])
    const ours = webhooks.find(({ target }) => textOf(target)?.includes('/v1/hooks/') === true)
    if (!ours) throw new Error('none of its webhooks leads to /v1/hooks/')
    if (lacks(ours['triggers'], NEEDED) !== '') {
      throw new Error(`it is not told of ${lacks(ours['triggers'], NEEDED)}`)
    }
    const less = lacks(ours['triggers'], WANTED)
    return `The webhook is there${less === '' ? '' : `; it is not told of ${less}`}.`
  }, "Set the integration's webhook to /v1/hooks/ and the connector's id, and tell it of everything.")
  return findings
}

function lacks(triggers: unknown, names: readonly string[]): string {
  const told: readonly unknown[] = Array.isArray(triggers) ? triggers : []
  return told.includes('*') ? '' : names.filter((name) => !told.includes(name)).join(', ')
}
