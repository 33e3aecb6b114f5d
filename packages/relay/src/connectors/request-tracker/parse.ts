import { MAX_LABEL_LENGTH } from '@homing/core'
import type { Fact, RawWebhook } from '../connector.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { factOf } from './facts.ts'
import type { RequestTrackerSettings, Transaction } from './types.ts'

/** What the scrip posts: a correspondence, or a status that changed. */
export function parse(request: RawWebhook, settings: RequestTrackerSettings): readonly Fact[] {
  const event = parseJson(request.body)
  if (!isRecord(event)) return []
  const { type } = event
  if (type !== 'Correspond' && type !== 'Status') return []
  const id = /^txn-(\d{1,15})$/.exec(text(event['id']) ?? '')?.[1]
  const ticket = Number(event['ticket'])
  const creator = text(event['creator'])
  if (id === undefined || !Number.isSafeInteger(ticket) || ticket <= 0 || !creator) return []
  const created = Date.parse(text(event['created']) ?? '')
  const transaction: Transaction = {
    id: Number(id),
    ticket,
    type,
    creator: creator.slice(0, MAX_LABEL_LENGTH),
    requestor: event['requestor'] === true,
    files: filesOf(event['attachments']),
    ...optional('creatorName', text(event['creator_name'])?.slice(0, MAX_LABEL_LENGTH)),
    ...optional('messageId', text(event['message_id'])),
    ...optional('text', text(event['content'])),
    ...optional('oldStatus', text(event['old_value'])),
    ...optional('newStatus', text(event['new_value'])),
    ...(Number.isNaN(created) ? {} : { time: created }),
  }
  const fact = factOf(transaction, settings)
  return fact ? [fact] : []
}

function filesOf(attachments: unknown): readonly string[] {
  if (!Array.isArray(attachments)) return []
  return (attachments as readonly unknown[])
    .map((file) => (isRecord(file) ? text(file['filename']) : undefined))
    .filter((name) => name !== undefined)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function optional<Name extends string>(
  name: Name,
  value: string | undefined,
): { readonly [key in Name]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: string }
}
