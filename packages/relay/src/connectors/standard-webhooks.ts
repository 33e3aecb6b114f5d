import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RawWebhook, Verdict } from './connector.ts'

/**
 * Signatures of the Standard Webhooks specification 1.0: HMAC-SHA256 over "id.timestamp.body".
 * The body is signed as the bytes that travel, so it is checked before anybody parses it.
 */

/** How far a signature's timestamp may be from our clock, either way. */
export const TIMESTAMP_TOLERANCE_MS = 5 * 60_000
/** Bytes of a key, from the specification. */
const MIN_KEY_BYTES = 24
const MAX_KEY_BYTES = 64
/** Signatures looked at in one header: a sender rotates two or three keys, not hundreds. */
const MAX_SIGNATURES = 16

export type SecretProblem = 'not a whsec_ secret' | 'not base64' | 'not 24 to 64 bytes long'

/** "whsec_" and base64 to the key, or what is wrong with it. */
export function parseSecret(secret: string): Uint8Array | SecretProblem {
  if (!secret.startsWith('whsec_')) return 'not a whsec_ secret'
  const text = secret.slice('whsec_'.length)
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    return 'not base64'
  }
  const key = Buffer.from(text, 'base64')
  if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES) return 'not 24 to 64 bytes long'
  return new Uint8Array(key)
}

/** The three headers. Each key adds its signature, so that a receiver may rotate at its own pace. */
export function signWebhook(
  id: string,
  now: number,
  body: Uint8Array,
  keys: readonly Uint8Array[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(now / 1000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys
      .map((key) => `v1,${digest(id, timestamp, body, key).toString('base64')}`)
      .join(' '),
  }
}

/** Any key and any of the signatures may match. */
export function verifyWebhook(
  request: RawWebhook,
  keys: readonly Uint8Array[],
  now: number,
): Verdict {
  const id = request.headers['webhook-id']
  const timestamp = request.headers['webhook-timestamp']
  const signatures = request.headers['webhook-signature']
  if (!id || !timestamp || !signatures) {
    return refuse(400, 'webhook-id, webhook-timestamp and webhook-signature are needed')
  }
  if (!/^\d{1,12}$/.test(timestamp)) return refuse(400, 'webhook-timestamp is not whole seconds')
  if (Math.abs(now - Number(timestamp) * 1000) > TIMESTAMP_TOLERANCE_MS) {
    return refuse(401, 'webhook-timestamp is more than five minutes away')
  }
  const given = signatures
    .split(' ', MAX_SIGNATURES)
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'))
  let match = false
  for (const key of keys) {
    const expected = digest(id, timestamp, request.body, key)
    for (const signature of given) {
      if (signature.length === expected.length && timingSafeEqual(signature, expected)) match = true
    }
  }
  return match ? { ok: true } : refuse(401, 'no signature matches')
}

function digest(id: string, timestamp: string, body: Uint8Array, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
}

function refuse(status: 400 | 401, reason: string): Verdict {
  return { ok: false, status, reason }
}
