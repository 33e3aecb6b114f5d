import type { ConnectorIo, Media } from '../connector.ts'
import { download } from '../download.ts'
import { authorization } from './api.ts'
import type { ZendeskMessagingSettings } from './types.ts'

/** Where files are private Zendesk wants the key, which nobody else is shown. */
export function media(
  reference: string,
  settings: ZendeskMessagingSettings,
  io: ConnectorIo,
): Promise<Media> {
  const { origin } = new URL(settings.base)
  const credentials = { origin, headers: authorization(settings) }
  return download(reference, { farSide: 'Zendesk', credentials }, io)
}
