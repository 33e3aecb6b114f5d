import { Webhook } from 'standardwebhooks'

import type { HttpAnswer, RelayApi } from './relay-api.ts'

/** A far side that signs with the official library and posts into the relay. */
export interface WebhookSender {
  /** The event as it travels; `webhookId` differs only where a sender breaks its own rules. */
  post(event: WebhookMessage, webhookId?: string): Promise<HttpAnswer>
}

export interface WebhookMessage {
  readonly conversation: string
  /** The far side's id of its message. */
  readonly id: string
  readonly text: string
  /** Who says it; Anna when not said. */
  readonly author?: string
}

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

const ANNA = { id: 'anna', name: 'Anna' }

export function createWebhookSender(
  api: RelayApi,
  connector: string,
  secret: string = WEBHOOK_SECRET,
): WebhookSender {
  const library = new Webhook(secret)
  return {
    async post({ conversation, id, text, author }, webhookId = id) {
      const now = new Date()
      const body = JSON.stringify({
        type: 'message.created',
        timestamp: now.toISOString(),
        data: {
          conversation: { id: conversation },
          message: {
            id,
            role: 'agent',
            author: author === undefined ? ANNA : { name: author },
            text,
          },
        },
      })
      return api.ask('POST', `/v1/hooks/${connector}`, body, {
        'content-type': 'application/json',
        'webhook-id': webhookId,
        'webhook-timestamp': String(Math.floor(Number(now) / 1_000)),
        'webhook-signature': library.sign(webhookId, now, body),
      })
    },
  }
}
