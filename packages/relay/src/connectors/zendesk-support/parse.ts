import { attachedOf } from '../attached.ts'
import type { Fact, RawWebhook, Where } from '../connector.ts'
import { maybeHtmlToText } from '../html-to-text.ts'
import { parseJson } from '../json.ts'
import { idOf, recordAt, textOf, timeOf } from '../json-fields.ts'
import { baseOf, fileOf, messageOf, statusOf } from './facts.ts'
import { conversationOf } from './tickets.ts'
import type { ZendeskSupportSettings } from './types.ts'

const TYPE = /^zen:event-type:ticket\.(comment_added|attachment_linked_to_comment|status_changed)$/

/**
 * Zendesk's ticket events. A ticket whose external id is no conversation of ours is none of ours,
 * so that the rest of a busy helpdesk costs nothing.
 */
export function parse(request: RawWebhook, settings: ZendeskSupportSettings): readonly Fact[] {
  const payload = parseJson(request.body)
  const type = TYPE.exec(textOf(recordAt(payload)?.['type']) ?? '')?.[1]
  const detail = recordAt(payload, 'detail')
  const event = recordAt(payload, 'event')
  const where = whereOf(detail)
  if (type === undefined || !detail || !event || !where) return []
  const fact =
    type === 'status_changed'
      ? statusFact(payload, detail, event, where)
      : commentFact(payload, detail, event, where, settings)
  return fact ? [fact] : []
}

/** The conversation, and else nothing: a ticket's number alone would have to be looked up. */
function whereOf(detail: Readonly<Record<string, unknown>> | undefined): Where | undefined {
  const conversation = conversationOf(detail?.['external_id'])
  return conversation === undefined ? undefined : { conversation }
}

function commentFact(
  payload: unknown,
  detail: Readonly<Record<string, unknown>>,
  event: Readonly<Record<string, unknown>>,
  where: Where,
  settings: ZendeskSupportSettings,
): Fact | undefined {
  const comment = recordAt(event, 'comment')
  const id = idOf(comment?.['id'])
  if (!comment || id === undefined) return undefined
  const time = timeOf(recordAt(payload)?.['time'])
  const author = recordAt(comment, 'author')
  const authorId = idOf(author?.['id']) ?? idOf(detail['actor_id'])
  const name = textOf(author?.['name'])
  const of = {
    author: { id: authorId ?? 'agent', ...(name === undefined ? {} : { name }) },
    ...(time === undefined ? {} : { time }),
  }
  const file = recordAt(comment, 'attachment')
  if (file) {
    const fileId = idOf(file['id'])
    const [link] = attachedOf(file['content_url'], file['filename'], file['content_type'])
    if (fileId === undefined || link === undefined) return undefined
    const staff = idOf(detail['actor_id']) !== idOf(detail['requester_id'])
    const isPublic = file['is_public'] === true
    return fileOf({ id: fileId, link }, { ...of, public: isPublic, staff }, where)
  }
  return messageOf(
    {
      ...of,
      id,
      public: comment['is_public'] === true,
      text: maybeHtmlToText(textOf(comment['body']) ?? ''),
      staff: author?.['is_staff'] === true,
    },
    where,
    settings,
  )
}

/** Between statuses that are all open nothing changed for anybody. */
function statusFact(
  payload: unknown,
  detail: Readonly<Record<string, unknown>>,
  event: Readonly<Record<string, unknown>>,
  where: Where,
): Fact | undefined {
  const id = idOf(recordAt(payload)?.['id'])
  const current = textOf(event['current'])
  const previous = textOf(event['previous'])
  if (id === undefined || current === undefined) return undefined
  const status = statusOf(current)
  if (previous !== undefined && statusOf(previous) === status) return undefined
  return {
    ...baseOf(id, where, timeOf(recordAt(payload)?.['time'])),
    kind: 'status',
    status,
    author: { role: 'agent', id: idOf(detail['actor_id']) ?? 'agent' },
  }
}
