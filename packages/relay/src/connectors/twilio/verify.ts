import { createHmac } from 'node:crypto'
import { sameSecret } from '../constant-time.ts'
import type { RawWebhook, Verdict } from '../connector.ts'
import type { TwilioSettings } from './types.ts'

/**
 * `X-Twilio-Signature`: HMAC-SHA1 over the address that was called and the form's fields, sorted.
 * The address is the one typed in at Twilio: behind a proxy the relay sees another one. Twilio
 * signs some addresses with a port and some without, so both forms are tried.
 */
export function verify(request: RawWebhook, settings: TwilioSettings): Verdict {
  const given = request.headers['x-twilio-signature']
  if (given === undefined || given === '') {
    return { ok: false, status: 401, reason: 'x-twilio-signature is needed' }
  }
  const query = /\?[^#]*/.exec(request.url)?.[0] ?? ''
  const form = formOf(request.body)
  let match = false
  for (const address of withAndWithoutPort(settings.webhook)) {
    if (sameSecret(given, signatureOf(address + query, form, settings.authToken))) match = true
  }
  if (match) return { ok: true }
  const reason = 'the signature does not match: check authToken, and webhook to the letter'
  return { ok: false, status: 401, reason }
}

function signatureOf(url: string, form: URLSearchParams, token: string): string {
  const names = [...new Set(form.keys())].toSorted()
  const fields = names.map((name) => name + [...new Set(form.getAll(name))].toSorted().join(name))
  return createHmac('sha1', token)
    .update(url + fields.join(''))
    .digest('base64')
}

function withAndWithoutPort(address: string): readonly string[] {
  const { protocol, hostname, port, pathname } = new URL(address)
  const standard = protocol === 'https:' ? '443' : '80'
  return [
    `${protocol}//${hostname}${pathname}`,
    `${protocol}//${hostname}:${port === '' ? standard : port}${pathname}`,
  ]
}

export function formOf(body: Uint8Array): URLSearchParams {
  return new URLSearchParams(new TextDecoder().decode(body))
}
