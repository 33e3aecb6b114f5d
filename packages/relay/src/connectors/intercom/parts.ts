import type { Author } from '@homing/core'
import { MAX_LABEL_LENGTH } from '@homing/core'
import type { Fact } from '../connector.ts'
import { maybeHtmlToText } from '../html-to-text.ts'
import { idOf, recordAt, recordsOf, textOf } from '../json-fields.ts'
import type { Part } from './types.ts'

/** A conversation's parts, oldest first. The words that opened it are not among them. */
export function partsOf(conversation: unknown): readonly Part[] {
  return recordsOf(recordAt(conversation, 'conversation_parts')?.['conversation_parts'])
    .map((record) => partOf(record))
    .filter((part) => part !== undefined)
}

/** The words that opened a conversation, in the shape of a part. */
export function openingOf(conversation: unknown): Part | undefined {
  const source = recordAt(conversation, 'source')
  return source && partOf({ created_at: recordAt(conversation)?.['created_at'], ...source })
}

/** What a part says to the visitor: notes are between agents, and a bare change has no words. */
export function messagesOf(part: Part, thread: string): readonly Fact[] {
  const author = authorOf(part)
  if (!author || part.type === 'note') return []
  const base = {
    where: { thread },
    ...(part.time === undefined ? {} : { time: part.time }),
    kind: 'message',
    author,
    // A mail is the only way to write as the contact that is not ours.
    echo: author.role === 'visitor' && !part.mailed,
  } as const
  const words: readonly Fact[] =
    part.text === ''
      ? []
      : [
          {
            ...base,
            event: `part-${part.id}`,
            externalId: part.id,
            body: { type: 'text', text: part.text },
          },
        ]
  const files = part.files.map((file, index): Fact => {
    const externalId = `${part.id}.${index + 1}`
    return {
      ...base,
      event: `part-${externalId}`,
      externalId,
      body: { type: 'text', text: `📎 ${file.name ?? 'file'}` },
      media: [
        {
          reference: file.url,
          ...(file.name === undefined ? {} : { name: file.name }),
          ...(file.type === undefined ? {} : { type: file.type }),
        },
      ],
    }
  })
  return [...words, ...files]
}

/** Undefined: somebody Intercom does not name. */
export function authorOf({ author }: Pick<Part, 'author'>): Author | undefined {
  const named = author.name === undefined ? {} : { name: author.name.slice(0, MAX_LABEL_LENGTH) }
  switch (author.type) {
    case 'admin':
    case 'team':
      return { role: 'agent', id: author.id, ...named }
    case 'bot':
      return { role: 'bot', id: author.id, ...named }
    case 'user':
    case 'lead':
    case 'contact':
      return { role: 'visitor', id: author.id }
    default:
      return undefined
  }
}

function partOf(record: Readonly<Record<string, unknown>>): Part | undefined {
  const id = idOf(record['id'])
  const author = recordAt(record, 'author')
  const authorId = idOf(author?.['id'])
  if (id === undefined || author === undefined || authorId === undefined) return undefined
  const name = textOf(author['name'])
  const created = record['created_at']
  return {
    id,
    type: textOf(record['part_type']) ?? 'comment',
    text: maybeHtmlToText(textOf(record['body']) ?? ''),
    author: {
      type: textOf(author['type']) ?? '',
      id: authorId,
      ...(name === undefined ? {} : { name }),
    },
    ...(typeof created === 'number' ? { time: created * 1000 } : {}),
    mailed: recordAt(record, 'email_message_metadata') !== undefined,
    files: recordsOf(record['attachments']).flatMap((file) => {
      const url = textOf(file['url'])
      const fileName = textOf(file['name'])
      const type = textOf(file['content_type'])
      if (url === undefined) return []
      return [
        {
          url,
          ...(fileName === undefined ? {} : { name: fileName }),
          ...(type === undefined ? {} : { type }),
        },
      ]
    }),
  }
}
