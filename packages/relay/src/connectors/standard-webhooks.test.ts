import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import type { RawWebhook } from './connector.ts'
import {
  TIMESTAMP_TOLERANCE_MS,
  parseSecret,
  signWebhook,
  verifyWebhook,
} from './standard-webhooks.ts'

const NOW = Math.floor(Date.now() / 1000) * 1000
const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(24, 2).toString('base64')}`
const BODIES = ['{"a":1}', '', ' {"emoji":"👋 grüezi"} \n', '{"a":"\\u2028"}']

function key(secret: string): Uint8Array {
  const parsed = parseSecret(secret)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

function signed(body: string, keys: readonly Uint8Array[] = [key(SECRET)]): RawWebhook {
  const bytes = new TextEncoder().encode(body)
  return { method: 'POST', headers: signWebhook('msg_1', NOW, bytes, keys), url: '/', body: bytes }
}

describe('Standard Webhooks, checked with the official library', () => {
  test.each(BODIES)('what we sign it accepts: %j', (body) => {
    const { headers } = signed(body)
    expect(() => new Webhook(SECRET).verify(body === '' ? '' : body, { ...headers })).not.toThrow(
      /signature|timestamp|headers/i,
    )
  })

  test.each(BODIES)('what it signs we accept: %j', (body) => {
    const bytes = new TextEncoder().encode(body)
    const headers = {
      'webhook-id': 'msg_2',
      'webhook-timestamp': String(NOW / 1000),
      'webhook-signature': new Webhook(SECRET).sign('msg_2', new Date(NOW), body),
    }
    expect(
      verifyWebhook({ method: 'POST', headers, url: '/', body: bytes }, [key(SECRET)], NOW),
    ).toEqual({
      ok: true,
    })
  })

  test('rotation: both signatures are sent, and either secret verifies', () => {
    const request = signed('{}', [key(SECRET), key(OTHER)])
    expect(request.headers['webhook-signature']?.split(' ')).toHaveLength(2)
    for (const secret of [SECRET, OTHER]) {
      expect(() => new Webhook(secret).verify('{}', { ...request.headers })).not.toThrow()
    }
    const old = signed('{}', [key(OTHER)])
    expect(verifyWebhook(old, [key(SECRET), key(OTHER)], NOW).ok).toBe(true)
    expect(verifyWebhook(old, [key(SECRET)], NOW)).toMatchObject({ ok: false, status: 401 })
  })
})

describe('Standard Webhooks: what is refused', () => {
  const keys = [key(SECRET)]

  test('every flipped bit of the body and of the signature', () => {
    const request = signed('{"text":"hi"}')
    for (let bit = 0; bit < request.body.length * 8; bit++) {
      const body = Uint8Array.from(request.body)
      body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(verifyWebhook({ ...request, body }, keys, NOW).ok).toBe(false)
    }
    const mac = Buffer.from(request.headers['webhook-signature']?.slice(3) ?? '', 'base64')
    for (let bit = 0; bit < mac.length * 8; bit++) {
      const wrong = Buffer.from(mac)
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const headers = { ...request.headers, 'webhook-signature': `v1,${wrong.toString('base64')}` }
      expect(verifyWebhook({ ...request, headers }, keys, NOW)).toMatchObject({ status: 401 })
    }
  })

  test('a timestamp outside of five minutes, either way', () => {
    const request = signed('{}')
    const edge = TIMESTAMP_TOLERANCE_MS
    expect(verifyWebhook(request, keys, NOW + edge).ok).toBe(true)
    expect(verifyWebhook(request, keys, NOW - edge).ok).toBe(true)
    expect(verifyWebhook(request, keys, NOW + edge + 1)).toMatchObject({ status: 401 })
    expect(verifyWebhook(request, keys, NOW - edge - 1)).toMatchObject({ status: 401 })
  })

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s', (name) => {
    const { [name]: _gone, ...headers } = signed('{}').headers as Record<string, string>
    expect(verifyWebhook({ ...signed('{}'), headers }, keys, NOW)).toMatchObject({ status: 400 })
  })

  test.each(['1e9', '-1', '', 'soon', '1.5'])('a timestamp that is %j', (timestamp) => {
    const headers = { ...signed('{}').headers, 'webhook-timestamp': timestamp }
    expect(verifyWebhook({ ...signed('{}'), headers }, keys, NOW)).toMatchObject({ status: 400 })
  })

  test('a signature of another version or an empty one', () => {
    for (const signature of ['v1a,AAAA', 'v1,', 'v1', ' ', 'AAAA']) {
      const headers = { ...signed('{}').headers, 'webhook-signature': signature }
      expect(verifyWebhook({ ...signed('{}'), headers }, keys, NOW).ok).toBe(false)
    }
  })

  test('secrets that are no secrets', () => {
    expect(parseSecret('abc')).toBe('not a whsec_ secret')
    expect(parseSecret('whsec_not base64!')).toBe('not base64')
    expect(parseSecret(`whsec_${Buffer.alloc(23).toString('base64')}`)).toBe(
      'not 24 to 64 bytes long',
    )
    expect(parseSecret(`whsec_${Buffer.alloc(65).toString('base64')}`)).toBe(
      'not 24 to 64 bytes long',
    )
    expect(parseSecret(`whsec_${Buffer.alloc(64).toString('base64')}`)).toBeInstanceOf(Uint8Array)
  })
})
