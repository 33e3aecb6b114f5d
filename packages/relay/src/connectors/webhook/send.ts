import { isStatus, isText } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { signWebhook } from '../standard-webhooks.ts'
import type { WebhookEvent, WebhookSettings } from './types.ts'

/**
 * One post per entry. `webhook-id` is the delivery's key and so the same on every try: the far
 * side tells a repeat by it. The timestamp is the try's.
 */
export async function send(
  outbound: Outbound,
  settings: WebhookSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const body = new TextEncoder().encode(JSON.stringify(eventOf(outbound)))
  let response: Response
  try {
    response = await io.fetch(settings.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Homing',
        ...signWebhook(outbound.key, io.now, body, settings.keys),
      },
      body,
      signal: io.signal,
    })
  } catch (error) {
    throw lineFailure(error, 'the webhook')
  }
  if (!response.ok) throw answerFailure(response, 'the webhook', io.now)
  return receiptOf(outbound, new Uint8Array(await response.arrayBuffer()))
}

export function eventOf(outbound: Outbound): WebhookEvent {
  const { entry } = outbound
  const time = new Date(entry.time).toISOString()
  const status = isStatus(entry.body) ? entry.body.status : undefined
  return {
    type: status === undefined ? 'message.created' : 'conversation.updated',
    timestamp: time,
    data: {
      conversation: {
        id: outbound.conversation,
        ...(outbound.thread === undefined ? {} : { thread: outbound.thread }),
        ...(status === 'open' || status === 'resolved' ? { status } : {}),
        ...(outbound.page ? { page: outbound.page } : {}),
      },
      site: outbound.site,
      contact: outbound.visitor,
      ...(status === undefined
        ? {
            message: {
              id: entry.id,
              seq: entry.seq,
              role: entry.author.role,
              author: {
                id: entry.author.id,
                ...(entry.author.name === undefined ? {} : { name: entry.author.name }),
              },
              ...(isText(entry.body) ? { text: entry.body.text } : { body: entry.body }),
              ...(outbound.part ? { part: outbound.part } : {}),
              created_at: time,
            },
          }
        : {}),
    },
  }
}

/** The far side may name its own ids in the answer: its thread, and the message it made of ours. */
function receiptOf(outbound: Outbound, answer: Uint8Array): Receipt {
  const parsed = parseJson(answer)
  const fields = isRecord(parsed) ? parsed : {}
  const externalIds = [outbound.entry.id]
  if (typeof fields['id'] === 'string') externalIds.push(fields['id'])
  const { thread } = fields
  return typeof thread === 'string' && thread !== ''
    ? { externalIds, thread: thread.slice(0, 200) }
    : { externalIds }
}
