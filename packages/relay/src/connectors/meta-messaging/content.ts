import type { Body } from '@homing/core'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import type { Fields } from './types.ts'

/** What somebody wrote, in our words, and what came with it. */
export interface Content {
  readonly body: Body
  readonly media?: readonly { readonly reference: string }[]
}

/** Things with bytes of their own; the address ends soon, so they are fetched at receipt. */
const FILES: ReadonlySet<unknown> = new Set(['image', 'video', 'audio', 'file'])
const MAX_ATTACHMENTS = 30

/** Undefined: nothing was said. */
export function contentOf(message: Fields, farSide: string): Content | undefined {
  if (message['is_deleted'] === true) return unsupported(`Deleted a message on ${farSide}.`)
  if (message['is_unsupported'] === true) return notTold(farSide)
  const attachments = recordsOf(message['attachments']).slice(0, MAX_ATTACHMENTS)
  const media = attachments.flatMap((attachment) => {
    const reference = FILES.has(attachment['type']) ? addressOf(attachment) : undefined
    return reference === undefined ? [] : [{ reference }]
  })
  const lines = [
    storyOf(message),
    textOf(message['text']),
    ...attachments.filter(({ type }) => !FILES.has(type)).map(lineOf),
  ]
  const text = lines
    .filter((line) => line !== undefined)
    .join('\n')
    .trimEnd()
  if (text === '' && media.length === 0) {
    return attachments.length > 0 ? notTold(farSide) : undefined
  }
  return { body: { type: 'text', text }, ...(media.length > 0 ? { media } : {}) }
}

/** A person changed his words. The log is not rewritten: they are said again, and marked. */
export function editOf(edit: Fields): Content | undefined {
  const text = textOf(edit['text'])
  return text === undefined ? undefined : { body: { type: 'text', text: `✏️ ${text}` } }
}

function unsupported(fallback: string): Content {
  return { body: { type: 'unsupported', fallback } }
}

function notTold(farSide: string): Content {
  return unsupported(`Sent something that ${farSide} does not pass on.`)
}

/** An answer to a story of the account's: which one, before the words. */
function storyOf(message: Fields): string | undefined {
  const story = recordAt(message, 'reply_to', 'story')
  return story && `↩ ${textOf(story['url']) ?? 'story'}`
}

/** What is shown there as a card: its name and where it leads. */
function lineOf(attachment: Fields): string | undefined {
  if (attachment['type'] === 'location') return placeOf(attachment)
  if (attachment['type'] === 'story_mention') return `@ ${addressOf(attachment) ?? 'story'}`
  const title = textOf(attachment['title']) ?? textOf(recordAt(attachment, 'payload')?.['title'])
  const told = [title, addressOf(attachment)].filter((part) => part !== undefined)
  return told.length > 0 ? told.join('\n') : undefined
}

function placeOf(attachment: Fields): string | undefined {
  const at = recordAt(attachment, 'payload', 'coordinates')
  const [latitude, longitude] = [at?.['lat'], at?.['long']]
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  return `📍 https://www.google.com/maps?q=${latitude},${longitude}`
}

function addressOf(attachment: Fields): string | undefined {
  return textOf(recordAt(attachment, 'payload')?.['url']) ?? textOf(attachment['url'])
}
