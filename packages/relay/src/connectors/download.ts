import { MAX_FILE_BYTES } from '../files/files.ts'
import type { ConnectorIo, Media } from './connector.ts'
import { SendError } from './connector.ts'
import { answerFailure, fileFailure } from './http-failures.ts'
import { USER_AGENT } from './user-agent.ts'

/** A far side's own address, then its storage, and one more. */
const MAX_HOPS = 3

export interface DownloadOptions {
  readonly farSide: string
  /** Sent to addresses that begin with `origin` alone: storage elsewhere gets no credentials. */
  readonly credentials?: {
    readonly origin: string
    readonly headers: Readonly<Record<string, string>>
  }
}

/** The bytes behind a link of a far side. Redirects are followed, each hop checked like the first. */
export async function download(
  url: string,
  options: DownloadOptions,
  io: ConnectorIo,
): Promise<Media> {
  const { farSide, credentials } = options
  let at = url
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    if (!URL.canParse(at)) throw new SendError('bad-content', `${farSide} names no file to fetch`)
    const ours = credentials && new URL(at).origin === credentials.origin
    let response: Response
    let bytes: ArrayBuffer
    try {
      // oxlint-disable-next-line no-await-in-loop -- each hop is named by the one before
      response = await io.fetch(at, {
        headers: { 'user-agent': USER_AGENT, ...(ours ? credentials.headers : {}) },
        signal: io.signal,
        maxBytes: MAX_FILE_BYTES,
      })
      // oxlint-disable-next-line no-await-in-loop
      bytes = await response.arrayBuffer()
    } catch (error) {
      throw fileFailure(error, farSide)
    }
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null) {
      at = URL.canParse(location, at) ? new URL(location, at).href : ''
      continue
    }
    if (response.status === 404 || response.status === 410 || (response.status === 403 && !ours)) {
      throw new SendError('bad-content', `the file is not at ${farSide} any more`)
    }
    if (!response.ok) throw answerFailure(response, farSide, io.now)
    const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim()
    return { bytes: new Uint8Array(bytes), type: type || 'application/octet-stream' }
  }
  throw new SendError('bad-content', `${farSide} sends from one address to the next for a file`)
}
