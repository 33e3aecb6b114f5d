import { describe, expect, test } from 'vitest'
import { metaSigned } from '../../test/meta-signed.ts'
import type { RawWebhook } from './connector.ts'
import { greetMeta, verifyMetaSignature } from './meta-signature.ts'

const SECRET = 'app secret'

const signed = (body: string, secret = SECRET): RawWebhook => metaSigned(body, secret)

describe('what Meta signed is taken, and nothing else', () => {
  test('a signature made outside of this code verifies', () => {
    // printf '{"object":"page","note":"grüezi 👋"}' | openssl dgst -sha256 -hmac 'app secret'
    const body = new TextEncoder().encode('{"object":"page","note":"grüezi 👋"}')
    const headers = {
      'x-hub-signature-256':
        'sha256=f546d2b2c41c80e7c871d8bfcffbde688d7eaa652fde85632189e3784388c42e',
    }
    const request: RawWebhook = { method: 'POST', headers, url: '/', body }
    expect(verifyMetaSignature(request, [SECRET])).toEqual({ ok: true })
  })

  test('the bytes are signed, not what they mean', () => {
    expect(verifyMetaSignature(signed('{"a":1,"b":"👋"}'), [SECRET]).ok).toBe(true)
    expect(verifyMetaSignature(signed(' {"b":"👋" ,"a":1}\n'), [SECRET]).ok).toBe(true)
    const moved = { ...signed('{"a":1}'), body: new TextEncoder().encode('{"a": 1}') }
    expect(verifyMetaSignature(moved, [SECRET])).toMatchObject({ ok: false, status: 401 })
  })

  test('any of several secrets, so that one can be changed while webhooks come in', () => {
    expect(verifyMetaSignature(signed('{}', 'old'), ['new', 'old']).ok).toBe(true)
    expect(verifyMetaSignature(signed('{}', 'older'), ['new', 'old']).ok).toBe(false)
    expect(verifyMetaSignature(signed('{}'), []).ok).toBe(false)
  })

  test.each([
    undefined,
    '',
    'sha256=',
    'sha1=0123',
    `sha256=${'0'.repeat(63)}`,
    `sha256=${'0'.repeat(65)}`,
    `sha256=${'g'.repeat(64)}`,
    `sha256=${'0'.repeat(64)}`,
  ])('header %j is refused', (header) => {
    const headers: Record<string, string> =
      header === undefined ? {} : { 'x-hub-signature-256': header }
    const verdict = verifyMetaSignature({ ...signed('{}'), headers }, [SECRET])
    expect(verdict).toMatchObject({ ok: false, status: 401 })
  })
})

describe('the question at registration', () => {
  const ask = (query: string, method: RawWebhook['method'] = 'GET') =>
    greetMeta(
      {
        method,
        headers: {},
        url: `https://relay.test/v1/hooks/meta?${query}`,
        body: new Uint8Array(),
      },
      'verify me',
    )

  test('is answered with the challenge, as plain text', () => {
    expect(ask('hub.mode=subscribe&hub.verify_token=verify%20me&hub.challenge=1158201444')).toEqual(
      { status: 200, contentType: 'text/plain', body: '1158201444' },
    )
  })

  test.each([
    'hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1',
    'hub.mode=subscribe&hub.challenge=1',
    'hub.mode=subscribe&hub.verify_token=verify%20me',
    `hub.mode=subscribe&hub.verify_token=verify%20me&hub.challenge=${'1'.repeat(201)}`,
  ])('is not answered to %s', (query) => {
    expect(ask(query)).toMatchObject({ status: 403, body: 'wrong verify token' })
  })

  test('is none when it is a webhook', () => {
    expect(ask('hub.mode=subscribe&hub.verify_token=verify%20me&hub.challenge=1', 'POST')).toBe(
      undefined,
    )
    expect(ask('')).toBe(undefined)
  })
})
