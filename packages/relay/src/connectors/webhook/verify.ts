import type { RawWebhook, Verdict } from '../connector.ts'
import { verifyWebhook } from '../standard-webhooks.ts'
import type { WebhookSettings } from './types.ts'

export function verify(request: RawWebhook, settings: WebhookSettings, now: number): Verdict {
  return verifyWebhook(request, settings.keys, now)
}
