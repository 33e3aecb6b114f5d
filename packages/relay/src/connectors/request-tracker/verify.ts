import type { RawWebhook, Verdict } from '../connector.ts'
import { verifyWebhook } from '../standard-webhooks.ts'
import type { RequestTrackerSettings } from './types.ts'

export function verify(
  request: RawWebhook,
  settings: RequestTrackerSettings,
  now: number,
): Verdict {
  return verifyWebhook(request, settings.webhookKeys, now)
}
