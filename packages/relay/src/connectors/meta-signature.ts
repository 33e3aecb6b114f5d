import { createHmac, timingSafeEqual } from 'node:crypto'
import type { HookReply, RawWebhook, Verdict } from './connector.ts'
import { sameSecret } from './constant-time.ts'

/**
 * How Meta (WhatsApp, Messenger, Instagram) proves that a webhook is its own, and how it asks
 * whether an address is ours before it sends anything there.
 *
 * The signature has no time in it: an old webhook that is played again still verifies, and does
 * nothing, for its events were applied.
 */

const PREFIX = 'sha256='
const HEX_DIGITS = 64
/** Meta sends a short random number. Anything long is somebody else's page, not to be echoed. */
const MAX_CHALLENGE_LENGTH = 200

/** `X-Hub-Signature-256`, on the bytes that travelled. Any of the app secrets may match. */
export function verifyMetaSignature(request: RawWebhook, secrets: readonly string[]): Verdict {
  const header = request.headers['x-hub-signature-256']
  if (header === undefined) {
    return { ok: false, status: 401, reason: 'x-hub-signature-256 is needed' }
  }
  const hex = header.startsWith(PREFIX) ? header.slice(PREFIX.length) : ''
  if (hex.length !== HEX_DIGITS || !/^[0-9a-f]+$/i.test(hex)) {
    return { ok: false, status: 401, reason: 'x-hub-signature-256 is not sha256=<64 hex digits>' }
  }
  const given = Buffer.from(hex, 'hex')
  let match = false
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(request.body).digest()
    if (timingSafeEqual(given, expected)) match = true
  }
  return match ? { ok: true } : { ok: false, status: 401, reason: 'the signature does not match' }
}

/**
 * The question at registration: `hub.challenge` back, to those who know the verify token that was
 * typed in at Meta. Undefined for anything that is not that question.
 */
export function greetMeta(request: RawWebhook, verifyToken: string): HookReply | undefined {
  if (request.method !== 'GET') return undefined
  const query = new URLSearchParams(request.url.split('?', 2)[1] ?? '')
  if (query.get('hub.mode') !== 'subscribe') return undefined
  const challenge = query.get('hub.challenge') ?? ''
  const known = sameSecret(query.get('hub.verify_token') ?? '', verifyToken)
  if (!known || challenge === '' || challenge.length > MAX_CHALLENGE_LENGTH) {
    return { status: 403, contentType: 'text/plain', body: 'wrong verify token' }
  }
  return { status: 200, contentType: 'text/plain', body: challenge }
}
