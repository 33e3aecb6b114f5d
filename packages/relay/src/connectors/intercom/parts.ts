import type { Author } from '@homing/core'
import { MAX_LABEL_LENGTH } from '@homing/core'
import { attachedOf } from '../attached.ts'
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
export function messageOf(part: Part, thread: string): Fact | undefined {
  const author = authorOf(part)
  if (!author || part.type === 'note') return undefined
  if (part.text === '' && part.files.length === 0) return undefined
  return {
    kind: 'message',
    event: `part-${part.id}`,
    externalId: part.id,
    where: { thread },
    ...(part.time === undefined ? {} : { time: part.time }),
    author,
    body: { type: 'text', text: part.text },
    ...(part.files.length > 0 ? { media: part.files } : {}),
    // A mail is the only way to write as the contact that is not ours.
    echo: author.role === 'visitor' && !part.mailed,
  }
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
    files: recordsOf(record['attachments']).flatMap((file) =>
      attachedOf(file['url'], file['name'], file['content_type']),
    ),
  }
}
