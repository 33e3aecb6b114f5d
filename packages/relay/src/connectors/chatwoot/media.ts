import type { ConnectorIo, Media } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
import type { ChatwootSettings } from './types.ts'

/** Chatwoot sends on to where files are kept. */
const MAX_REDIRECTS = 3

/** Files have addresses that nobody can guess, so no credentials are shown to whoever keeps them. */
export async function media(
  reference: string,
  _settings: ChatwootSettings,
  io: ConnectorIo,
): Promise<Media> {
  let address = reference
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    let response: Response
    let bytes: Uint8Array
    try {
      response = await io.fetch(address, { signal: io.signal })
      bytes = new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      throw lineFailure(error, "Chatwoot's file store")
    }
    const { status, headers, ok } = response
    const next =
      status >= 300 && status < 400 ? URL.parse(headers.get('location') ?? '', address) : null
    if (next) {
      address = next.href
      continue
    }
    if (status === 404 || status === 403) {
      throw new SendError('bad-content', `the file is gone (its store answered ${status})`)
    }
    if (!ok) throw answerFailure(response, "Chatwoot's file store", io.now)
    return { bytes, type: headers.get('content-type') ?? 'application/octet-stream' }
  }
  throw new SendError('bad-content', 'the file is sent on in circles')
}
