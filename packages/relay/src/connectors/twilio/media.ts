import type { ConnectorIo, Media } from '../connector.ts'
import { download } from '../download.ts'
import { credentials } from './rest.ts'
import type { TwilioSettings } from './types.ts'

/** Twilio's address of a file wants the account's credentials, and sends on to storage that must not get them. */
export function media(
  reference: string,
  settings: TwilioSettings,
  io: ConnectorIo,
): Promise<Media> {
  const { origin } = new URL(settings.base)
  const headers = credentials(settings)
  return download(reference, { farSide: 'Twilio', credentials: { origin, headers } }, io)
}
