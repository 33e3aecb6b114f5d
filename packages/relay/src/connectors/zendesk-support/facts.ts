import type { Author } from '@homing/core'
import { MAX_LABEL_LENGTH } from '@homing/core'
import type { Attached } from '../attached.ts'
import type { Fact, Where } from '../connector.ts'
import type { ZendeskSupportSettings } from './types.ts'

/** A comment as webhooks and the API tell of it; both ways meet on one event id. */
export interface Comment {
  readonly id: string
  readonly public: boolean
  readonly text: string
  readonly staff: boolean
  readonly author: { readonly id: string; readonly name?: string }
  readonly time?: number
}

export interface File {
  readonly id: string
  readonly link: Attached
}

/** Internal notes are no fact. */
export function messageOf(
  comment: Comment,
  where: Where,
  settings: ZendeskSupportSettings,
): Fact | undefined {
  if (!comment.public || comment.text === '') return undefined
  return {
    ...baseOf(`comment-${comment.id}`, where, comment.time),
    kind: 'message',
    externalId: comment.id,
    author: authorOf(comment),
    body: { type: 'text', text: comment.text },
    // Without an address there is no other way to write as the requester than ours.
    echo: !comment.staff && !settings.visitorEmail,
  }
}

/** A file is told apart from the words it came with, so it is a message of its own. */
export function fileOf(
  file: File,
  comment: Pick<Comment, 'public' | 'staff' | 'author' | 'time'>,
  where: Where,
): Fact | undefined {
  if (!comment.public) return undefined
  const externalId = `attachment-${file.id}`
  return {
    ...baseOf(externalId, where, comment.time),
    kind: 'message',
    externalId,
    author: authorOf(comment),
    body: { type: 'text', text: '' },
    echo: false,
    media: [file.link],
  }
}

/** Zendesk writes a status now in capitals, now in small letters. */
export function statusOf(zendesk: string): 'open' | 'resolved' {
  const status = zendesk.toLowerCase()
  return status === 'solved' || status === 'closed' ? 'resolved' : 'open'
}

export function baseOf(
  event: string,
  where: Where,
  time: number | undefined,
): Pick<Fact, 'event' | 'where' | 'time'> {
  return { event, where, ...(time === undefined ? {} : { time }) }
}

function authorOf({ staff, author }: Pick<Comment, 'staff' | 'author'>): Author {
  return {
    role: staff ? 'agent' : 'visitor',
    id: author.id,
    ...(author.name === undefined ? {} : { name: author.name.slice(0, MAX_LABEL_LENGTH) }),
  }
}
