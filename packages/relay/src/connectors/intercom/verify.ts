import { createHmac } from 'node:crypto'
import type { HookReply, RawWebhook, Verdict } from '../connector.ts'
import { sameSecret } from '../constant-time.ts'
import type { IntercomSettings } from './types.ts'

/**
 * SHA-1 as Intercom has it: of an HMAC it is still sound. There is no time in it, so an old webhook
 * that is played again still verifies, and does nothing, for its parts were applied.
 */
export function verify(request: RawWebhook, settings: IntercomSettings): Verdict {
  const signature = request.headers['x-hub-signature']
  if (!signature) return { ok: false, status: 401, reason: 'x-hub-signature is needed' }
  let match = false
  for (const secret of settings.clientSecrets) {
    const digest = createHmac('sha1', secret).update(request.body).digest('hex')
    if (sameSecret(signature.toLowerCase(), `sha1=${digest}`)) match = true
  }
  return match ? { ok: true } : { ok: false, status: 401, reason: 'the signature does not match' }
}

/** When the address is typed in, Intercom only looks whether somebody is there. */
export function greet(request: RawWebhook): HookReply | undefined {
  if (request.method !== 'HEAD') return undefined
  return { status: 200, contentType: 'text/plain', body: '' }
}
