import { createHmac } from 'node:crypto'
import type { RawWebhook, Verdict } from '../connector.ts'
import { sameSecret } from '../constant-time.ts'
import { TIMESTAMP_TOLERANCE_MS } from '../standard-webhooks.ts'
import type { ChatwootSettings } from './types.ts'

/**
 * Chatwoot signs an inbox's webhooks since 4.13: hexadecimal HMAC-SHA256 over "timestamp.body".
 * Older ones do not, so there a token in the webhook's address stands for it. Where both are set,
 * both must be right.
 */
export function verify(request: RawWebhook, settings: ChatwootSettings, now: number): Verdict {
  if (settings.webhookToken !== '') {
    const token = URL.parse(request.url, 'http://relay')?.searchParams.get('token') ?? ''
    if (!sameSecret(token, settings.webhookToken)) {
      return refuse(401, 'the token in the address is not the one of the settings')
    }
  }
  // Settings without both are refused, so the token was there.
  if (settings.webhookSecrets.length === 0) return { ok: true }
  return verifySignature(request, settings.webhookSecrets, now)
}

function verifySignature(
  { headers, body }: RawWebhook,
  secrets: readonly string[],
  now: number,
): Verdict {
  const timestamp = headers['x-chatwoot-timestamp']
  const signature = headers['x-chatwoot-signature']
  if (!timestamp || !signature) {
    return refuse(400, 'x-chatwoot-timestamp and x-chatwoot-signature are needed')
  }
  if (!/^\d{1,12}$/.test(timestamp)) return refuse(400, 'x-chatwoot-timestamp is not whole seconds')
  if (Math.abs(now - Number(timestamp) * 1000) > TIMESTAMP_TOLERANCE_MS) {
    return refuse(401, 'x-chatwoot-timestamp is more than five minutes away')
  }
  let match = false
  for (const secret of secrets) {
    const digest = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
    if (sameSecret(signature, `sha256=${digest}`)) match = true
  }
  return match ? { ok: true } : refuse(401, 'no secret gives this signature')
}

function refuse(status: 400 | 401, reason: string): Verdict {
  return { ok: false, status, reason }
}
