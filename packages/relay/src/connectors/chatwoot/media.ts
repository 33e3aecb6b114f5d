import type { ConnectorIo, Media } from '../connector.ts'
import { download } from '../download.ts'
import type { ChatwootSettings } from './types.ts'

/** Files have addresses that nobody can guess, so no credentials are shown to whoever keeps them. */
export function media(
  reference: string,
  _settings: ChatwootSettings,
  io: ConnectorIo,
): Promise<Media> {
  return download(reference, { farSide: 'Chatwoot' }, io)
}
