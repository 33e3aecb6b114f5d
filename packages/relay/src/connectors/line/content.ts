import type { Body } from '@homing/core'
import { recordAt, textOf } from '../json-fields.ts'

/** What somebody wrote on LINE, in our words, and what came with it. */
export interface Content {
  readonly body: Body
  readonly media?: readonly { readonly reference: string; readonly name?: string }[]
}

/** Of the up to fifteen words that LINE has for a sticker. */
const STICKER_WORDS = 3

/** Undefined: nothing was said, or it cannot be told. */
export function contentOf(message: Readonly<Record<string, unknown>>): Content | undefined {
  const id = textOf(message['id'])
  switch (message['type']) {
    case 'text':
      return plain(textOf(message['text']))
    case 'image':
    case 'video':
    case 'audio':
      return id === undefined ? undefined : fileOf(externalOf(message['contentProvider']) ?? id)
    case 'file':
      return id === undefined ? undefined : fileOf(id, textOf(message['fileName']))
    case 'sticker':
      return { body: { type: 'unsupported', fallback: stickerOf(message) } }
    case 'location':
      return plain(locationOf(message))
    default:
      return { body: { type: 'unsupported', fallback: 'Sent something that is not told here.' } }
  }
}

function plain(text: string | undefined): Content | undefined {
  const trimmed = text?.trimEnd() ?? ''
  return trimmed.trim() === '' ? undefined : { body: { type: 'text', text: trimmed } }
}

function fileOf(reference: string, name?: string): Content {
  const file = { reference, ...(name === undefined ? {} : { name }) }
  return { body: { type: 'text', text: '' }, media: [file] }
}

/** Sent by a mini app, from its own server: LINE has no copy. */
function externalOf(provider: unknown): string | undefined {
  const from = recordAt(provider)
  return from?.['type'] === 'external' ? textOf(from['originalContentUrl']) : undefined
}

function stickerOf(message: Readonly<Record<string, unknown>>): string {
  const words: unknown = message['keywords']
  const known = (Array.isArray(words) ? (words as readonly unknown[]) : []).filter(
    (word) => typeof word === 'string',
  )
  const said = textOf(message['text']) ?? known.slice(0, STICKER_WORDS).join(', ')
  return said === '' ? '(sticker)' : `(sticker: ${said})`
}

function locationOf(message: Readonly<Record<string, unknown>>): string | undefined {
  const { latitude, longitude } = message
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  const place = [textOf(message['title']), textOf(message['address'])].filter(Boolean).join(', ')
  const map = `https://www.google.com/maps?q=${latitude},${longitude}`
  return `📍 ${place === '' ? map : `${place}\n${map}`}`
}
