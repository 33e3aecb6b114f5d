import type { ConnectorIo, Media } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
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
  let response: Response
  let bytes: Uint8Array
  try {
    response = await io.fetch(address, {
      headers: { authorization: `Bearer ${settings.token}` },
      signal: io.signal,
    })
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    throw lineFailure(error, 'Slack')
  }
  const { status } = response
  const given = response.headers.get('content-type') ?? 'application/octet-stream'
  const type = typeof fields['mimetype'] === 'string' ? fields['mimetype'] : given
  // Without the right to read files Slack shows its sign-in page, as a redirect or as it is.
  const page = given.startsWith('text/html') && !type.startsWith('text/')
  if (page || (status >= 300 && status < 400)) {
    throw new SendError(
      'needs-reauth',
      'Slack shows a sign-in page in place of a file (files:read)',
    )
  }
  if (status === 404) throw new SendError('bad-content', 'the file was deleted in Slack')
  if (!response.ok) throw answerFailure(response, 'Slack', io.now)
  const name = fields['name']
  return { bytes, type, ...(typeof name === 'string' ? { name } : {}) }
}

/** The token goes to Slack's own hosts and nowhere else. */
function isSlacks(address: string, settings: SlackSettings): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  const api = new URL(settings.api)
  if (url.protocol !== api.protocol) return false
  return url.host === api.host || url.host.endsWith(`.${api.host}`)
}
