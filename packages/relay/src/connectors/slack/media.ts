import type { ConnectorIo, Media } from '../connector.ts'
import { SendError } from '../connector.ts'
import { download } from '../download.ts'
import { isRecord } from '../settings.ts'
import { createSlackApi } from './api.ts'
import type { SlackSettings } from './types.ts'

/** A shared file by its id: its address is asked for, and wants the token. */
export async function media(
  reference: string,
  settings: SlackSettings,
  io: ConnectorIo,
): Promise<Media> {
  const { file } = await createSlackApi(settings, io).read('files.info', { file: reference })
  const fields = isRecord(file) ? file : {}
  const address = fields['url_private_download'] ?? fields['url_private']
  if (typeof address !== 'string' || !isSlacks(address, settings)) {
    throw new SendError('bad-content', 'Slack has no copy of this file')
  }
  const got = await download(
    address,
    {
      farSide: 'Slack',
      credentials: {
        origin: new URL(address).origin,
        headers: { authorization: `Bearer ${settings.token}` },
      },
    },
    io,
  )
  const type = typeof fields['mimetype'] === 'string' ? fields['mimetype'] : got.type
  // Without the right to read files Slack shows its sign-in page.
  if (got.type === 'text/html' && !type.startsWith('text/')) {
    throw new SendError(
      'needs-reauth',
      'Slack shows a sign-in page in place of a file (files:read)',
    )
  }
  const name = fields['name']
  return { bytes: got.bytes, type, ...(typeof name === 'string' ? { name } : {}) }
}

/** The token goes to Slack's own hosts and nowhere else. */
function isSlacks(address: string, settings: SlackSettings): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  const api = new URL(settings.api)
  if (url.protocol !== api.protocol) return false
  return url.host === api.host || url.host.endsWith(`.${api.host}`)
}
