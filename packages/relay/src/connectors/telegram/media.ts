import type { ConnectorIo, Media } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
import { isRecord } from '../settings.ts'
import { createBotApi } from './api.ts'
import type { TelegramSettings } from './types.ts'

/** A file by its id; Telegram gives bots no file over 20 MB. */
export async function media(
  reference: string,
  settings: TelegramSettings,
  io: ConnectorIo,
): Promise<Media> {
  const file = await createBotApi(settings, io).call('getFile', { file_id: reference })
  const path = isRecord(file) ? file['file_path'] : undefined
  if (typeof path !== 'string' || !/^[\w-]+(?:[./][\w-]+)*$/.test(path)) {
    throw new SendError('bad-content', 'Telegram has no copy of this file')
  }
  let response: Response
  let bytes: Uint8Array
  try {
    response = await io.fetch(`${settings.api}/file/bot${settings.token}/${path}`, {
      signal: io.signal,
    })
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    throw lineFailure(error, 'Telegram')
  }
  if (response.status === 404) throw new SendError('bad-content', 'the file is gone at Telegram')
  if (!response.ok) throw answerFailure(response, 'Telegram', io.now)
  const type = response.headers.get('content-type') ?? 'application/octet-stream'
  return { bytes, type, name: path.slice(path.lastIndexOf('/') + 1) }
}
