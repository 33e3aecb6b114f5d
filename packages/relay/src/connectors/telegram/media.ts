import type { ConnectorIo, Media } from '../connector.ts'
import { SendError } from '../connector.ts'
import { download } from '../download.ts'
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
  const address = `${settings.api}/file/bot${settings.token}/${path}`
  const got = await download(address, { farSide: 'Telegram' }, io)
  return { ...got, name: path.slice(path.lastIndexOf('/') + 1) }
}
