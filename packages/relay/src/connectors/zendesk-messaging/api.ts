import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { JsonApi, Refusal } from '../json-api.ts'
import { createJsonApi } from '../json-api.ts'
import type { ZendeskMessagingSettings } from './types.ts'

/** The API below the app. */
export function createApi(settings: ZendeskMessagingSettings, io: ConnectorIo): JsonApi {
  return createJsonApi(
    {
      base: `${settings.base}/v2/apps/${encodeURIComponent(settings.app)}`,
      farSide: 'Zendesk',
      headers: authorization(settings),
      refusal,
    },
    io,
  )
}

export function authorization({
  keyId,
  secret,
}: ZendeskMessagingSettings): Readonly<Record<'authorization', string>> {
  return { authorization: `Basic ${Buffer.from(`${keyId}:${secret}`).toString('base64')}` }
}

/** A conversation that is gone, at odds with its user, or full: it takes 30 000 messages. */
const CLOSED: ReadonlySet<number> = new Set([404, 409, 423])

function refusal({ method, path, status }: Refusal): SendError | undefined {
  const speaks = path.endsWith('/messages') || path.endsWith('/activity')
  if (method !== 'POST' || !speaks || !CLOSED.has(status)) return undefined
  return new SendError('thread-gone', `the conversation takes no more (Zendesk answered ${status})`)
}
