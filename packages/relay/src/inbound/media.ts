import type { Body } from '@homing/core'
import { HomingError } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { ConnectorIo, Fact } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../log.ts'
import { createLane } from '../deliveries/lane.ts'
import type { Within } from './within.ts'

/**
 * What came along with a message, as bodies of their own: fetched at receipt, kept, and told by a
 * link. What can be had later is asked for again with the whole message; what cannot is named, with
 * the reason.
 */
export interface MediaIntake {
  /** Rejects when one of them cannot be had now. */
  take(connector: ConfiguredConnector, media: MessageMedia): Promise<readonly Body[]>
}

export type MessageMedia = NonNullable<Extract<Fact, { readonly kind: 'message' }>['media']>

export interface MediaIntakeOptions {
  readonly files: Pick<Files, 'keep'>
  /** The relay's own address, for links to what was kept. */
  readonly publicUrl: string
  readonly within: Within
  readonly log: Pick<Log, 'info'>
}

/** For what came along with a message, all of it, ms. */
export const MEDIA_TIMEOUT_MS = 30_000
/** Messages whose files are fetched at the same time: each holds one file in memory, a few times. */
export const MAX_INTAKES = 3

export function createMediaIntake(options: MediaIntakeOptions): MediaIntake {
  const { files, publicUrl, within, log } = options
  const lane = createLane(MAX_INTAKES)

  const takeOne = async (
    connector: ConfiguredConnector,
    { reference, name, type }: MessageMedia[number],
    io: ConnectorIo,
  ): Promise<Body> => {
    try {
      const got = await connector.media(reference, io)
      const kept = await files.keep({
        bytes: got.bytes,
        type: type ?? got.type,
        name: name ?? got.name ?? 'file',
      })
      const url = `${publicUrl}/v1/files/${kept.id}/${encodeURIComponent(kept.name)}`
      return {
        type: 'file',
        name: kept.name,
        mediaType: kept.type,
        size: kept.size,
        url,
        fallback: `${kept.name}: ${url}`,
      }
    } catch (cause) {
      if (!isFinal(cause)) throw cause
      log.info('media-gone', { connector: connector.id, cause })
      const called = name ?? 'file'
      const why = isTooLarge(cause) ? 'too large to be taken along' : 'could not be fetched'
      return { type: 'file', name: called, fallback: `${called} (${why})` }
    }
  }

  return {
    async take(connector, media) {
      if (media.length === 0) return []
      await lane.enter()
      try {
        return await within(MEDIA_TIMEOUT_MS, async (io) => {
          const bodies: Body[] = []
          for (const each of media) bodies.push(await takeOne(connector, each, io))
          return bodies
        })
      } finally {
        lane.leave()
      }
    },
  }
}

/** Gone, refused, or too large for us. */
function isFinal(cause: unknown): boolean {
  if (cause instanceof HomingError) return !cause.retryable
  return cause instanceof SendError && cause.failure !== 'retry' && cause.failure !== 'unknown'
}

function isTooLarge(cause: unknown): boolean {
  if (cause instanceof HomingError) return cause.code === 'too_large'
  return cause instanceof SendError && cause.failure === 'too-large'
}
