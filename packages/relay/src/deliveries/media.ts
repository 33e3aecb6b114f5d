import type { Body } from '@homing/core'
import { HomingError } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { ConnectorIo, Fact } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../log.ts'

/** Gone, refused, or too large for us. */
function isFinal(cause: unknown): boolean {
  if (cause instanceof HomingError) return !cause.retryable
  return cause instanceof SendError && cause.failure !== 'retry' && cause.failure !== 'unknown'
}

/** What came along with a message, as bodies of their own: fetched, kept, and told by a link. */
export async function fetchMedia(
  media: NonNullable<Extract<Fact, { readonly kind: 'message' }>['media']>,
  connector: ConfiguredConnector,
  io: ConnectorIo,
  tools: { readonly files: Pick<Files, 'keep'>; readonly publicUrl: string; readonly log: Log },
): Promise<readonly Body[]> {
  const bodies: Body[] = []
  for (const { reference, name, type } of media) {
    const called = name ?? 'file'
    try {
      const got = await connector.media(reference, io)
      const kept = await tools.files.keep({
        bytes: got.bytes,
        type: type ?? got.type,
        name: name ?? got.name ?? 'file',
      })
      const url = `${tools.publicUrl}/v1/files/${kept.id}/${encodeURIComponent(kept.name)}`
      bodies.push({
        type: 'file',
        name: kept.name,
        mediaType: kept.type,
        size: kept.size,
        url,
        fallback: `${kept.name}: ${url}`,
      })
    } catch (cause) {
      // What can be had later is asked for again with the whole message; what cannot is named.
      if (isFinal(cause)) {
        tools.log.info('media-gone', { connector: connector.id, cause })
        bodies.push({ type: 'file', name: called, fallback: `${called} (could not be fetched)` })
        continue
      }
      throw cause
    }
  }
  return bodies
}
