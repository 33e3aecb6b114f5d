import type { RawWebhook, Verdict } from '../connector.ts'
import { sameSecret } from '../constant-time.ts'
import type { ZendeskMessagingSettings } from './types.ts'

/** Nothing is signed: Zendesk shows the webhook's secret. */
export function verify(request: RawWebhook, settings: ZendeskMessagingSettings): Verdict {
  const given = request.headers['x-api-key']
  if (!given) return { ok: false, status: 400, reason: 'x-api-key is needed' }
  let match = false
  for (const secret of settings.webhookSecrets) {
    if (sameSecret(given, secret)) match = true
  }
  return match ? { ok: true } : { ok: false, status: 401, reason: 'x-api-key is not the secret' }
}
