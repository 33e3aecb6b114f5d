import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RawWebhook, Verdict } from '../connector.ts'
import type { LineSettings } from './types.ts'

/** Of an HMAC-SHA256 in base64. */
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/

/** `X-Line-Signature` on the bytes that travelled. There is no time in it: see `webhookEventId`. */
export function verify(request: RawWebhook, settings: LineSettings): Verdict {
  const given = request.headers['x-line-signature']
  if (given === undefined || !SIGNATURE.test(given)) {
    return { ok: false, status: 401, reason: 'x-line-signature is needed, an HMAC in base64' }
  }
  const expected = createHmac('sha256', settings.channelSecret).update(request.body).digest()
  return timingSafeEqual(Buffer.from(given, 'base64'), expected)
    ? { ok: true }
    : { ok: false, status: 401, reason: 'the signature does not match' }
}
