import { createHmac } from 'node:crypto'
import type { RawWebhook, Verdict } from '../connector.ts'
import { sameSecret } from '../constant-time.ts'
import type { ZendeskSupportSettings } from './types.ts'

/** How far the signature's time may be from our clock, either way. */
const TOLERANCE_MS = 5 * 60_000

/** HMAC-SHA256 over the time as it is written, then the bytes of the body, with nothing between. */
export function verify(
  request: RawWebhook,
  settings: ZendeskSupportSettings,
  now: number,
): Verdict {
  const signature = request.headers['x-zendesk-webhook-signature']
  const stamp = request.headers['x-zendesk-webhook-signature-timestamp']
  if (!signature || !stamp) {
    return refuse(400, "Zendesk's signature headers are needed: is the webhook one of Zendesk's?")
  }
  const time = Date.parse(stamp)
  if (Number.isNaN(time)) return refuse(400, 'the time of the signature is none')
  if (Math.abs(now - time) > TOLERANCE_MS) {
    return refuse(401, 'the signature is more than five minutes away')
  }
  let match = false
  for (const secret of settings.signingSecrets) {
    const digest = createHmac('sha256', secret).update(stamp).update(request.body).digest('base64')
    if (sameSecret(signature, digest)) match = true
  }
  return match ? { ok: true } : refuse(401, 'the signature does not match')
}

function refuse(status: 400 | 401, reason: string): Verdict {
  return { ok: false, status, reason }
}
