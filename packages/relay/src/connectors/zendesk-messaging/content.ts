import type { Attached } from '../attached.ts'
import { attachedOf } from '../attached.ts'
import { htmlToText } from '../html-to-text.ts'
import { recordsOf, textOf } from '../json-fields.ts'
import { isRecord } from '../settings.ts'
import type { Row } from './types.ts'

export interface Content {
  readonly text: string
  readonly media: readonly Attached[]
}

/** A message's content in words: cards, choices and forms as lines. */
export function readContent(content: unknown): Content {
  if (!isRecord(content)) return { text: '', media: [] }
  const html = textOf(content['htmlText'])
  const words = textOf(content['text']) ?? (html === undefined ? '' : htmlToText(html))
  const lines = [
    words.trim(),
    ...recordsOf(content['items']).flatMap(itemLines),
    ...recordsOf(content['actions']).map(actionLine),
    ...recordsOf(content['fields']).map((field) => `• ${textOf(field['label']) ?? ''}`),
    placeOf(content),
  ]
  return {
    text: lines.filter((line) => line !== '' && line !== '• ').join('\n'),
    media: mediaOf(content),
  }
}

function itemLines(item: Row): readonly string[] {
  const title = [textOf(item['title']), textOf(item['description'])].filter(Boolean).join(': ')
  return [title === '' ? '' : `• ${title}`, ...recordsOf(item['actions']).map(actionLine)]
}

function actionLine(action: Row): string {
  return `• ${[textOf(action['text']), textOf(action['uri'])].filter(Boolean).join(' ')}`
}

function placeOf(content: Row): string {
  const { coordinates, location } = content
  const name = isRecord(location) ? (textOf(location['name']) ?? textOf(location['address'])) : ''
  if (!isRecord(coordinates)) return name ?? ''
  return [name, `${String(coordinates['lat'])}, ${String(coordinates['long'])}`]
    .filter(Boolean)
    .join(' ')
}

function mediaOf(content: Row): readonly Attached[] {
  const url = URL.parse(textOf(content['mediaUrl']) ?? '')
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return []
  return attachedOf(url.href, content['altText'], content['mediaType'])
}
