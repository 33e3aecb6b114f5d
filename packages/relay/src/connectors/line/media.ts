import type { ConnectorIo, Media } from '../connector.ts'
import { SendError } from '../connector.ts'
import { download } from '../download.ts'
import { fileFailure } from '../http-failures.ts'
import { FAR_SIDE } from './failures.ts'
import { callLine } from './rest.ts'
import type { LineSettings } from './types.ts'

const MESSAGE_ID = /^\d{1,30}$/
/** A big video is not there at once, ms. */
const PREPARING_MS = 5_000
const PREPARING = 202
const EXPIRED = new Set([404, 410])

/** By the message's id from LINE; by its address from a mini app's own server, without our token. */
export async function media(
  reference: string,
  settings: LineSettings,
  io: ConnectorIo,
): Promise<Media> {
  if (!MESSAGE_ID.test(reference)) {
    return download(reference, { farSide: 'the server of the mini app' }, io)
  }
  const path = `/v2/bot/message/${reference}/content`
  const { status, bytes, type } = await callLine(
    { path, host: 'data', accept: (each) => EXPIRED.has(each) },
    settings,
    io,
  ).catch((error: unknown) => {
    throw fileFailure(error, FAR_SIDE)
  })
  if (status === PREPARING) {
    throw new SendError('retry', `${FAR_SIDE} still prepares the file`, {
      retryAfter: PREPARING_MS,
    })
  }
  if (EXPIRED.has(status)) throw new SendError('bad-content', `${FAR_SIDE} no longer has the file`)
  return { bytes, type: type === '' ? 'application/octet-stream' : type }
}
