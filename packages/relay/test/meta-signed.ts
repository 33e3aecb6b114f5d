import { createHmac } from 'node:crypto'
import type { RawWebhook } from '../src/connectors/connector.ts'

/** A webhook as Meta signs it, made outside of the code under test. */
export function metaSigned(body: string, secret: string): RawWebhook {
  const hex = createHmac('sha256', secret).update(body).digest('hex')
  return {
    method: 'POST',
    headers: { 'x-hub-signature-256': `sha256=${hex}` },
    url: '/v1/hooks/meta',
    body: new TextEncoder().encode(body),
  }
}

/** One event of a page or an account, as Messenger and Instagram tell it. */
export function messagingEvent(
  object: 'page' | 'instagram',
  id: string,
  time: number,
  event: object,
): string {
  return JSON.stringify({
    object,
    entry: [{ id, time, messaging: [{ timestamp: time, ...event }] }],
  })
}
