import type { Fact } from '../connector.ts'
import { isRecord } from '../settings.ts'

/** What a message of Telegram says and brings. */

export type Fields = Readonly<Record<string, unknown>>
type Media = NonNullable<Extract<Fact, { readonly kind: 'message' }>['media']>

/** Its words or its caption; what is neither, in a short line. */
export function textOf(message: Fields): string {
  const { text, caption } = message
  if (typeof text === 'string') return withLinks(text, message['entities']).trimEnd()
  if (typeof caption === 'string') return withLinks(caption, message['caption_entities']).trimEnd()
  const { sticker, location, venue, contact } = message
  if (isRecord(sticker)) return typeof sticker['emoji'] === 'string' ? sticker['emoji'] : ''
  if (isRecord(venue))
    return lineOf('📍', venue['title'], venue['address'], placeOf(venue['location']))
  if (isRecord(location)) return lineOf('📍', placeOf(location))
  if (isRecord(contact)) {
    return lineOf('📇', contact['first_name'], contact['last_name'], contact['phone_number'])
  }
  return ''
}

/** Words may hide an address; plain text shows it. */
function withLinks(text: string, entities: unknown): string {
  if (!Array.isArray(entities)) return text
  let shown = text
  const links = (entities as readonly unknown[]).filter(isRecord).filter(isLink)
  for (const { offset, length, url } of links.toSorted((a, b) => b.offset - a.offset)) {
    const end = offset + length
    if (shown.slice(offset, end) === url || end > shown.length) continue
    shown = `${shown.slice(0, end)} (${url})${shown.slice(end)}`
  }
  return shown
}

interface LinkEntity {
  readonly offset: number
  readonly length: number
  readonly url: string
}

function isLink(entity: Fields): entity is Fields & LinkEntity {
  const { type, offset, length, url } = entity
  if (type !== 'text_link' || typeof url !== 'string') return false
  return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && Number(offset) >= 0
}

/** Names and types for kinds that come without. */
const KINDS: readonly (readonly [string, string, string])[] = [
  ['animation', 'animation.mp4', 'video/mp4'],
  ['document', 'file', 'application/octet-stream'],
  ['video', 'video.mp4', 'video/mp4'],
  ['audio', 'audio.mp3', 'audio/mpeg'],
  ['voice', 'voice.ogg', 'audio/ogg'],
  ['video_note', 'video.mp4', 'video/mp4'],
]

export function mediaOf(message: Fields): Media {
  const { photo } = message
  if (Array.isArray(photo)) {
    // The same picture in rising sizes.
    const largest: unknown = photo.at(-1)
    const id = isRecord(largest) ? largest['file_id'] : undefined
    return isReference(id) ? [{ reference: id, name: 'photo.jpg', type: 'image/jpeg' }] : []
  }
  // An animation comes as a document, too: the first kind counts.
  for (const [kind, usual, usualType] of KINDS) {
    const file = message[kind]
    if (!isRecord(file) || !isReference(file['file_id'])) continue
    const { file_id: reference, file_name: name, mime_type: type } = file
    return [
      {
        reference,
        name: typeof name === 'string' && name !== '' ? name : usual,
        type: typeof type === 'string' && type !== '' ? type : usualType,
      },
    ]
  }
  return []
}

function isReference(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,200}$/.test(value)
}

function placeOf(location: unknown): string {
  if (!isRecord(location)) return ''
  const { latitude, longitude } = location
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return ''
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}`
}

function lineOf(mark: string, ...parts: readonly unknown[]): string {
  const told = parts.filter((part) => typeof part === 'string' && part !== '')
  return told.length === 0 ? '' : [mark, ...told].join(' ')
}
