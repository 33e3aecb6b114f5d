import type { ConnectorIo, Media } from '../connector.ts'
import { SendError } from '../connector.ts'
import { download } from '../download.ts'
import { recordAt, textOf } from '../json-fields.ts'
import { callGraph, credentials } from './graph.ts'
import type { WhatsAppSettings } from './types.ts'

/** Where Meta keeps files. The token goes nowhere else, whatever an answer says. */
const HOSTS = ['.fbsbx.com', '.facebook.com', '.whatsapp.net', '.fbcdn.net']

/** An id becomes an address for five minutes, and that wants the token, too. */
export async function media(
  reference: string,
  settings: WhatsAppSettings,
  io: ConnectorIo,
): Promise<Media> {
  const query = `phone_number_id=${encodeURIComponent(settings.phoneNumberId)}`
  const about = recordAt(await callGraph(settings, io, `${encodeURIComponent(reference)}?${query}`))
  const url = textOf(about?.['url'])
  if (url === undefined || !isMetas(url, settings)) {
    throw new SendError('bad-content', 'WhatsApp has no such file any more')
  }
  const { origin } = new URL(url)
  const headers = credentials(settings)
  const { bytes, type } = await download(
    url,
    { farSide: 'WhatsApp', credentials: { origin, headers } },
    io,
  )
  return { bytes, type: textOf(about?.['mime_type']) ?? type }
}

function isMetas(url: string, { base }: WhatsAppSettings): boolean {
  if (!URL.canParse(url)) return false
  const { origin, protocol, hostname } = new URL(url)
  if (origin === new URL(base).origin) return true
  return protocol === 'https:' && HOSTS.some((host) => hostname.endsWith(host))
}
