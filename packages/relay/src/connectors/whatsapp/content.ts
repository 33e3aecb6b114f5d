import type { Body } from '@homing/core'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import type { Fields } from './types.ts'

/** What somebody wrote, in our words, and what came with it. */
export interface Content {
  readonly body: Body
  readonly media: readonly Attached[]
}

export interface Attached {
  readonly reference: string
  readonly name?: string
  readonly type?: string
}

const MEDIA: ReadonlySet<string> = new Set([
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
])
/** About another message or about the thread itself: nothing was said. */
const SILENT: ReadonlySet<string> = new Set(['reaction', 'system', 'request_welcome'])

/** Undefined: nothing was said. What is not known is told as what it is, so that nobody waits for an answer. */
export function contentOf(message: Fields): Content | undefined {
  const type = textOf(message?.['type']) ?? 'unknown'
  if (SILENT.has(type)) return undefined
  const part = recordAt(message, type)
  if (MEDIA.has(type)) return part && mediaOf(part)
  switch (type) {
    case 'text':
      return plain(textOf(part?.['body']))
    case 'button':
      return plain(textOf(part?.['text']))
    case 'interactive':
      return plain(choiceOf(part)) ?? unsupported('an answer to a form')
    case 'location':
      return plain(locationOf(part))
    case 'contacts':
      return plain(contactsOf(message['contacts']))
    case 'order':
      return plain(orderOf(part))
    case 'edit':
      return editOf(part)
    case 'revoke':
      return unsupported('Deleted a message on WhatsApp.')
    default:
      return unsupported('Sent something that WhatsApp does not pass on.')
  }
}

function plain(text: string | undefined): Content | undefined {
  const trimmed = text?.trimEnd()
  if (trimmed === undefined || trimmed.trim() === '') return undefined
  return { body: { type: 'text', text: trimmed }, media: [] }
}

function unsupported(fallback: string): Content {
  return { body: { type: 'unsupported', fallback }, media: [] }
}

function mediaOf(part: Fields): Content | undefined {
  const reference = textOf(part?.['id'])
  if (reference === undefined) return undefined
  const name = textOf(part?.['filename'])
  const type = textOf(part?.['mime_type'])
  const caption = textOf(part?.['caption']) ?? ''
  return {
    body: { type: 'text', text: caption.trimEnd() },
    media: [
      {
        reference,
        ...(name === undefined ? {} : { name }),
        ...(type === undefined ? {} : { type }),
      },
    ],
  }
}

/** Of a list or of buttons; a form has no words of its own. */
function choiceOf(part: Fields | undefined): string | undefined {
  const reply = recordAt(part, 'list_reply') ?? recordAt(part, 'button_reply')
  return textOf(reply?.['title'])
}

function locationOf(part: Fields | undefined): string | undefined {
  const latitude = part?.['latitude']
  const longitude = part?.['longitude']
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  const place = [textOf(part?.['name']), textOf(part?.['address'])].filter(Boolean).join(', ')
  const map = `https://www.google.com/maps?q=${latitude},${longitude}`
  return `📍 ${place === '' ? map : `${place}\n${map}`}`
}

function contactsOf(contacts: unknown): string | undefined {
  const lines = recordsOf(contacts).map((contact) => {
    const name = recordAt(contact, 'name')
    const phones = recordsOf(contact['phones']).map((phone) => textOf(phone?.['phone']))
    const emails = recordsOf(contact['emails']).map((email) => textOf(email?.['email']))
    const company = textOf(recordAt(contact, 'org')?.['company'])
    return [textOf(name?.['formatted_name']), company, ...phones, ...emails]
      .filter(Boolean)
      .join(', ')
  })
  const told = lines.filter((line) => line !== '').map((line) => `👤 ${line}`)
  return told.length > 0 ? told.join('\n') : undefined
}

function orderOf(part: Fields | undefined): string | undefined {
  const items = recordsOf(part?.['product_items']).map((item) => {
    const price = [item['item_price'], item['currency']].filter(isPlain).join(' ')
    const { quantity } = item
    const count = typeof quantity === 'number' ? quantity : 1
    const name = textOf(item?.['product_retailer_id']) ?? '?'
    return `🛒 ${count} × ${name}${price === '' ? '' : ` (${price})`}`
  })
  if (items.length === 0) return undefined
  return [...items, textOf(part?.['text']) ?? ''].join('\n')
}

/** The log is not rewritten: the new words are said again, and marked. */
function editOf(part: Fields | undefined): Content {
  const edited = recordAt(part, 'message')
  const again = edited && textOf(edited['type']) !== 'edit' ? contentOf(edited) : undefined
  const text = again && 'text' in again.body ? again.body.text : undefined
  if (typeof text !== 'string' || text === '') return unsupported('Changed a message on WhatsApp.')
  return { body: { type: 'text', text: `✏️ ${text}` }, media: [] }
}

function isPlain(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
